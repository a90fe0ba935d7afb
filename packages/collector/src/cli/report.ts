/**
 * `sojourn report`: the overview as one HTML file that needs nothing else. Opens anywhere, prints well, asks nobody.
 *
 * The file is the page itself, with its script, its style sheet and the answers of the public API written into it.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CREDIT_MODELS } from "../domain/attribution/credit.ts";
import { SojournError } from "../errors.ts";
import type { QuestionName } from "../report/questions.ts";
import type { Compared } from "../report/spans.ts";
import type { Command } from "./command.ts";
import { ask, siteOf } from "./data.ts";
import { COMPARE_OPTIONS, comparedOf, PERIOD_OPTIONS } from "./question.ts";
import { oneOf, optional } from "./typed.ts";

/** Where the built page is. */
const PAGE = join(dirname(fileURLToPath(import.meta.url)), "../../../dashboard/dist");

/** Languages the page speaks. */
const LANGUAGES = ["en", "de", "da"] as const;

/** The questions of the overview by their path in the API. */
const OVERVIEW: Readonly<Record<string, QuestionName>> = {
  "/sites": "sites",
  "/stages": "stages",
  "/kpis/headline": "headline",
  "/flow": "flow",
  "/sources": "sources",
  "/stages/series": "series",
  "/cohorts": "cohorts",
  "/funnel": "funnel",
  "/findings": "findings",
  "/stages/time": "stays",
  "/health": "health",
};

export const reportCommand: Command = {
  name: "report",
  summary: "Write the overview as one HTML file, to print, to keep or to send.",
  usage: "[--site <id>] [--from <date>] [--to <date>] [--out report.html]",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    ...PERIOD_OPTIONS,
    ...COMPARE_OPTIONS,
    credit: { type: "string", help: "credit model (default last-non-direct)" },
    theme: { type: "string", help: "light (default) or dark" },
    lang: { type: "string", help: `language: ${LANGUAGES.join(", ")} (default en)` },
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
    const params = { site, ...named("from"), ...named("to") };
    const compared = comparedOf(words);
    const lang = oneOf(words, "lang", LANGUAGES) ?? "en";
    const theme = oneOf(words, "theme", ["light", "dark"] as const) ?? "light";
    const credit = optional("credit", oneOf(words, "credit", CREDIT_MODELS));
    const answers: Record<string, unknown> = {};
    for (const [path, question] of Object.entries(OVERVIEW)) {
      const asked = by(question, params, { compare: "previous", ...compared }, credit);
      answers[path] = await ask(words, io, question, asked as never);
    }
    const sites = answers["/sites"] as { sites: { id: string }[] };
    // A report is about one site; it does not tell its readers of the others.
    answers["/sites"] = { ...sites, sites: sites.sites.filter(({ id }) => id === site) };
    const { period } = answers["/kpis/headline"] as { period: { from: string; to: string } };
    const shown = {
      ...params,
      ...credit,
      ...Object.fromEntries(Object.entries(compared).map(([name, value]) => [name, String(value)])),
      from: period.from,
      to: period.to,
      theme,
      lang,
    };
    const out = words.text("out") ?? "sojourn-report.html";
    const dictionary = lang === "en" ? {} : { words: await wordsOf(lang) };
    writeFileSync(out, reportFile({ params: shown, answers, ...dictionary }));
    io.out(words.is("json") ? `${JSON.stringify({ file: out, ...period })}\n` : `${out}\n`);
    return 0;
  },
};

/** What a question of the overview takes: most of them the period, some of them comparison and credit. */
function by(
  question: QuestionName,
  params: { site: string },
  compared: Compared,
  credit: Record<string, string>,
): Record<string, unknown> {
  switch (question) {
    case "sites":
      return {};
    case "stages":
    case "cohorts":
    case "health":
      return { site: params.site };
    case "sources":
      return { ...params, by: "channel", ...compared, ...credit };
    case "headline":
      return { ...params, ...compared };
    default:
      return params;
  }
}

/** The page in one file. Its policy lets only its own script run, by hash, and lets nothing be fetched. */
export function reportFile(snapshot: {
  params: Record<string, string>;
  answers: Record<string, unknown>;
  /** The page's words, when they are not the English ones it carries itself. */
  words?: Record<string, string>;
}): string {
  const script = inline(/^main-.*\.js$/);
  const style = inline(/^sojourn-.*\.css$/);
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

/** The page's words in a language, from the module the page itself would fetch. */
async function wordsOf(lang: string): Promise<Record<string, string>> {
  const module = (await import(pathToFileURL(built(new RegExp(`^${lang}-.*\\.js$`))).href)) as Record<
    string,
    Record<string, string>
  >;
  return module[lang]!;
}

/** Text of a part of the page that can stand inside an element of its own. */
function inline(name: RegExp): string {
  const text = readFileSync(built(name), "utf8");
  if (/<\/(script|style)/i.test(text)) throw new Error("the built page ends its own element");
  return text;
}

/** Path of a part of the built page. Throws `unavailable` when there is none. */
function built(name: RegExp): string {
  const folder = join(PAGE, "assets");
  const file = existsSync(folder) ? readdirSync(folder).find((entry) => name.test(entry)) : undefined;
  if (file === undefined) {
    throw new SojournError("unavailable", "The page was not built", { hint: "Run: npm run build" });
  }
  return join(folder, file);
}
