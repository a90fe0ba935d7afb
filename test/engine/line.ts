/**
 * A line between a forwarder and the engine that goes wrong on purpose: requests are lost, doubled, answered late or never.
 */
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What becomes of an insert: passed on, sent twice, lost on its way, or answered to nobody. */
export type Fate = "pass" | "twice" | "lose" | "mute";

export interface Line {
  port: number;
  /** Every answer, also those to questions, waits this long; may be changed at any time. */
  delayMs: number;
  /** Tables of the inserts that came by, in their order. */
  readonly inserts: string[];
  close(): void;
}

export interface LineOptions {
  /** Port of the engine. */
  to: number;
  /** Asked for every insert. */
  fate?(): Fate;
  delayMs?: number;
}

export async function openLine({ to, fate = () => "pass", delayMs = 0 }: LineOptions): Promise<Line> {
  const inserts: string[] = [];
  const server: Server = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on("data", (part: Buffer) => parts.push(part));
    req.on("end", () => {
      const body = Buffer.concat(parts);
      const query = new URL(req.url ?? "/", "http://engine").searchParams.get("query") ?? "";
      const table = /^insert into (\w+)/.exec(query)?.[1];
      if (table !== undefined) inserts.push(table);
      const what = table === undefined ? "pass" : fate();
      if (what === "lose") {
        req.socket.destroy();
        return;
      }
      const send = (then: (status: number, answer: Buffer) => void): void => {
        const { host: _host, ...headers } = req.headers;
        const passed = httpRequest(
          { host: "127.0.0.1", port: to, method: req.method, path: req.url, headers },
          (answer) => {
            const got: Buffer[] = [];
            answer.on("data", (part: Buffer) => got.push(part));
            answer.on("end", () => then(answer.statusCode ?? 500, Buffer.concat(got)));
          },
        );
        passed.on("error", () => req.socket.destroy());
        passed.end(body);
      };
      const answer = async (status: number, got: Buffer): Promise<void> => {
        if (line.delayMs > 0) await sleep(line.delayMs);
        if (what === "mute") req.socket.destroy();
        else res.writeHead(status).end(got);
      };
      send(what === "twice" ? () => send(answer) : answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const line: Line = {
    port: (server.address() as AddressInfo).port,
    delayMs,
    inserts,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return line;
}
