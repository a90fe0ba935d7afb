/**
 * Commands that ask one question and show its answer: common options (site, model, period, filters, --json, --csv), and tables with bars.
 */
import { writeCsv } from "../csv.ts";
import { formatMinor } from "../domain/money.ts";
import { SojournError } from "../errors.ts";
import { type Clause, clausesOf, FILTER_FIELDS, typedPair } from "../report/filter.ts";
import type { Period } from "../report/period.ts";
import type { QuestionName, Questions } from "../report/questions.ts";
import { COMPARISONS, type Compared } from "../report/spans.ts";
import { tableOf } from "../report/table.ts";
import { bar } from "./bar.ts";
import type { Command, Io, Option, Words } from "./command.ts";
import { ask, siteOf } from "./data.ts";
import { textTable } from "./text-table.ts";
import { oneOf, optional } from "./typed.ts";

const COMMON_OPTIONS = {
  site: { type: "string", help: "site id; may be left out when there is one site" },
  model: { type: "string", help: "life-cycle model (default: the site's)" },
  csv: { type: "boolean", help: "print CSV" },
} as const satisfies Record<string, Option>;

export const PERIOD_OPTIONS = {
  from: { type: "string", help: "first day, in the site's zone (default: 30 days up to today)" },
  to: { type: "string", help: "last day, inclusive" },
} as const satisfies Record<string, Option>;

/** What the figures are compared with. */
export const COMPARE_OPTIONS = {
  compare: { type: "string", help: "previous (default), year, custom or none" },
  "compare-from": { type: "string", help: "with --compare custom: first day" },
  "compare-to": { type: "string", help: "with --compare custom: last day (default: as many days)" },
  weekdays: { type: "boolean", help: "begin on the same day of the week, so that weekends meet weekends" },
} as const satisfies Record<string, Option>;

export function comparedOf(words: Words): Compared {
  return {
    ...optional("compare", oneOf(words, "compare", COMPARISONS)),
    ...optional("compareFrom", words.text("compare-from")),
    ...optional("compareTo", words.text("compare-to")),
    ...(words.is("weekdays") ? { weekdays: true } : {}),
  };
}

export const FILTER_OPTION = {
  filter: {
    type: "string",
    multiple: true,
    help: `channel=Email or 'channel!=Direct'; of ${FILTER_FIELDS.join(", ")}; may be repeated`,
  },
} as const satisfies Record<string, Option>;

export const PAGE_OPTIONS = {
  limit: { type: "string", help: "rows, 1 to 1,000" },
  after: { type: "string", help: "`next` of the page before" },
} as const satisfies Record<string, Option>;

/** A command that asks a question. */
export interface QuestionCommand<N extends QuestionName> {
  name: string;
  question: N;
  summary: string;
  usage: string;
  options: Record<string, Option>;
  more?: string;
  /** What the words say beside site, model, period and filters. */
  params?(words: Words): Partial<Questions[N]["take"]>;
  /** The answer for people, without a final line break. */
  show(answer: Questions[N]["give"], words: Words): string;
}

export function questionCommand<N extends QuestionName>(spec: QuestionCommand<N>): Command {
  return {
    name: spec.name,
    summary: spec.summary,
    usage: spec.usage,
    options: { ...COMMON_OPTIONS, ...spec.options },
    ...optional("more", spec.more),
    async run(words, io) {
      const params = {
        site: siteOf(words, io),
        ...optional("model", words.text("model")),
        ...optional("from", words.text("from")),
        ...optional("to", words.text("to")),
        ...optional("after", words.text("after")),
        ...optional("limit", wholeNumber(words, "limit")),
        ...filterOf(words),
        ...spec.params?.(words),
      } as Questions[N]["take"];
      printAnswer(words, io, spec.question, await ask(words, io, spec.question, params), spec.show);
      return 0;
    },
  };
}

/** Prints an answer as JSON, CSV or for people. */
export function printAnswer<N extends QuestionName>(
  words: Words,
  io: Io,
  name: N,
  answer: Questions[N]["give"],
  show: (answer: Questions[N]["give"], words: Words) => string,
): void {
  const table = words.is("csv") ? tableOf(name, answer) : undefined;
  if (words.is("json")) io.out(`${JSON.stringify(answer)}\n`);
  else if (table !== undefined) io.out(writeCsv(table.columns, table.rows));
  else io.out(`${show(answer, words)}\n`);
}

export function filterOf(words: Words): { filter?: Clause[] } {
  const filter = clausesOf(words.list("filter").map(typedPair));
  return filter.length === 0 ? {} : { filter };
}

/** The whole number of an option. Throws `bad_usage`. */
export function wholeNumber(words: Words, name: string): number | undefined {
  const typed = words.text(name);
  if (typed === undefined) return undefined;
  if (/^\d{1,9}$/.test(typed)) return Number(typed);
  throw new SojournError("bad_usage", `--${name} is "${typed}"`, { hint: "Use a whole number." });
}

/** "shop, 2026-10-24 to 2026-11-22 (Europe/Berlin), the last day is not over". */
export const heading = (site: string, { from, to, zone, isUnfinished }: Period): string =>
  `${site}, ${from} to ${to} (${zone})${isUnfinished ? ", the last day is not over" : ""}\n`;

/** A table whose last column is a bar for the value that `of` gives. */
export function barTable<T>(
  header: readonly string[],
  rows: readonly T[],
  cells: (row: T) => readonly string[],
  of: (row: T) => number,
): string {
  const most = Math.max(Number.MIN_VALUE, ...rows.map(of));
  return textTable(
    [...header, ""],
    rows.map((row) => [...cells(row), bar(of(row) / most, 30)]),
  );
}

/** "12.3 %"; an en dash for what is not known. */
export const percent = (share: number | null): string =>
  share === null ? "–" : `${(share * 100).toFixed(1)} %`;

/** Days with one decimal; an en dash for what is not known. */
export const days = (n: number | null): string => (n === null ? "–" : n.toFixed(1));

export const money = (minor: number | null, currency: string): string =>
  minor === null ? "–" : `${formatMinor(Math.round(minor), currency)} ${currency}`;
