/**
 * `sojourn engine`: what was shipped to the engine and what waits; its tables; comparing and repairing; taking over from a
 * collector that is gone.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../config.ts";
import { SojournError } from "../errors.ts";
import { readAddress, shownAddress } from "../store/clickhouse/address.ts";
import { adoptLog, forgottenSince } from "../store/clickhouse/adopt.ts";
import { type EngineClient, openClient } from "../store/clickhouse/client.ts";
import { type Forwarder, openForwarder } from "../store/clickhouse/forwarder.ts";
import { openRelayFile, RELAY_FILE } from "../store/clickhouse/relay-file.ts";
import { compareFacts, compareTables } from "../store/clickhouse/repair.ts";
import { schemaText } from "../store/clickhouse/schema.ts";
import { openSpool, type Spool } from "../store/clickhouse/spool.ts";
import { erasePerson } from "../store/erasure.ts";
import { type Db, openForReading } from "../store/sqlite/open.ts";
import { openWriter } from "../store/sqlite/writer.ts";
import type { Command, Io, Words } from "./command.ts";
import { change, folderOf, runningIn } from "./data.ts";
import { engineOf } from "./store.ts";
import { textTable } from "./text-table.ts";
import { wholeNumber } from "./typed.ts";

const HOUR_MS = 3_600_000;

export const engineCommand: Command = {
  name: "engine",
  summary: "The engine that answers questions: what waits for it, its tables, comparing and repairing them.",
  usage: "status | schema | compare | repair | release [--batch <n>] | take-over",
  options: {
    store: { type: "string", help: "address of the engine (default: SOJOURN_STORE)" },
    batch: { type: "string", help: "of release: one batch (default: all that were refused)" },
  },
  more: `  status      batches that wait, were refused, are kept
  schema      the SQL of the tables, for a user who may make them
  compare     every table with the file, and facts with events; 1 when something differs
  repair      the same, and ships everything again when something differs
  release     sends refused batches again
  take-over   the sites of a collector that is gone for good are shipped from this folder now`,
  async run(words, io) {
    const [what, ...rest] = words.positionals;
    const run = what !== undefined && Object.hasOwn(ACTIONS, what) ? ACTIONS[what] : undefined;
    if (run === undefined || rest.length > 0) {
      throw new SojournError("bad_usage", "Say what to do with the engine", {
        hint: `sojourn engine ${engineCommand.usage}`,
      });
    }
    return run(words, io);
  },
};

const ACTIONS: Readonly<Record<string, (words: Words, io: Io) => Promise<number>>> = {
  status,
  schema,
  compare: (words, io) => compare(words, io, false),
  repair: (words, io) => compare(words, io, true),
  release,
  "take-over": takeOver,
};

/** What work on an engine needs; all of it is closed at the end. */
export interface AtEngine {
  folder: string;
  db: Db;
  spool: Spool;
  client: EngineClient;
  forwarder: Forwarder;
}

/** Opens a folder's forwarder and its engine for a command, and closes them. */
export async function atEngine<T>(
  words: Words,
  io: Io,
  options: { store?: string; takesOver?: boolean },
  work: (at: AtEngine) => Promise<T>,
): Promise<T> {
  const { config } = readConfig(words.flags, io.env);
  const address = readAddress(options.store ?? engineOf(config));
  const db = openForReading(config.data);
  const spool = openSpool(config.data);
  const client = openClient(address);
  const admin = openClient({ ...address, database: "default" });
  const forwarder = openForwarder({
    db,
    spool,
    client,
    admin,
    now: io.now,
    newName: randomUUID(),
    ...(config.peerUrl === "" ? {} : { url: new URL(config.peerUrl).origin }),
    keepMs: config.forwardKeepHours * HOUR_MS,
    ...(options.takesOver === true ? { takesOver: true } : {}),
    async forgetNotes(upTo) {
      while ((await change(words, io, "dropForwarded", { upTo })).hasMore);
    },
  });
  try {
    return await work({ folder: config.data, db, spool, client, forwarder });
  } finally {
    await client.close();
    await admin.close();
    spool.close();
    db.close();
  }
}

function spoolOf(words: Words, io: Io): Spool {
  return openSpool(readConfig(words.flags, io.env).config.data);
}

async function status(words: Words, io: Io): Promise<number> {
  const spool = spoolOf(words, io);
  try {
    const { waiting, quarantined, bytes, oldestCutAt } = spool.counts();
    const answer = {
      collector: spool.meta("name") ?? null,
      owner: spool.owner() ?? null,
      waiting,
      oldestWaiting: oldestCutAt === null ? null : new Date(oldestCutAt).toISOString(),
      touchpointsWaiting: spool.waitingTouchpoints(),
      isCopying: spool.meta("copy") !== undefined,
      keptSince: spool.oldestKept() === undefined ? null : new Date(spool.oldestKept()!).toISOString(),
      bytes,
      touchpointsForOthers: waitingForOthers(readConfig(words.flags, io.env).config.data),
      quarantined: spool.quarantined().map(({ n, rows, reason, refusedAt }) => ({
        batch: n,
        rows,
        reason,
        refusedAt: new Date(refusedAt).toISOString(),
      })),
    };
    if (words.is("json")) io.out(`${JSON.stringify(answer)}\n`);
    else {
      io.out(
        `${waiting} batches with ${answer.touchpointsWaiting} touchpoints wait${
          answer.oldestWaiting === null ? "" : `, the oldest since ${answer.oldestWaiting}`
        }; ${Math.round(bytes / 1024)} KiB are kept${answer.keptSince === null ? "" : ` since ${answer.keptSince}`}\n`,
      );
      if (answer.touchpointsForOthers > 0)
        io.out(
          `${answer.touchpointsForOthers} touchpoints of other collectors' sites wait for their owners\n`,
        );
      if (answer.isCopying) io.out("everything is being shipped again\n");
      for (const { batch, rows, reason } of answer.quarantined)
        io.out(`batch ${batch} with ${rows} rows was refused: ${reason}\n`);
    }
    return quarantined > 0 ? 1 : 0;
  } finally {
    spool.close();
  }
}

/** What this collector took in for others and has not passed on. */
function waitingForOthers(folder: string): number {
  if (!existsSync(join(folder, RELAY_FILE))) return 0;
  const file = openRelayFile(folder);
  try {
    return file.waiting().touchpoints;
  } finally {
    file.close();
  }
}

async function schema(words: Words, io: Io): Promise<number> {
  io.out(schemaText(readAddress(engineOf(readConfig(words.flags, io.env).config))));
  return 0;
}

async function compare(words: Words, io: Io, repairs: boolean): Promise<number> {
  return atEngine(words, io, {}, async ({ db, client, spool, forwarder }) => {
    if (runningIn(readConfig(words.flags, io.env).config.data) === undefined) await forwarder.drain();
    else await forwarder.open();
    const owner = spool.owner()!;
    const tables = await compareTables(db, client, owner);
    const facts = await compareFacts(client);
    const isSame = tables.every((table) => table.isSame) && facts.every(({ different }) => different === 0);
    if (repairs && !isSame) forwarder.copy();
    if (words.is("json")) io.out(`${JSON.stringify({ isSame, tables, facts })}\n`);
    else {
      const rows = tables.map(({ table, file, engine, isSame: same }) => [
        table,
        String(file.rows),
        String(engine.rows),
        same ? "same" : "DIFFERENT",
      ]);
      io.out(textTable(["table", "rows in the file", "in the engine", ""], rows));
      for (const { site, compared, different } of facts)
        io.out(`${site}: ${compared} facts worked out again from events, ${different} differ\n`);
      if (repairs && !isSame) io.out("everything is shipped again, by the collector as soon as it runs\n");
    }
    return isSame ? 0 : 1;
  });
}

async function release(words: Words, io: Io): Promise<number> {
  const spool = spoolOf(words, io);
  try {
    const batch = wholeNumber(words, "batch", 1, Number.MAX_SAFE_INTEGER) ?? null;
    const released = spool.release(batch);
    io.out(
      words.is("json") ? `${JSON.stringify({ released })}\n` : `${released} batches will be sent again\n`,
    );
    return 0;
  } finally {
    spool.close();
  }
}

async function takeOver(words: Words, io: Io): Promise<number> {
  const { data } = readConfig(words.flags, io.env).config;
  mustNotRun(data);
  await change(words, io, "beginForward", null);
  return atEngine(words, io, { takesOver: true }, async ({ client, spool, forwarder }) => {
    await forwarder.open();
    const { number, epoch } = spool.owner()!;
    // From now on nothing of the old one arrives: what the engine has is all there will be.
    const forgotten = await forgetSince(words, io, client, number);
    const writer = openWriter(data);
    let touchpoints: number;
    try {
      touchpoints = await adoptLog(client, writer, number);
    } finally {
      writer.close();
    }
    const shown = shownAddress(client.address);
    if (words.is("json"))
      io.out(`${JSON.stringify({ collector: number, life: epoch, touchpoints, forgotten })}\n`);
    else {
      io.out(
        `this folder ships as collector ${number}, life ${epoch}, to ${shown}; ` +
          `${touchpoints} touchpoints that were shipped since its newest one were brought back` +
          `${forgotten === 0 ? "" : `, ${forgotten} people who asked to be forgotten since are gone`}; start the collector\n`,
      );
    }
    return 0;
  });
}

/** Erases whoever asked to be forgotten after this file was copied; how many people. */
async function forgetSince(words: Words, io: Io, client: EngineClient, number: number): Promise<number> {
  const folder = folderOf(words, io);
  const writer = openWriter(folder);
  const since = await forgottenSince(client, writer, number).finally(() => writer.close());
  let people = 0;
  for (const one of since) {
    try {
      await erasePerson((name, take) => change(words, io, name, take), folder, one);
      people += 1;
    } catch (error) {
      // Another of their visitors took this one along.
      if (!(error instanceof SojournError) || error.code !== "not_found") throw error;
    }
  }
  return people;
}

/** Throws `store_busy` when a collector is running on a folder. */
export function mustNotRun(folder: string): void {
  if (runningIn(folder) === undefined) return;
  throw new SojournError("store_busy", "A collector is running on this folder", {
    hint: "Stop it first; its file and what was shipped must stand still.",
  });
}
