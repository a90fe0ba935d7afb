/**
 * What a sweep costs: a million people of whom one in a hundred is due, against a tenth of the people with as many due.
 *
 * The cost must follow those who are due, not those who are there. People are written straight into the projections,
 * each as one page view and one order would leave them; what is measured is the sweep.
 * Run: node --conditions=@sojourn/source packages/collector/bench/sweep.bench.ts [people]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../src/domain/lifecycle/compile.ts";
import { presetModel } from "../src/domain/lifecycle/presets.ts";
import { foldForward, newPerson, noEffects } from "../src/domain/person.ts";
import { classify } from "../src/domain/source/classify.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { packState } from "../src/store/sqlite/person-state.ts";
import { openWriter } from "../src/store/sqlite/writer.ts";

const PEOPLE = Number(process.argv[2] ?? 1_000_000);
const DUE = Math.floor(PEOPLE / 100);
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const BATCH = 500;

interface Figures {
  people: number;
  due: number;
  swept: number;
  msPerThousand: number;
  longestMs: number;
  idleMs: number;
}

/** Fills a file and sweeps it at the instant when the first `due` people have fallen silent long enough. */
function measure(people: number, due: number): Figures {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-sweep-"));
  const writer = openWriter(folder);
  try {
    runCommand(writer, "addSite", { id: "shop", settings: {}, at: START });
    const { db } = writer;
    const model = compile(presetModel("reach-loyalty")!);
    const context = {
      models: [{ key: 1, model }],
      classify: (t: { url?: string }, opensVisit: boolean) => classify({ url: t.url ?? "", opensVisit }, {}),
    };
    const addVisitor = db.prepare(
      "insert into visitor (key, site, id, last_seq, person) values (?, 1, ?, 0, ?)",
    );
    const addPerson = db.prepare(`
      insert into person (key, site, first_at, last_at, first_source, last_source, orders, customer, folded_seq, state)
      values (?, 1, ?, ?, 0, 0, 1, null, ?, ?)`);
    const addStanding = db.prepare(
      "insert into person_stage (model, person, stage, since, entry, due) values (1, ?, ?, ?, 1, ?)",
    );
    let sweepAt = 0;
    const stages = presetModel("reach-loyalty")!.stages;
    db.transaction(() => {
      for (let key = 1; key <= people; key++) {
        // The first ones bought long ago, everybody else lately.
        const at = key <= due ? START + key : START + 60 * DAY + key;
        const state = newPerson();
        const touchpoints = [
          { id: `a${key}`, at, kind: "page_view", visit: true as const, url: "https://shop.example/" },
          { id: `b${key}`, at: at + 1, kind: "purchase", order: `o${key}`, value: 100, currency: "EUR" },
        ];
        const inputs = touchpoints.map((touchpoint, i) => ({
          seq: key * 2 + i,
          visitor: key,
          touchpoint,
          derivesVisits: false,
        }));
        foldForward(state, inputs, at + 1, context, noEffects());
        const standing = state.standings[1]!;
        addVisitor.run(key, `visitor-${key}`, key);
        addPerson.run(key, at, at + 1, key * 2 + 1, packState(state));
        addStanding.run(key, stages.indexOf(standing.stage!), standing.since, standing.due);
        if (key === due) sweepAt = standing.due!;
      }
    })();
    const times: number[] = [];
    let swept = 0;
    for (let moved = BATCH; moved === BATCH; ) {
      const start = performance.now();
      moved = writer.sweep(sweepAt, BATCH);
      times.push(performance.now() - start);
      swept += moved;
    }
    const idle = performance.now();
    for (let i = 0; i < 100; i++) writer.sweep(sweepAt, BATCH);
    const idleMs = (performance.now() - idle) / 100;
    const total = times.reduce((sum, ms) => sum + ms, 0);
    return {
      people,
      due,
      swept,
      msPerThousand: (total / swept) * 1_000,
      longestMs: Math.max(...times),
      idleMs,
    };
  } finally {
    writer.close();
    rmSync(folder, { recursive: true });
  }
}

const print = ({ people, due, swept, msPerThousand, longestMs, idleMs }: Figures) =>
  console.log(
    `${people.toLocaleString("en").padStart(9)} people, ${due.toLocaleString("en")} due: ` +
      `${swept.toLocaleString("en")} swept, ${msPerThousand.toFixed(1)} ms per thousand due, ` +
      `longest batch of ${BATCH} ${longestMs.toFixed(1)} ms, a sweep with nobody due ${idleMs.toFixed(3)} ms`,
  );

const small = measure(Math.floor(PEOPLE / 10), DUE);
print(small);
const large = measure(PEOPLE, DUE);
print(large);
console.log(
  `ten times the people cost ${(large.msPerThousand / small.msPerThousand).toFixed(2)} x per person due (aim: about 1)`,
);
