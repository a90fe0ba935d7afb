/** The thirty worked histories through the whole store, whatever sequence their touchpoints come in. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "../src/domain/attribution/seeded-random.ts";
import { PRESET_IDS, presetModel } from "../src/domain/lifecycle/presets.ts";
import { isoOf, linesOf, WORKED_CASES } from "../src/domain/lifecycle/test/worked-cases.ts";
import { answerQuestion } from "../src/report/questions.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openReads } from "../src/store/sqlite/reads.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";

type Worked = (typeof WORKED_CASES)[number];

let folder: string;
let writer: Writer;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-worked-"));
  writer = openWriter(folder);
  // Old enough for every case, so that the browser's touchpoints keep their times.
  runCommand(writer, "addSite", { id: "shop", settings: { maxAgeDays: 3_650 }, at: 0 });
  for (const name of PRESET_IDS) {
    if (name !== "reach-loyalty")
      runCommand(writer, "applyModel", { site: "shop", model: presetModel(name)!, at: 0 });
  }
});
afterEach(() => {
  writer.close();
  rmSync(folder, { recursive: true });
});

interface Line {
  id: string;
  at: string;
  visitor?: string;
  order?: string;
  receivedAt?: string;
}

/** The touchpoints of a case for the browser's door. Several visitors of one case say at their beginning who they are. */
function touchpointsOf(
  worked: Worked,
  place: number,
): { visitor: string; receivedAt: number; touchpoint: object }[] {
  const lines = linesOf(worked).map((line) => JSON.parse(line) as Line);
  const told = lines.map(({ visitor = "one", id, at, order, receivedAt, ...fields }) => ({
    visitor: `case-${place}-${visitor}`,
    receivedAt: Date.parse(receivedAt ?? at),
    touchpoint: {
      ...fields,
      id: `case-${place}-${id}`,
      at: Date.parse(at),
      ...(order === undefined ? {} : { order: `${place}-${order}` }),
    },
  }));
  const visitors = [...new Set(told.map(({ visitor }) => visitor))];
  if (visitors.length < 2) return told;
  const claims = visitors.map((visitor) => {
    const { receivedAt } = told.find((one) => one.visitor === visitor)!;
    return {
      visitor,
      receivedAt,
      touchpoint: { kind: "identify", id: `${visitor}-claim`, at: receivedAt, customer: `C-${place}` },
    };
  });
  return [...told, ...claims];
}

function tell(visitor: string, receivedAt: number, touchpoint: object): void {
  const body = JSON.stringify({ v: 1, site: "shop", sentAt: receivedAt, visitor, touchpoints: [touchpoint] });
  const [outcome] = writer.ingest([{ door: "browser", receivedAt, body }]);
  expect(outcome).toMatchObject({ kind: "stored", refused: [] });
}

function settle(now: number): void {
  while (writer.project(1_000) > 0);
  while (writer.sweep(now) > 0);
}

async function expectAnswers(knownToo: boolean): Promise<void> {
  const reads = openReads(writer.db);
  for (const [place, worked] of WORKED_CASES.entries()) {
    const visitor = touchpointsOf(worked, place)[0]!.visitor;
    const ask = (at: string, knownAt?: string) =>
      answerQuestion(
        reads,
        "person",
        {
          site: "shop",
          person: visitor,
          model: worked.preset,
          at,
          ...(knownAt === undefined ? {} : { knownAt }),
        },
        Date.parse(isoOf(5_000)),
      );
    const answer = await ask(isoOf(worked.askedOn));
    expect(answer.stage, worked.title).toBe(worked.stage);
    const transitions = writer.db
      .prepare<unknown[], { at: number; to_stage: number; cause: number }>(`
        select t.at, t.to_stage, t.cause from transition t join model m on m.key = t.model join visitor v on v.person = t.person
        where v.id = ? and m.id = ? and t.superseded_at is null and t.at <= ? order by t.at, t.key`)
      .all(visitor, worked.preset, Date.parse(isoOf(worked.askedOn)));
    const { stages } = presetModel(worked.preset)!;
    expect(
      transitions.map(({ at, to_stage, cause }) => [
        new Date(at).toISOString(),
        stages[to_stage],
        cause === 0 ? "event" : "time",
      ]),
      worked.title,
    ).toEqual(worked.transitions.map(([day, to, cause]) => [isoOf(day), to, cause]));
    for (const { on, stage } of knownToo ? (worked.asKnown ?? []) : []) {
      expect((await ask(isoOf(on), isoOf(on))).stage, `${worked.title}, as known on day ${on}`).toBe(stage);
    }
  }
}

describe("the worked histories", () => {
  test("have their agreed answers when all comes as it was received, with what was known on the way", async () => {
    const all = WORKED_CASES.flatMap(touchpointsOf).sort((a, b) => a.receivedAt - b.receivedAt);
    for (const [i, { visitor, receivedAt, touchpoint }] of all.entries()) {
      tell(visitor, receivedAt, touchpoint);
      if (i % 7 === 0) settle(receivedAt);
    }
    settle(Date.parse(isoOf(5_000)));
    await expectAnswers(true);
  });

  for (const seed of [1, 2, 3, 4, 5, 6]) {
    test(`have them when everything comes late and in shuffled sequence ${seed}, some of it twice`, async () => {
      const random = seededRandom(seed);
      const all = WORKED_CASES.flatMap(touchpointsOf);
      const shuffled = [...all, ...all.filter(() => random() < 0.3)]
        .map((one) => ({ ...one, place: random() }))
        .sort((a, b) => a.place - b.place);
      const receivedAt = Date.parse(isoOf(2_000));
      for (const [i, { visitor, touchpoint }] of shuffled.entries()) {
        tell(visitor, receivedAt + i, touchpoint);
        if (random() < 0.3) settle(receivedAt + i);
      }
      settle(Date.parse(isoOf(5_000)));
      await expectAnswers(false);
    });
  }
});
