/**
 * Starts the real ClickHouse engine behind its bridge in a process of its own, for a test or a measurement.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Engine {
  /** What `SOJOURN_STORE` would say: clickhouse://user:password@127.0.0.1:port/database. */
  store(database?: string): string;
  port: number;
  /** Of its process. */
  pid: number;
  /** Where its data lies; a second process may open it after this one ended. */
  folder: string;
  /** Ends the process; keeps the folder. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Ends the process and removes the folder. */
  close(): Promise<void>;
}

export interface EngineOptions {
  folder?: string;
  port?: number;
  /** "user:password". */
  account?: string;
  /** It is the only node of a cluster of this name. */
  cluster?: string;
}

/** Rejects when the engine did not start, with what it said. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "sojourn-engine-"));
  const account = options.account ?? "default:";
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, "bridge.ts"),
      folder,
      String(options.port ?? 0),
      account,
      options.cluster ?? "",
    ],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  const port = await portOf(child);
  const [user, password] = [account.slice(0, account.indexOf(":")), account.slice(account.indexOf(":") + 1)];
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  };
  return {
    port,
    pid: child.pid!,
    folder,
    store: (database = "sojourn") =>
      `clickhouse://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}${options.cluster === undefined ? "" : `?cluster=${options.cluster}`}`,
    stop,
    async close() {
      // A Keeper in memory does not let go by itself; nothing of it is needed any more.
      await stop(options.cluster === undefined ? "SIGTERM" : "SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = "";
    let complained = "";
    child.stdout?.on("data", (text: Buffer) => {
      said += text.toString();
      if (said.includes("\n")) resolve((JSON.parse(said) as { port: number }).port);
    });
    child.stderr?.on("data", (text: Buffer) => {
      complained += text.toString();
    });
    child.once("exit", (code) =>
      reject(new Error(`The engine ended with ${code}: ${complained.slice(-2_000)}`)),
    );
  });
}
