/**
 * Plays every fault many times and prints what was lost, doubled or sent too early.
 *
 * `node --conditions=@sojourn/source test/e2e/sdk/faults.ts [--rounds 20] [--only word]`; ends with status 1 when a
 * promise was broken.
 */
import { parseArgs } from "node:util";
import { openProfileBrowser } from "./profile-browser.ts";
import { openRecorder, type Recorder } from "./recorder.ts";
import { pause, SCENARIOS, type Scenario, until } from "./scenarios.ts";
import { openSite } from "./site.ts";
import { measureTraffic } from "./traffic.ts";

/** What one play of one fault cost. */
export interface Verdict {
  missing: number;
  expected: number;
  /** Touchpoints that would count twice if the collector told them apart by id. */
  doubled: number;
  /** Most copies beyond the first of any touchpoint. */
  extraCopies: number;
  preflights: number;
  /** Requests inside a Retry-After window. */
  tooEarly: number;
  /** Time from the end of the fault until everything had arrived, in ms. */
  recoveredAfterMs: number;
}

/** Longest time from the end of a fault to the last arrival. */
const PATIENCE_MS = 30_000;
/** How long stragglers may take that would be one copy too many. */
const AFTERMATH_MS = 2_500;

/** Plays one fault once, with a browser, a profile and a collector of its own. */
export async function playOnce(scenario: Scenario): Promise<Verdict> {
  const recorder = await openRecorder();
  const site = await openSite({ endpoint: () => recorder.origin, pages: { "/plain": { tag: false } } });
  const browser = await openProfileBrowser();
  try {
    const marks = await scenario.play({ browser, recorder, site: site.origin });
    const ended = Date.now();
    const missing = () => {
      const arrived = new Set(recorder.touchpoints().map((touchpoint) => touchpoint.props?.mark));
      return marks.filter((mark) => !arrived.has(mark)).length;
    };
    await until(() => missing() === 0, PATIENCE_MS);
    const recoveredAfterMs = Date.now() - ended;
    await pause(AFTERMATH_MS);
    return {
      missing: missing(),
      expected: marks.length,
      doubled: doubledMarks(recorder),
      extraCopies: Math.max(0, ...recorder.copies().values()) - 1,
      preflights: recorder.requests.filter(({ method }) => method === "OPTIONS").length,
      tooEarly: recorder.requests.filter(({ isTooEarly }) => isTooEarly).length,
      recoveredAfterMs,
    };
  } finally {
    await browser.dispose();
    await site.close();
    await recorder.stop();
  }
}

/** The same mark under two ids: a double that no collector could tell from a second event. */
function doubledMarks(recorder: Recorder): number {
  const marks = recorder.touchpoints().flatMap(({ props }) => props?.mark ?? []);
  return marks.length - new Set(marks).size;
}

/** The sum of many plays: worst copies, everything else added up. */
export function sum(verdicts: readonly Verdict[]): Verdict {
  const add = (pick: (verdict: Verdict) => number) => verdicts.reduce((total, one) => total + pick(one), 0);
  return {
    missing: add((one) => one.missing),
    expected: add((one) => one.expected),
    doubled: add((one) => one.doubled),
    extraCopies: Math.max(...verdicts.map((one) => one.extraCopies)),
    preflights: add((one) => one.preflights),
    tooEarly: add((one) => one.tooEarly),
    recoveredAfterMs: Math.max(...verdicts.map((one) => one.recoveredAfterMs)),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "1" }, only: { type: "string", default: "" } },
  });
  const rounds = Number(values.rounds);
  const chosen = SCENARIOS.filter(({ name }) => name.includes(values.only));
  const rows: { scenario: Scenario; plays: number; losing: number; total: Verdict }[] = [];
  for (const scenario of chosen) {
    const verdicts: Verdict[] = [];
    for (let round = 0; round < rounds; round++) verdicts.push(await playOnce(scenario));
    const losing = verdicts.filter(({ missing }) => missing > 0).length;
    rows.push({ scenario, plays: rounds, losing, total: sum(verdicts) });
    console.error(`${scenario.name}: ${JSON.stringify(rows.at(-1)?.total)}`);
  }
  const cells = rows.map(({ scenario, plays, losing, total }) => [
    scenario.name,
    `${losing} of ${plays}`,
    `${total.missing} of ${total.expected}`,
    String(total.doubled),
    `${total.extraCopies} (at most ${scenario.extraCopies})`,
    String(total.preflights),
    String(total.tooEarly),
    `${(total.recoveredAfterMs / 1_000).toFixed(1)} s`,
  ]);
  const all = sum(rows.map(({ total }) => total));
  const plays = rounds * chosen.length;
  const losing = rows.reduce((count, row) => count + row.losing, 0);
  cells.push([
    "**all**",
    `**${losing} of ${plays}**`,
    `${all.missing} of ${all.expected}`,
    String(all.doubled),
    "",
    String(all.preflights),
    String(all.tooEarly),
    "",
  ]);
  const header = [
    "fault",
    "plays with a loss",
    "touchpoints missing",
    "counted twice",
    "extra copies, worst",
    "preflights",
    "inside Retry-After",
    "slowest recovery",
  ];
  for (const row of [header, header.map(() => "---"), ...cells]) console.log(`| ${row.join(" | ")} |`);
  if (values.only === "") await printTraffic();
  const isBroken =
    all.missing + all.doubled + all.preflights + all.tooEarly > 0 ||
    rows.some(({ scenario, total }) => total.extraCopies > scenario.extraCopies);
  process.exitCode = isBroken ? 1 : 0;
}

async function printTraffic(): Promise<void> {
  const rows = [
    ["20 touchpoints, one each 100 ms", await measureTraffic(100)],
    ["20 touchpoints, one each 500 ms", await measureTraffic(500)],
    ["20 touchpoints within 2 s, collector out for 5 s", await measureTraffic(100, 5_000)],
  ] as const;
  console.log("\n| traffic | requests | bytes of all bodies |\n| --- | --- | --- |");
  for (const [name, { requests, bytes }] of rows) console.log(`| ${name} | ${requests} | ${bytes} |`);
}

if (import.meta.main) await main();
