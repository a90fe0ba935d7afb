/**
 * Asks the file, the ClickHouse engine and an engine in memory the same of many random pasts: late, doubled, merged, refunded, future
 * and erased touchpoints, shipped in batches of any size; before and after retention. Stages, orders and timelines are worked out a
 * fourth time, each history as a whole. Prints differences: zeros.
 *
 * With `--outage <minutes>` it takes the engine away from a collector under load instead (see outage.ts).
 *
 * Run: npm run torture -- torture/engine [--seeds 10] [--arrivals 3000] [--show] | --outage 10 [--rate 300]
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import type { Reads } from "../../packages/collector/src/store/port.ts";
import { type Engine, startEngine } from "../engine/engine.ts";
import { openMemory } from "../engine/memory.ts";
import { openPast } from "../engine/memory-past.ts";
import { openOracle } from "../engine/oracle.ts";
import { oracleAsks } from "../engine/oracle-asks.ts";
import { endure } from "../engine/outage.ts";
import { openPair } from "../engine/pair.ts";
import { liveThrough, NOW, retire } from "../engine/past.ts";
import { type Ask, interfaceAsks, LISTS_TOUCHPOINTS, portAsks } from "../engine/questions.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    from: { type: "string", default: "1" },
    arrivals: { type: "string", default: "3000" },
    show: { type: "boolean", default: false },
    outage: { type: "string" },
    rate: { type: "string", default: "300" },
  },
});
const asks = [...portAsks(), ...interfaceAsks()];
let differences = 0;

if (values.outage === undefined) {
  const engine = await startEngine();
  try {
    for (let n = 0; n < Number(values.seeds); n++)
      differences += await compare(engine, Number(values.from) + n);
  } finally {
    await engine.close();
  }
  console.log(`differences: ${differences}`);
} else {
  differences = await endure({ minutes: Number(values.outage), rate: Number(values.rate) });
}
if (differences > 0) process.exitCode = 1;

async function compare(engine: Engine, seed: number): Promise<number> {
  const startedAt = performance.now();
  const people = 10 + ((seed * 37) % 80);
  const most = [40, 700, 5_000][seed % 3]!;
  const pair = openPair({ store: engine.store(`past_${seed}`), most });
  const found: string[] = [];
  let asked = 0;
  try {
    await liveThrough(pair, {
      seed,
      arrivals: Number(values.arrivals),
      people,
      shipsBetween: seed % 2 === 0,
    });
    const { db } = pair.writer;
    const memory = openMemory(db, await pair.file.sites(), pair.file, NOW);
    const site = (await pair.file.site("shop"))!;
    const oracle = openOracle(openPast(db, site, NOW), NOW);
    const check = async (when: string, ask: Ask, theirs: Reads, ours: Reads, who: string): Promise<void> => {
      asked += 1;
      const said = await difference(ask, theirs, ours);
      if (said !== undefined) found.push(`${when}${ask.name}, ${who}\n    ${said}`);
    };
    for (const ask of asks) {
      await check("", ask, pair.engine, pair.file, "engine and file");
      await check("", ask, memory, pair.file, "memory and file");
    }
    for (const { name, said, meant } of oracleAsks(2)) {
      const expected = meant(oracle, site);
      for (const [of, reads] of Object.entries({ file: pair.file, engine: pair.engine })) {
        asked += 1;
        if (!isDeepStrictEqual(await said(reads, site), expected))
          found.push(`${name}: the ${of} differs from what the touchpoints add up to`);
      }
    }
    await retire(pair);
    for (const ask of asks) {
      await check("after retention: ", ask, pair.engine, pair.file, "engine and file");
      if (!LISTS_TOUCHPOINTS.test(ask.name))
        await check("after retention: ", ask, memory, pair.file, "memory and file");
    }
  } finally {
    await pair.close();
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(
    `past ${String(seed).padStart(3)}: ${String(people).padStart(3)} people, batches of ${String(most).padStart(5)}, ${asked} questions, ${found.length} differences, ${seconds} s`,
  );
  for (const text of found) console.log(`  ${text}`);
  return found.length;
}

async function difference(ask: Ask, first: Reads, second: Reads): Promise<string | undefined> {
  try {
    const [theirs, ours] = [await ask.of(first), await ask.of(second)];
    if (isDeepStrictEqual(theirs, ours)) return undefined;
    if (!values.show) return "differs";
    const [a, b] = [JSON.stringify(theirs) ?? "", JSON.stringify(ours) ?? ""];
    let at = 0;
    while (at < a.length && a[at] === b[at]) at += 1;
    const start = Math.max(0, at - 80);
    return `first  ...${a.slice(start, at + 120)}\n    second ...${b.slice(start, at + 120)}`;
  } catch (error) {
    return `fails: ${(error as Error).message}`;
  }
}
