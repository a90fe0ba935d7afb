/**
 * What is said, in one line, when an address is wrong or what answers there is no engine of ours; and the steps between
 * versions of its tables. Engines that are away, slow, refuse a batch or meet two collectors: serve, shipping and peers.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createSocketServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAddress } from "../../packages/collector/src/store/clickhouse/address.ts";
import { openClient } from "../../packages/collector/src/store/clickhouse/client.ts";
import {
  ensureSchema,
  MIGRATIONS,
  schemaVersion,
} from "../../packages/collector/src/store/clickhouse/schema.ts";
import { runCommand } from "../../packages/collector/src/store/sqlite/commands.ts";
import { openWriter } from "../../packages/collector/src/store/sqlite/writer.ts";
import { PAST_START } from "../../packages/collector/test/arbitrary-past.ts";
import { newFolder } from "../process/parts/running.ts";
import { type Engine, startEngine } from "./engine.ts";

const ENTRY = join(import.meta.dirname, "../../packages/collector/bin/sojourn.js");
const PASSWORD = "s3cret-word";

let engine: Engine;
let data: string;
const servers: Server[] = [];

beforeAll(async () => {
  engine = await startEngine({ account: `collector:${PASSWORD}` });
  data = newFolder();
  const writer = openWriter(data);
  runCommand(writer, "addSite", { id: "shop", settings: {}, at: PAST_START });
  writer.close();
});
afterAll(async () => {
  for (const server of servers) server.close();
  rmSync(data, { recursive: true, force: true });
  await engine?.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Not in this thread's way: some of the servers are here. */
function sojourn(words: readonly string[], store?: string): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [ENTRY, ...words, "--data", data], {
    env: { ...process.env, ...(store === undefined ? {} : { SOJOURN_STORE: store }) },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => {
      said += text.toString();
    });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, said })));
}

const answering = (respond: RequestListener): Promise<number> => listening(createServer(respond));
const refusing = (code: number, text: string): Promise<number> =>
  answering((request, response) => {
    request.resume();
    response.writeHead(500, { "X-ClickHouse-Exception-Code": String(code) });
    response.end(`Code: ${code}. DB::Exception: ${text}`);
  });
const at = (port: number, rest = "/shop", host = "127.0.0.1"): string =>
  `clickhouse://collector:${PASSWORD}@${host}:${port}${rest}`;

/** What is wrong, how it comes about, and what is said of it. */
const WRONG: readonly [what: string, store: () => Promise<string> | string, said: RegExp][] = [
  [
    "a host that is not there",
    () => at(8123, "/shop", "nowhere.invalid"),
    /^The host of .* is not known .*spelt/,
  ],
  ["a port where nobody listens", () => at(1), /^Nothing listens at .*:1\/shop\. Check host and port/],
  [
    "a page instead of an engine",
    async () => at(await answering((_, response) => void response.end("<html>hello</html>"))),
    /is not the HTTP interface of ClickHouse .*8123/,
  ],
  [
    "a server that knows no such path",
    async () => at(await answering((_, response) => void response.writeHead(404).end("no"))),
    /is not the HTTP interface of ClickHouse/,
  ],
  [
    "another protocol",
    async () => at(await listening(createSocketServer((socket) => void socket.end("SSH-2.0-x\r\n")))),
    /is not the HTTP interface of ClickHouse .*9000 is another protocol/,
  ],
  [
    "TLS where none is spoken",
    () => at(engine.port, "/shop?secure=true"),
    /does not speak TLS\. Leave \?secure=true out/,
  ],
  [
    "a connection that is cut",
    async () => at(await listening(createSocketServer((socket) => void socket.destroy()))),
    /cannot be reached .*\?secure=true/,
  ],
  [
    "a wrong password",
    () => `clickhouse://collector:${PASSWORD}x@127.0.0.1:${engine.port}/shop`,
    /does not accept this user or password\. Check the user and the password/,
  ],
  [
    "a user who may only read",
    async () => at(await refusing(164, "Cannot execute query in readonly mode. (READONLY)")),
    /does not let this user do that: .*readonly.* rights that docs\/scaling\.md lists/,
  ],
  [
    "a user without rights",
    async () => at(await refusing(497, "Not enough privileges. (ACCESS_DENIED)")),
    /does not let this user do that: .*privileges/,
  ],
  ["an address without its scheme", () => `localhost:8123/shop`, /address|Allowed: sqlite/],
  [
    "a scheme with a slash too few",
    () => `clickhouse:/collector:${PASSWORD}@h/shop`,
    /address|Allowed: sqlite/,
  ],
  ["an unknown part", () => at(engine.port, "/shop?ssl=1"), /unknown part "ssl"/],
];

const LINES = /\n./;

describe("an address that is wrong", () => {
  test.each(WRONG)(
    "%s: one line says so, to whoever moves and to whoever asks",
    async (_what, make, said) => {
      const store = await make();
      for (const answer of [
        await sojourn(["move", "--to", store]),
        await sojourn(["stages", "--site", "shop"], store),
        await sojourn(["engine", "compare"], store),
      ]) {
        expect(answer.code).toBe(1);
        expect(answer.said.trim()).toMatch(said);
        expect(answer.said.trim()).not.toMatch(LINES);
        expect(answer.said).not.toContain(PASSWORD);
      }
    },
    30_000,
  );

  test("a database without tables: told how they are made, and made by moving", async () => {
    const store = engine.store("fresh");
    const before = await sojourn(["stages"], store);
    expect(before).toMatchObject({
      code: 1,
      said: expect.stringMatching(/has no tables of Sojourn.*sojourn move/),
    });
    expect(await sojourn(["move", "--to", store])).toMatchObject({ code: 0 });
    expect(await sojourn(["stages"], store)).toMatchObject({ code: 0 });
  }, 60_000);
});

describe("tables of another version", () => {
  test("older ones are brought up, and what they hold stays", async () => {
    const address = { ...readAddress(engine.store("older")) };
    const client = openClient(address);
    const admin = openClient({ ...address, database: "default" });
    try {
      await admin.run("create database older");
      await admin.run(
        "create table older.schema_version (version UInt32, name String) engine = ReplacingMergeTree order by version",
      );
      for (const statement of MIGRATIONS[0]!.statements(address)) await admin.run(statement);
      await admin.run("insert into older.schema_version values (1, 'first')");
      await admin.run(
        "insert into older.collector (number, name, epoch, seen_at, owner, stamp, is_gone) values (0, 'old', 1, 5, 0, 5, 0)",
      );
      await ensureSchema(client, admin);
      expect(await schemaVersion(client)).toBe(MIGRATIONS.length);
      expect(await client.rows("select name, url from collector")).toEqual([["old", ""]]);
      // Once more changes nothing.
      await ensureSchema(client, admin);
    } finally {
      await client.close();
      await admin.close();
    }
  }, 30_000);

  test("newer ones are left alone, and both versions are named", async () => {
    const store = engine.store("fresher");
    expect(await sojourn(["move", "--to", store])).toMatchObject({ code: 0 });
    const client = openClient(readAddress(store));
    await client.run("insert into fresher.schema_version values (99, 'later')");
    await client.close();
    const { code, said } = await sojourn(["move", "--to", store]);
    expect(code).toBe(1);
    expect(said).toMatch(
      /newer version \(schema 99\)\. This version knows schema \d+\. Install the newer version/,
    );
  }, 60_000);
});
