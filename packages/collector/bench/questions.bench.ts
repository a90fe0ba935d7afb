/**
 * Times every question of the collector on a year of data, as a reader answers it, with the memory it takes.
 *
 * Run: npm run bench -- questions [people, default 100,000] [part of a question's name]. A million people make ten million
 * touchpoints; the data set is made once and kept in the system's folder for temporary files (see load/history.ts).
 */
import { makeHistory } from "./load/history.ts";
import { type Asked, askAll } from "./load/questions.ts";

const people = Number(process.argv[2] ?? 100_000);
const part = process.argv[3] ?? "";
const DAY_MS = 86_400_000;
const ROUNDS = 3;

const history = makeHistory(people, Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS, (text) =>
  console.log(`  ${text}`),
);
const iso = (at: number): string => new Date(at).toISOString().slice(0, 10);
const site = "shop";
const month = { site, from: iso(history.end - 30 * DAY_MS), to: iso(history.end - DAY_MS) };
const now = history.end - 1;

const BY = ["channel", "source", "medium", "campaign", "term", "content", "landing"] as const;
const CREDIT = ["first", "linear", "position", "decay", "shapley", "markov"] as const;
const email = [{ field: "channel", is: true, values: ["Email"] }] as const;

/** Goals: goals.md for the first ones; the page's first view within about two seconds; everything else the same. */
const ASKED: Asked[] = [
  ["stages now", "stages", { site }, 20],
  ["stages by campaign", "stages", { site, by: "campaign" }, 20],
  ["stages at a past day", "stages", { site, at: iso(history.end - 100 * DAY_MS) }, 50],
  ["person", "person", { site, person: history.visitors[7]! }, 10],
  ["live", "live", { site }, 300],
  ["headline", "headline", { ...month, compare: "previous" }, 300],
  ["headline of Email", "headline", { ...month, compare: "previous", filter: email }, 2_000],
  ["kpis", "kpis", { ...month, compare: "previous" }, 2_000],
  ["kpis of Email", "kpis", { ...month, compare: "previous", filter: email }, 2_000],
  ["flow", "flow", month, 2_000],
  ["series", "series", month, 2_000],
  ["stays", "stays", month, 2_000],
  ["velocity", "velocity", month, 2_000],
  ["funnel", "funnel", month, 2_000],
  ["carts", "carts", month, 2_000],
  ["cohorts by month", "cohorts", { site, every: "month" }, 2_000],
  ["findings", "findings", month, 2_000],
  ["lapsing", "lapsing", { site }, 2_000],
  ["people", "people", { site }, 300],
  ["people of Email", "people", { site, filter: email }, 2_000],
  ["scores", "scores", { site }, 2_000],
  [
    "segment preview",
    "segmentPreview",
    {
      site,
      rule: {
        all: [
          ["orders", ">=", 1],
          ["idle", "order", ">=", "P90D"],
        ],
      },
    },
    2_000,
  ],
  ["rfm", "rfm", { site }, 2_000],
  ["value", "value", { site }, 2_000],
  ["sources, compared", "sources", { ...month, compare: "previous" }, 2_000],
  ...BY.map((by): Asked => [`sources by ${by}`, "sources", { ...month, by }, 2_000]),
  ...CREDIT.map((credit): Asked => [`sources, ${credit}`, "sources", { ...month, credit }, 2_000]),
  ["sources of Email", "sources", { ...month, filter: email }, 2_000],
  ...BY.map((by): Asked => [`attribution by ${by}`, "attribution", { ...month, by }, 2_000]),
  ["attribution, order 3", "attribution", { ...month, order: 3 }, 2_000],
  ["conversions", "conversions", month, 2_000],
  ["touches", "touches", month, 300],
];

// Read only, and nobody writes: the data set itself is asked.
console.log(`${people.toLocaleString("en")} people; each question in a process of its own`);
await askAll(history.folder, ASKED, now, ROUNDS, part);
