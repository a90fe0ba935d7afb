/**
 * `sojourn cost`: brings in what was spent, lists it with what no touch answers to, and takes it out again.
 */
import { readFileSync } from "node:fs";
import { COST_FIELDS, COST_LAYOUTS, type CostField } from "../connect/cost-columns.data.ts";
import { type CostFile, type CostFileOptions, readCostFile } from "../connect/cost-file.ts";
import { formatMinor } from "../domain/money.ts";
import { SojournError } from "../errors.ts";
import type { CostRow } from "../report/costs.ts";
import type { Command, Io, Words } from "./command.ts";
import { ask, change, siteOf } from "./data.ts";
import { inputText } from "./input.ts";
import { textTable } from "./text-table.ts";
import { needed, oneOf, optional } from "./typed.ts";

/** Lines named one by one; the rest is counted. */
const MOST_NAMED = 20;

export const costCommand: Command = {
  name: "cost",
  summary: "What was spent on ads: import an export, list, remove.",
  usage: "import <file> | list | remove  [--site <id>] …",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    layout: { type: "string", help: `whose export it is, when not recognised: ${COST_LAYOUTS.join(", ")}` },
    map: { type: "string", help: `own columns: day=Datum,amount=Betrag; fields: ${COST_FIELDS.join(", ")}` },
    set: { type: "string", help: "what every row is: source=linkedin,medium=cpc,channel=Paid Social" },
    currency: { type: "string", help: "of amounts that name none (default: the site's)" },
    dates: { type: "string", help: "how 1/2/2026 is meant: dmy or mdy" },
    origin: {
      type: "string",
      help: "what tells these rows from another account's (default: layout and account)",
    },
    from: { type: "string", help: "first day; for import: of a file without days" },
    to: { type: "string", help: "last day, inclusive" },
    unmatched: { type: "boolean", help: "list: only what no touch of the period answers to" },
    "dry-run": { type: "boolean", help: "import: say what would be brought in, and change nothing" },
  },
  more: "  sojourn cost import google-ads.csv --site shop\n  sojourn cost import own.csv --map day=Datum,channel=Kanal,amount=Betrag",
  async run(words, io) {
    const verb = needed(words, 0, "of import, list, remove");
    if (verb === "import") return importFile(words, io);
    if (verb === "list") return list(words, io);
    if (verb === "remove") return remove(words, io);
    throw new SojournError("bad_usage", `cost ${verb} is not known`, { hint: "See: sojourn cost --help" });
  },
};

async function importFile(words: Words, io: Io): Promise<number> {
  const site = siteOf(words, io);
  const { sites } = await ask(words, io, "sites", {});
  const settings = sites.find(({ id }) => id === site);
  if (settings === undefined) throw new SojournError("not_found", `There is no site "${site}"`);
  const layout = oneOf(words, "layout", COST_LAYOUTS);
  const dates = oneOf(words, "dates", ["dmy", "mdy"] as const);
  const options: CostFileOptions = {
    currency: (words.text("currency") ?? settings.currency).toUpperCase(),
    ...optional("layout", layout),
    ...optional("map", pairs(words, "map", COST_FIELDS)),
    ...optional("set", pairs(words, "set", ["channel", "source", "medium", "campaign"] as const)),
    ...optional("dates", dates),
    ...optional("from", words.text("from")),
    ...optional("to", words.text("to")),
    ...optional("origin", words.text("origin")),
  };
  const file = readCostFile(await textOf(words.positionals[1], io), options);
  const days = file.rows.map(({ day }) => day).sort();
  const isDry = words.is("dry-run");
  const done = isDry
    ? { added: 0, changed: 0, unchanged: 0 }
    : await change(words, io, "importCosts", { site, rows: file.rows });
  const unmatched =
    days.length === 0 || isDry
      ? []
      : (await ask(words, io, "costs", { site, from: days[0]!, to: days.at(-1)!, unmatched: true })).rows;
  if (words.is("json")) {
    const { rows, ...told } = file;
    io.out(`${JSON.stringify({ site, ...done, ...told, ...(isDry ? { rows } : {}), unmatched })}\n`);
  } else tell(io, file, done, isDry, days, unmatched);
  return file.refused.length > 0 ? 1 : 0;
}

function tell(
  io: Io,
  file: CostFile,
  done: { added: number; changed: number; unchanged: number },
  isDry: boolean,
  days: readonly string[],
  unmatched: readonly CostRow[],
): void {
  const sums = new Map<string, number>();
  for (const { currency, amount } of file.rows) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  const amounts = [...sums].map(([currency, sum]) => `${formatMinor(sum, currency)} ${currency}`).join(", ");
  const period = days.length === 0 ? "" : `, ${days[0]} to ${days.at(-1)}`;
  io.out(`Layout ${file.layout}: ${file.rows.length} rows${period}${amounts === "" ? "" : `, ${amounts}`}\n`);
  io.out(
    isDry
      ? "Nothing was changed.\n"
      : `${done.added} added, ${done.changed} changed, ${done.unchanged} were there already\n`,
  );
  for (const note of file.notes) io.out(`${note}\n`);
  if (file.skipped.length > 0)
    io.out(`${file.skipped.length} lines passed over (totals, footers, no amount)\n`);
  for (const { line, reason } of file.refused.slice(0, MOST_NAMED)) io.out(`Line ${line}: ${reason}\n`);
  if (file.refused.length > MOST_NAMED) io.out(`… and ${file.refused.length - MOST_NAMED} more lines\n`);
  if (unmatched.length > 0) {
    io.out("\nNo touch of these days came by (kept, and counted in the channel it names):\n");
    io.out(`${costTable(unmatched.slice(0, MOST_NAMED))}\n`);
    if (unmatched.length > MOST_NAMED) io.out(`… and ${unmatched.length - MOST_NAMED} more\n`);
  }
}

async function list(words: Words, io: Io): Promise<number> {
  const answer = await ask(words, io, "costs", {
    site: siteOf(words, io),
    ...optional("from", words.text("from")),
    ...optional("to", words.text("to")),
    ...(words.is("unmatched") ? { unmatched: true } : {}),
  });
  if (words.is("json")) {
    io.out(`${JSON.stringify(answer)}\n`);
    return 0;
  }
  const { period, rows } = answer;
  io.out(`${answer.site}, costs ${period.from} to ${period.to}\n\n`);
  io.out(rows.length === 0 ? "none\n" : `${costTable(rows)}\n`);
  for (const { currency, amount, rate } of answer.byCurrency) {
    const missing = rate === null ? ", no rate: set one with sojourn site set --rate" : "";
    io.out(`all: ${formatMinor(amount, currency)} ${currency}${missing}\n`);
  }
  return 0;
}

function costTable(rows: readonly CostRow[]): string {
  return textTable(
    ["campaign", "source", "medium", "channel", "amount", "", "days", "origin", ""],
    rows.map((row) => [
      row.campaign ?? "–",
      row.source ?? "–",
      row.medium ?? "–",
      row.channel ?? "–",
      formatMinor(row.amount, row.currency),
      row.currency,
      String(row.days),
      row.origin,
      row.isMatched ? "" : "no touch",
    ]),
  );
}

async function remove(words: Words, io: Io): Promise<number> {
  const site = siteOf(words, io);
  const origin = words.text("origin");
  const from = words.text("from");
  const to = words.text("to");
  if (origin === undefined && from === undefined && to === undefined) {
    throw new SojournError("bad_usage", "Say which costs to remove", {
      hint: "Give --origin, or --from and --to; see: sojourn cost list",
    });
  }
  const done = await change(words, io, "removeCosts", {
    site,
    ...optional("origin", origin),
    ...optional("from", from),
    ...optional("to", to),
  });
  io.out(words.is("json") ? `${JSON.stringify(done)}\n` : `${done.removed} rows removed\n`);
  return 0;
}

/** Spreadsheets' "Unicode text" is UTF-16 with a byte order mark; everything else is UTF-8. */
async function textOf(file: string | undefined, io: Io): Promise<string> {
  if (file === undefined || file === "-") return inputText(file, io);
  try {
    const bytes = readFileSync(file);
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes);
  } catch (cause) {
    throw new SojournError("bad_input", `${file} cannot be read`, { cause });
  }
}

/** `a=x,b=y` as an object. Throws `bad_usage` for a name that is none. */
function pairs<N extends CostField>(
  words: Words,
  name: string,
  allowed: readonly N[],
): Partial<Record<N, string>> | undefined {
  const typed = words.text(name);
  if (typed === undefined) return undefined;
  const result: Partial<Record<N, string>> = {};
  for (const pair of typed.split(",")) {
    const [field, ...rest] = pair.split("=");
    const key = allowed.find((one) => one === field?.trim());
    if (key === undefined || rest.length === 0) {
      throw new SojournError("bad_usage", `--${name} has "${pair.slice(0, 60)}"`, {
        hint: `Write name=value, with names ${allowed.join(", ")}.`,
      });
    }
    result[key] = rest.join("=").trim();
  }
  return result;
}
