/**
 * Sends an answer in the form that was asked for: JSON, CSV, or one JSON object per line.
 */
import type { Context } from "hono";
import { writeCsv } from "../csv.ts";
import { SojournError } from "../errors.ts";
import type { QuestionName, Questions } from "../report/questions.ts";
import { type Table, tableOf } from "../report/table.ts";
import type { Env } from "./guard.ts";

const FORMATS = ["json", "csv", "ndjson"] as const;
export type Format = (typeof FORMATS)[number];

/** What the address (`format=csv`) or else the Accept header asks for; JSON when neither does. */
export function formatOf(c: Context<Env>): Format {
  const asked = c.req.query("format");
  if (asked !== undefined) {
    const format = FORMATS.find((one) => one === asked);
    if (format !== undefined) return format;
    throw new SojournError("bad_input", `format is "${asked.slice(0, 20)}"`, {
      hint: `Use ${FORMATS.join(", ")}.`,
    });
  }
  const accept = c.req.header("accept") ?? "";
  if (/\btext\/csv\b/.test(accept)) return "csv";
  if (/\bapplication\/(x-)?ndjson\b/.test(accept)) return "ndjson";
  return "json";
}

/** The answer as a response. Throws `bad_input` when it has no table and one was asked for. */
export function send<N extends QuestionName>(
  c: Context<Env>,
  name: N,
  answer: Questions[N]["give"],
): Response {
  const format = formatOf(c);
  if (format === "json") return c.json(answer as object);
  const table = tableOf(name, answer);
  if (table === undefined) {
    throw new SojournError("bad_input", `This answer has no ${format} form`, { hint: "Ask for JSON." });
  }
  if (format === "ndjson") {
    return c.body(linesOf(table), 200, { "content-type": "application/x-ndjson; charset=utf-8" });
  }
  return c.body(writeCsv(table.columns, table.rows), 200, {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${name}.csv"`,
  });
}

function linesOf({ columns, rows }: Table): string {
  const line = (row: Table["rows"][number]) =>
    `${JSON.stringify(Object.fromEntries(columns.map((column, place) => [column, row[place]])))}\n`;
  return rows.map(line).join("");
}
