/** What the store says about the past equals a calculation from nothing: as it was, and as it was known then. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VISIT_GAP_MS } from "@sojourn/sdk/wire";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { seededRandom } from "../src/domain/attribution/seeded-random.ts";
import { compile } from "../src/domain/lifecycle/compile.ts";
import { historyOf, type Transition } from "../src/domain/lifecycle/history.ts";
import { presetModel } from "../src/domain/lifecycle/presets.ts";
import { byTimeThenId, type EpochMs, type Touchpoint } from "../src/domain/touchpoint.ts";
import { MARKS, TRAFFIC } from "../src/ingest/accept.ts";
import type { Reads } from "../src/store/port.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openReads } from "../src/store/sqlite/reads.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";
import { arbitraryPast, DAY_MS, PAST_START } from "./arbitrary-past.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const MODELS = ["reach-loyalty", "customer-base", "kunderejse"] as const;

/** A collector that lived through a random past, with sweeps now and then. */
function lived(
  seed: number,
  size: number,
  people: number,
  merges: boolean,
): { writer: Writer; reads: Reads; end: EpochMs } {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-late-"));
  folders.push(folder);
  const writer = openWriter(folder);
  runCommand(writer, "addSite", { id: "shop", settings: { zone: "Europe/Berlin" }, at: PAST_START });
  for (const name of MODELS.slice(1)) {
    runCommand(writer, "applyModel", { site: "shop", model: presetModel(name)!, at: PAST_START });
  }
  const random = seededRandom(seed + 1);
  let end = PAST_START;
  for (const arrival of arbitraryPast({ seed, arrivals: size, people, merges })) {
    writer.ingest([arrival]);
    end = arrival.receivedAt;
    if (random() < 0.3) while (writer.project(1_000) > 0);
    if (writer.pending() === 0 && random() < 0.5) while (writer.sweep(end) > 0);
  }
  end += 200 * DAY_MS;
  while (writer.project(1_000) > 0);
  while (writer.sweep(end) > 0);
  return { writer, reads: openReads(writer.db), end };
}

interface Known {
  touchpoint: Touchpoint;
  receivedAt: EpochMs;
}

/** Everything that counts, by person, straight from the log. */
async function countedBy({ writer, reads }: { writer: Writer; reads: Reads }): Promise<Map<number, Known[]>> {
  const keys = writer.db.prepare<[], number>("select key from person order by key").pluck().all();
  const all = new Map<number, Known[]>();
  for (const person of await reads.people(keys)) {
    const counted = (await reads.timeline(person)).filter(({ traffic }) => traffic === TRAFFIC.person);
    // Servers do not say when a visit begins: a page after half an hour of silence does, for each visitor apart.
    const heard = new Map<string, EpochMs>();
    const touchpoints = [...counted]
      .sort((a, b) => byTimeThenId(a.touchpoint, b.touchpoint))
      .map(({ visitor, marks, touchpoint, receivedAt }) => {
        const before = heard.get(visitor);
        heard.set(visitor, touchpoint.at);
        const isQuiet = before === undefined || touchpoint.at - before >= VISIT_GAP_MS;
        const opens = (marks & MARKS.fromServer) !== 0 && touchpoint.kind === "page_view" && isQuiet;
        return { touchpoint: opens ? { ...touchpoint, visit: true as const } : touchpoint, receivedAt };
      });
    all.set(person.key, touchpoints);
  }
  return all;
}

interface Row {
  person: number;
  at: EpochMs;
  from_stage: number | null;
  to_stage: number;
  cause: number;
  touchpoint: string | null;
  rule: number;
  entry: number;
  recorded_at: EpochMs;
  superseded_at: EpochMs | null;
}

const rowsOf = (writer: Writer, model: number): Row[] =>
  writer.db
    .prepare<[number], Row>("select * from transition where model = ? order by person, at, key")
    .all(model);

const asTransition = (stages: readonly string[], row: Row) => ({
  at: row.at,
  from: row.from_stage === null ? null : stages[row.from_stage],
  to: stages[row.to_stage],
  cause: row.cause === 0 ? "event" : "time",
  ruleIndex: row.rule,
  touchpoint: row.touchpoint ?? undefined,
});
const plain = ({ at, from, to, cause, ruleIndex, touchpoint }: Transition) => ({
  at,
  from,
  to,
  cause,
  ruleIndex,
  touchpoint,
});

const sizes = () => [fc.nat(), fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 6 })] as const;

describe("the history the store keeps", () => {
  test("is the one calculated from all touchpoints of each person, merged people included", async () => {
    await fc.assert(
      fc.asyncProperty(...sizes(), fc.boolean(), async (seed, size, people, merges) => {
        const { writer, reads, end } = lived(seed, size, people, merges);
        try {
          const counted = await countedBy({ writer, reads });
          for (const [place, name] of MODELS.entries()) {
            const { stages } = presetModel(name)!;
            const model = compile(presetModel(name)!);
            const standing = Map.groupBy(
              rowsOf(writer, place + 1).filter((row) => row.superseded_at === null),
              ({ person }) => person,
            );
            expect([...standing.keys()].every((person) => counted.has(person))).toBe(true);
            for (const [person, known] of counted) {
              const { transitions, stage, due } = historyOf(
                model,
                known.map(({ touchpoint }) => touchpoint),
                end,
              );
              const kept = (standing.get(person) ?? []).map((row) => asTransition(stages, row));
              expect(kept, `${name}, person ${person}`).toEqual(transitions.map(plain));
              const now = writer.db
                .prepare<[number, number], { stage: number; due: number | null }>(
                  "select stage, due from person_stage where model = ? and person = ?",
                )
                .get(place + 1, person);
              expect([now === undefined ? null : stages[now.stage], now?.due ?? null]).toEqual([stage, due]);
            }
          }
        } finally {
          writer.close();
        }
      }),
      { numRuns: 25 },
    );
  });

  test("tells, as of any instant, how many people were in each stage", async () => {
    await fc.assert(
      fc.asyncProperty(
        ...sizes(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        async (seed, size, people, shares) => {
          const { writer, reads, end } = lived(seed, size, people, true);
          try {
            const counted = await countedBy({ writer, reads });
            const site = (await reads.site("shop"))!;
            for (const [place, name] of MODELS.entries()) {
              const model = compile(presetModel(name)!);
              for (const share of shares) {
                const at = Math.floor(PAST_START - 100 * DAY_MS + share * (end - PAST_START + 100 * DAY_MS));
                const expected: Record<string, number> = {};
                for (const known of counted.values()) {
                  const { stage } = historyOf(
                    model,
                    known.map(({ touchpoint }) => touchpoint),
                    at,
                  );
                  if (stage !== null) expected[stage] = (expected[stage] ?? 0) + 1;
                }
                const found: Record<string, number> = {};
                for (const { stage, people: n } of await reads.stageCounts(site, site.models[place]!, at)) {
                  if (n !== 0) found[stage] = (found[stage] ?? 0) + n;
                }
                expect(found, `${name} at ${new Date(at).toISOString()}`).toEqual(expected);
              }
            }
          } finally {
            writer.close();
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test("tells what was known at any instant: what had come in by then, and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(
        ...sizes(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
        async (seed, size, people, shares) => {
          // Without merges: what was known of two people who became one is theirs, not the one's.
          const { writer, reads, end } = lived(seed, size, people, false);
          try {
            const counted = await countedBy({ writer, reads });
            for (const [place, name] of MODELS.entries()) {
              const { stages } = presetModel(name)!;
              const model = compile(presetModel(name)!);
              const rows = Map.groupBy(rowsOf(writer, place + 1), ({ person }) => person);
              for (const share of shares) {
                const knownAt = Math.floor(PAST_START + share * (end - PAST_START));
                for (const [person, known] of counted) {
                  const heard = known
                    .filter(({ receivedAt }) => receivedAt <= knownAt)
                    .map(({ touchpoint }) => touchpoint);
                  const { transitions } = historyOf(model, heard, knownAt);
                  const said = (rows.get(person) ?? [])
                    .filter(
                      (row) =>
                        row.recorded_at <= knownAt &&
                        (row.superseded_at === null || row.superseded_at > knownAt),
                    )
                    .sort((a, b) => a.at - b.at);
                  expect(
                    said.map((row) => asTransition(stages, row)),
                    `${name}, person ${person}, ${knownAt}`,
                  ).toEqual(transitions.map(plain));
                }
              }
            }
          } finally {
            writer.close();
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("counts an id once, however much later or earlier than its own time it comes again", () => {
    const { writer } = lived(1, 1, 1, false);
    const id = "01900000-0000-7000-8000-00000000abcd";
    const made = 0x019000000000;
    const before = writer.db.prepare("select count(*) from touchpoint").pluck().get() as number;
    for (const days of [-30, 0, 500, -10, 700]) {
      const receivedAt = made + days * DAY_MS;
      const beacon = {
        v: 1,
        site: "shop",
        sentAt: receivedAt,
        visitor: "visitor-x",
        touchpoints: [{ id, at: receivedAt, kind: "share" }],
      };
      writer.ingest([{ door: "browser", receivedAt, body: JSON.stringify(beacon) }]);
    }
    writer.ingest([
      {
        door: "server",
        site: "shop",
        receivedAt: made,
        body: JSON.stringify({ id, at: made, customer: "7", kind: "share" }),
      },
    ]);
    expect(writer.db.prepare("select count(*) from touchpoint").pluck().get()).toBe(before + 1);
    writer.close();
  });
});
