/**
 * `sojourn report`: the overview as one HTML file that needs nothing else. Opens anywhere, prints well, asks nobody.
 *
 * The file is the page itself, with its script, its style sheet and the answers of the public API written into it.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SojournError } from "../errors.ts";
import type { QuestionName } from "../report/questions.ts";
import type { Command } from "./command.ts";
import { ask, siteOf } from "./data.ts";
import { PERIOD_OPTIONS } from "./question.ts";

/** Where the built page is. */
const PAGE = join(dirname(fileURLToPath(import.meta.url)), "../../../dashboard/dist");

/** The questions of the overview by their path in the API. */
const OVERVIEW: Readonly<Record<string, QuestionName>> = {
  "/sites": "sites",
  "/stages": "stages",
  "/kpis": "kpis",
  "/flow": "flow",
  "/sources": "sources",
  "/stages/series": "series",
  "/cohorts": "cohorts",
  "/funnel": "funnel",
  "/findings": "findings",
};

export const reportCommand: Command = {
  name: "report",
  summary: "Write the overview as one HTML file, to print, to keep or to send.",
  usage: "[--site <id>] [--from <date>] [--to <date>] [--out report.html]",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    ...PERIOD_OPTIONS,
    compare: { type: "string", help: "previous (default), year or none" },
    credit: { type: "string", help: "credit model (default last-non-direct)" },
    theme: { type: "string", help: "light (default) or dark" },
    out: { type: "string", help: "file to write (default sojourn-report.html)" },
  },
  more: `Every Monday at seven, with cron:
  0 7 * * 1  sojourn report --data /var/lib/sojourn --out /srv/reports/week.html`,
  async run(words, io) {
    const site = siteOf(words, io);
    const named = (name: string): Record<string, string> => {
      const value = words.text(name);
      return value === undefined ? {} : { [name]: value };
    };
    const params = { site, ...named("from"), ...named("to"), ...named("compare"), ...named("credit") };
    const answers: Record<string, unknown> = {};
    for (const [path, question] of Object.entries(OVERVIEW)) {
      const asked = question === "sites" ? {} : question === "stages" ? { site } : by(question, params);
      answers[path] = await ask(words, io, question, asked as never);
    }
    const sites = answers["/sites"] as { sites: { id: string }[] };
    // A report is about one site; it does not tell its readers of the others.
    answers["/sites"] = { ...sites, sites: sites.sites.filter(({ id }) => id === site) };
    const { period } = answers["/kpis"] as { period: { from: string; to: string } };
    const shown = { ...params, from: period.from, to: period.to, theme: words.text("theme") ?? "light" };
    const out = words.text("out") ?? "sojourn-report.html";
    writeFileSync(out, reportFile({ params: shown, answers }));
    io.out(words.is("json") ? `${JSON.stringify({ file: out, ...period })}\n` : `${out}\n`);
    return 0;
  },
};

/** What a question takes: all of it the period, some of it comparison and credit. */
function by(question: QuestionName, params: Record<string, string>): Record<string, string> {
  const { compare, credit, ...rest } = params;
  const given = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });
  if (question === "sources") {
    return { ...rest, by: "channel", compare: compare ?? "previous", ...given("credit", credit) };
  }
  if (question === "kpis") return { ...rest, compare: compare ?? "previous" };
  if (question === "cohorts") return { site: rest.site! };
  return rest;
}

/** The page in one file. Its policy lets only its own script run, by hash, and lets nothing be fetched. */
export function reportFile(snapshot: {
  params: Record<string, string>;
  answers: Record<string, unknown>;
}): string {
  const script = read(/^main-.*\.js$/);
  const style = read(/^sojourn-.*\.css$/);
  // Inside a script element only "<" could end it.
  const data = JSON.stringify(snapshot).replaceAll("<", "\\u003c");
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="content-security-policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<title>Sojourn</title><style>${style}</style></head>`,
    `<body><div id="app"></div><script type="application/json" id="snapshot">${data}</script>`,
    `<script type="module">${script}</script></body></html>`,
    "",
  ].join("\n");
}

function read(name: RegExp): string {
  const folder = join(PAGE, "assets");
  const file = existsSync(folder) ? readdirSync(folder).find((entry) => name.test(entry)) : undefined;
  if (file === undefined) {
    throw new SojournError("unavailable", "The page was not built", { hint: "Run: npm run build" });
  }
  const text = readFileSync(join(folder, file), "utf8");
  if (/<\/(script|style)/i.test(text)) throw new Error("the built page ends its own element");
  return text;
}
