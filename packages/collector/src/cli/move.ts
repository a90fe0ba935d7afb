/**
 * `sojourn move`: brings everything a data file holds to an engine, compares both, and says what to set.
 *
 * Can be interrupted at any time: it goes on where it was. A collector may run meanwhile; what arrives is shipped too.
 */
import { isDeepStrictEqual } from "node:util";
import { SojournError } from "../errors.ts";
import { answerQuestion } from "../report/questions.ts";
import { readAddress, shownAddress } from "../store/clickhouse/address.ts";
import { openLocal } from "../store/clickhouse/local.ts";
import { openReads as openEngineReads } from "../store/clickhouse/reads.ts";
import { compareTables } from "../store/clickhouse/repair.ts";
import type { Reads } from "../store/port.ts";
import type { Db } from "../store/sqlite/open.ts";
import { openReads } from "../store/sqlite/reads.ts";
import { SHIPPED } from "../store/sqlite/shipped.ts";
import { openProgress } from "./bar.ts";
import type { Command } from "./command.ts";
import { change, folderOf, runningIn } from "./data.ts";
import { atEngine } from "./engine.ts";

const DAY_MS = 86_400_000;

export const moveCommand: Command = {
  name: "move",
  summary: "Bring everything to an engine, compare the answers, and say what to set.",
  usage: "--to clickhouse://user:password@host:8123/sojourn",
  options: { to: { type: "string", help: "address of the engine" } },
  async run(words, io) {
    const to = words.text("to");
    if (to === undefined) {
      throw new SojournError("bad_usage", "Say where to", { hint: `sojourn move ${moveCommand.usage}` });
    }
    const address = readAddress(to);
    // From now on every change is noted, so that what arrives during the copy is shipped after it.
    await change(words, io, "beginForward", null);
    return atEngine(words, io, { store: to }, async ({ db, client, spool, forwarder }) => {
      const before = spool.meta("engine");
      if (before !== undefined && before !== shownAddress(address)) {
        if (runningIn(folderOf(words, io)) !== undefined) {
          throw new SojournError("store_busy", `A collector ships this folder to ${before}`, {
            hint: "Stop it first: a folder is shipped to one engine at a time.",
          });
        }
        spool.startAfresh();
      }
      await forwarder.open();
      const total = db.prepare("select count(*) from touchpoint").pluck().get() as number;
      const rows = countRows(db);
      const progress = openProgress(io, "Moving", rows);
      const isDone = forwarder.goal();
      while (!isDone()) {
        // The next batch is cut while one is under way.
        const sending = forwarder.deliver();
        sending.catch(() => undefined);
        forwarder.cut();
        await sending;
        progress.at(Math.min(rows, forwarder.copied() ?? rows));
      }
      await forwarder.drain();
      progress.end();

      const isRunning = runningIn(folderOf(words, io)) !== undefined;
      const owner = spool.owner()!;
      const tables = isRunning ? [] : await compareTables(db, client, owner);
      const unlike = tables.filter(({ isSame }) => !isSame).map(({ table }) => table);
      const differing = await differingAnswers(
        openEngineReads(client, openLocal(db)),
        openReads(db),
        io.now(),
      );
      const isSame = unlike.length === 0 && differing.length === 0;
      const answer = {
        touchpoints: total,
        isSame,
        tables: unlike,
        answers: differing,
        wasRunning: isRunning,
      };
      if (words.is("json")) io.out(`${JSON.stringify(answer)}\n`);
      else if (isSame) {
        io.out(
          `${total} touchpoints and all that follows from them are in ${shownAddress(address)}; the answers are the same.\n` +
            `Start the collector with SOJOURN_STORE set to that address. The data folder stays: it is the inbox and the truth.\n`,
        );
      } else {
        io.out(`Not the same yet: ${[...unlike, ...differing].join(", ")}\n`);
        if (isRunning)
          io.out("The collector is running, so some of it may be new. Run this again, or stop it first.\n");
      }
      return isSame ? 0 : 1;
    });
  },
};

/** Rows of all tables that are copied. */
function countRows(db: Db): number {
  return SHIPPED.reduce((sum, { file, only }) => {
    const where = only === undefined ? "" : `where ${only("r")}`;
    return sum + (db.prepare<[], number>(`select count(*) from ${file} r ${where}`).pluck().get() ?? 0);
  }, 0);
}

/** Questions about a past that no longer changes by itself, asked of both. */
async function differingAnswers(engine: Reads, file: Reads, now: number): Promise<string[]> {
  const differing: string[] = [];
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const period = { from: day(now - 31 * DAY_MS), to: day(now - DAY_MS) };
  for (const { id: site } of await file.sites()) {
    const asks = [
      ["stages", { site, at: period.to }],
      ["stages", { site, at: period.from, by: "channel" }],
      ["sources", { site, ...period }],
      ["kpis", { site, ...period }],
      ["funnel", { site, ...period }],
      ["flow", { site, ...period }],
    ] as const;
    for (const [name, params] of asks) {
      const [theirs, ours] = await Promise.all(
        [engine, file].map((reads) => answerQuestion(reads, name, params as never, now)),
      );
      if (!isDeepStrictEqual(theirs, ours)) differing.push(`${name} of ${site}`);
    }
  }
  return differing;
}
