/**
 * How long the reports about sources and credit take over thirty days of ten million touchpoints (goal: below 2 s).
 *
 * A million people with 3.3 million touches, written straight into the projections: what is measured is reading.
 * Run: node --conditions=@sojourn/source packages/collector/bench/attribution.bench.ts [people]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../src/domain/attribution/seeded-random.ts";
import { answerQuestion, type QuestionName, type Questions } from "../src/report/questions.ts";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openForReading } from "../src/store/sqlite/open.ts";
import { openReads } from "../src/store/sqlite/reads.ts";
import { openWriter } from "../src/store/sqlite/writer.ts";

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

const folder = mkdtempSync(join(tmpdir(), "sojourn-bench-"));
const random = seededRandom(1);
const below = (n: number) => Math.floor(random() * n);

function fill(): { touches: number; orders: number; signUps: number } {
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
      "insert into person (key, site, first_at, last_at, first_source, last_source, orders, state) values (?, 1, ?, ?, ?, ?, ?, '{}')",
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
  return { touches, orders, signUps };
}

async function measure<N extends QuestionName>(
  name: string,
  question: N,
  params: Questions[N]["take"],
): Promise<void> {
  const db = openForReading(folder);
  const reads = openReads(db);
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await answerQuestion(reads, question, params, FROM + 30 * DAY);
    times.push(performance.now() - start);
  }
  db.close();
  const [first, ...later] = times.map((ms) => `${(ms / 1_000).toFixed(2)} s`);
  const memory = Math.round(process.memoryUsage().rss / 1024 ** 2);
  console.log(`${name.padEnd(48)} first ${first}, then ${later.join(", ")}; ${memory} MiB resident`);
}

try {
  const filled = fill();
  console.log(
    `${PEOPLE} people, ${filled.touches} touches, ${filled.orders} orders, ${filled.signUps} sign-ups in 30 days`,
  );
  const period = { site: "shop", from: "2026-10-01", to: "2026-10-30" };
  await measure("sources by channel", "sources", period);
  await measure("sources by campaign, position", "sources", {
    ...period,
    by: "campaign",
    credit: "position",
  });
  await measure("sources by landing page", "sources", { ...period, by: "landing" });
  await measure("sources by channel, markov", "sources", { ...period, credit: "markov" });
  await measure("attribution by channel, all models", "attribution", period);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
