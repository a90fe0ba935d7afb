/**
 * How long the reports about sources and credit take over thirty days of ten million touchpoints (goal: below 2 s).
 *
 * A million people with 3.5 million touches within the thirty days, written straight into the projections (once; kept in the
 * system's folder for temporary files): what is measured is reading.
 * Run: npm run bench -- attribution [people, default a million] [part of a question's label].
 * Run: node --conditions=@sojourn/source packages/collector/bench/attribution.bench.ts [people]
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CREDIT_MODELS } from "../src/domain/attribution/credit.ts";
import { seededRandom } from "../src/domain/attribution/seeded-random.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openWriter } from "../src/store/sqlite/writer.ts";
import { type Asked, askAll } from "./load/questions.ts";

const PEOPLE = Number(process.argv[2] ?? 1_000_000);
const DAY = 86_400_000;
const FROM = Date.UTC(2026, 9, 1);
const SOURCES = 400;
const PAGES = 500;
const CHANNELS = [
  "Direct",
  "Organic Search",
  "Paid Search",
  "Email",
  "Referral",
  "Organic Social",
  "Paid Social",
  "Display",
  "Affiliates",
  "AI Assistant",
  "Organic Video",
  "Unassigned",
];

const BY = ["channel", "source", "medium", "campaign", "term", "content", "landing"] as const;

const folder = join(tmpdir(), `sojourn-touches-${PEOPLE}`);
/** Written last: a folder without it is begun anew. */
const done = join(folder, "filled.json");
const random = seededRandom(1);
const below = (n: number) => Math.floor(random() * n);

interface Filled {
  touches: number;
  orders: number;
  signUps: number;
}

function fill(): Filled {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const writer = openWriter(folder);
  runCommand(writer, "addSite", { id: "shop", settings: {}, at: FROM });
  const { db } = writer;
  db.pragma("synchronous = off");
  const insert = {
    source: db.prepare(
      "insert into source (key, site, hash, source, medium, channel, campaign, rule, detail) values (?, 1, ?, ?, ?, ?, ?, 'r', '{}')",
    ),
    page: db.prepare("insert into page (key, site, path) values (?, 1, ?)"),
    person: db.prepare(
      "insert into person (key, site, first_at, last_at, first_source, last_source, orders, folded_seq, state) values (?, 1, ?, ?, ?, ?, ?, 0, '{}')",
    ),
    touch: db.prepare(
      "insert into touch (person, at, seq, site, source, page, opens_visit) values (?, ?, ?, 1, ?, ?, 1)",
    ),
    order: db.prepare(
      "insert into purchase (person, number, site, at, value, currency, refunded, nth) values (?, ?, 1, ?, ?, 'EUR', 0, ?)",
    ),
    activity: db.prepare(
      "insert into activity (site, kind, day, person, n, first_at) values (1, (select key from kind where name = 'newsletter_signup'), ?, ?, 1, ?) on conflict do nothing",
    ),
  };
  let touches = 0;
  let orders = 0;
  let signUps = 0;
  let seq = 0;
  db.transaction(() => {
    db.prepare("insert into kind (name) values ('newsletter_signup') on conflict do nothing").run();
    for (let key = 1; key <= SOURCES; key++) {
      const hash = Buffer.alloc(16);
      hash.writeUInt32LE(key);
      const channel = CHANNELS[key % CHANNELS.length]!;
      const source = channel === "Direct" ? "(direct)" : `source ${key % 60}`;
      insert.source.run(key, hash, source, "m", channel, key % 3 === 0 ? null : `campaign ${key}`);
    }
    for (let key = 1; key <= PAGES; key++) insert.page.run(key, `/page/${key}`);
    for (let person = 1; person <= PEOPLE; person++) {
      const times = Array.from({ length: 1 + below(6) }, () => FROM + below(30 * DAY)).sort((a, b) => a - b);
      // A few sources bring most people.
      const sources = times.map(() => 1 + Math.floor(SOURCES * random() ** 3));
      times.forEach((at, i) => {
        insert.touch.run(person, at, ++seq, sources[i], 1 + Math.floor(PAGES * random() ** 3));
      });
      touches += times.length;
      const buys = random() < 0.07 ? 1 + below(2) : 0;
      for (let nth = 1; nth <= buys; nth++) {
        insert.order.run(person, `${person}-${nth}`, times.at(-1)! + nth, 1_000 + below(20_000), nth);
        orders += 1;
      }
      if (random() < 0.06) {
        signUps += 1;
        insert.activity.run(Math.floor(times[0]! / DAY), person, times[0]! + 1_000);
      }
      insert.person.run(person, times[0], times.at(-1), sources[0], sources.at(-1), buys);
    }
  })();
  db.pragma("wal_checkpoint(truncate)");
  writer.close();
  writeFileSync(done, JSON.stringify({ touches, orders, signUps }));
  return { touches, orders, signUps };
}

const { touches, orders, signUps } = existsSync(done)
  ? (JSON.parse(readFileSync(done, "utf8")) as Filled)
  : fill();
console.log(`${PEOPLE} people, ${touches} touches, ${orders} orders, ${signUps} sign-ups in 30 days`);
const period = { site: "shop", from: "2026-10-01", to: "2026-10-30" };
const GOAL = 2_000;
const ASKED: Asked[] = [
  ...BY.map((by): Asked => [`sources by ${by}`, "sources", { ...period, by }, GOAL]),
  ...CREDIT_MODELS.map((credit): Asked => [`sources, ${credit}`, "sources", { ...period, credit }, GOAL]),
  ["sources, compared", "sources", { ...period, compare: "previous" }, GOAL],
  ["attribution by channel", "attribution", period, GOAL],
  ["attribution, order 3", "attribution", { ...period, order: 3 }, GOAL],
  ["attribution by landing", "attribution", { ...period, by: "landing" }, GOAL],
];
await askAll(folder, ASKED, FROM + 30 * DAY, 3, process.argv[3] ?? "");
