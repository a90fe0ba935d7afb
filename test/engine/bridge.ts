/**
 * A small HTTP server in front of the real ClickHouse engine (chdb), so that the official client can talk to it. For tests
 * and measurements only.
 *
 * One process holds one data folder; queries run one at a time. The engine has one session for everybody, so the settings
 * of a request are taken back after it. Users and passwords are checked here, because the embedded engine has none.
 *
 * With the name of a cluster the engine is its only node: Distributed tables, macros and sharding are its own. What it cannot do by
 * itself is rewritten: statements "on cluster" run here, and Replicated tables are plain ones, because its own Keeper takes
 * their creation but no inserts.
 * Run: node test/engine/bridge.ts <folder> [port] [user:password] [cluster]; prints its address in one line of JSON.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

interface Session {
  queryAsync(sql: string, options: { format: string }): Promise<{ bytes(): Uint8Array }>;
  close(): void;
}

const [folder, port = "0", account = "default:", cluster = ""] = process.argv.slice(2);
if (folder === undefined)
  throw new Error("usage: node test/engine/bridge.ts <folder> [port] [user:password] [cluster]");
// Its types live in a package that only tests install.
const chdb = createRequire(import.meta.url)("chdb") as {
  Session: new (folder: string, options?: { connectionArgs: string[] }) => Session;
};
const session = cluster === "" ? new chdb.Session(folder) : openNode(cluster);

/** The only node of a cluster: one shard, one replica, and a Keeper in its memory. */
function openNode(name: string): Session {
  const file = join(folder!, "node.xml");
  mkdirSync(folder!, { recursive: true });
  writeFileSync(
    file,
    `<clickhouse>
      <tcp_port>9000</tcp_port>
      <macros><shard>1</shard><replica>1</replica></macros>
      <remote_servers><${name}><shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard></${name}></remote_servers>
      <zookeeper><implementation>testkeeper</implementation></zookeeper>
    </clickhouse>`,
  );
  return new chdb.Session(folder!, { connectionArgs: [`--config-file=${file}`] });
}

/** A statement for a cluster as its only node can run it; `?replicated=keep` in the address leaves Replicated tables as they are. */
function forThisNode(sql: string, keepsReplicas: boolean): string {
  if (cluster === "") return sql;
  const here = sql.replaceAll(` on cluster ${cluster}`, "");
  if (keepsReplicas) return here;
  return here
    .replace(/Replicated(ReplacingMergeTree)\('[^']*', '[^']*'(?:, )?/, "$1(")
    .replace("settings replicated_deduplication_window", "settings non_replicated_deduplication_window");
}

/** What the address may say that is no setting of the query. */
const OWN = new Set([
  "query",
  "database",
  "query_id",
  "session_id",
  "default_format",
  "role",
  "wait_end_of_query",
  "replicated",
]);

const run = async (sql: string, format: string): Promise<Uint8Array> =>
  (await session.queryAsync(sql, { format })).bytes();

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

async function answer(url: URL, body: Buffer): Promise<Uint8Array> {
  const asked = url.searchParams.get("query");
  // A statement in the address is followed by its data in the body.
  const sql = asked === null ? body.toString() : `${asked}\n${body.toString()}`;
  const settings = [...url.searchParams].filter(([name]) => !OWN.has(name));
  const changed = settings.filter(([name]) => !name.startsWith("param_"));
  try {
    await run(`use ${url.searchParams.get("database") ?? "default"}`, "Null");
    for (const [name, value] of settings) await run(`set ${name} = ${quoted(value)}`, "Null");
    return await run(
      forThisNode(sql, url.searchParams.get("replicated") === "keep"),
      url.searchParams.get("default_format") ?? "TabSeparated",
    );
  } finally {
    for (const [name] of changed) await run(`set ${name} = DEFAULT`, "Null").catch(() => undefined);
  }
}

let last: Promise<unknown> = Promise.resolve();

/** One query at a time, in the order of their arrival. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}

function isKnown(request: IncomingMessage): boolean {
  const given = request.headers.authorization?.replace(/^Basic /, "");
  const named =
    given === undefined
      ? `${request.headers["x-clickhouse-user"] ?? "default"}:${request.headers["x-clickhouse-key"] ?? ""}`
      : Buffer.from(given, "base64").toString();
  return named === account;
}

function fail(response: ServerResponse, status: number, code: number, text: string): void {
  response.writeHead(status, { "X-ClickHouse-Exception-Code": String(code), "Content-Type": "text/plain" });
  response.end(text);
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://bridge");
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    if (url.pathname === "/ping") {
      response.end("Ok.\n");
      return;
    }
    if (!isKnown(request)) {
      fail(response, 403, 516, "Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)");
      return;
    }
    const sent = Buffer.concat(parts);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    inTurn(() => answer(url, body)).then(
      (bytes) => response.end(bytes),
      (error: Error) =>
        fail(response, 500, Number(/^Code: (\d+)/.exec(error.message)?.[1] ?? 1), error.message),
    );
  });
});

server.keepAliveTimeout = 60_000;
server.listen(Number(port), "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});

// Whoever started it is gone: nobody will ask any more.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

process.on("SIGTERM", () => {
  server.closeAllConnections();
  server.close();
  void inTurn(async () => {
    session.close();
    process.exit(0);
  });
});
