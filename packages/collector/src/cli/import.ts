/**
 * `sojourn import`: brings in what was before: order histories, and touchpoints other systems kept.
 *
 * May be stopped at any time and started again: every row has an id made from its content, so nothing counts twice.
 */
import type { CsvRow } from "../csv.ts";
import { type Zone, zoneOf } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import { DECIMAL_SIGNS } from "../import/amounts.ts";
import { ORDER_COLUMNS, readMapping } from "../import/columns.ts";
import { DATE_ORDERS } from "../import/dates.ts";
import {
  type ImportedOrders,
  type ImportedTouchpoint,
  importOrders,
  type LineProblem,
  MATCH_RULES,
} from "../import/orders.ts";
import { openAccess } from "../store/sqlite/access.ts";
import { openForReading } from "../store/sqlite/open.ts";
import type { Command, Io, Words } from "./command.ts";
import { folderOf, runningIn, siteOf } from "./data.ts";
import { csvRows, readGa4, readLines, readTable } from "./import-file.ts";
import { type Job, refuse, sendAll, told } from "./import-job.ts";
import { connectorFor, runShop } from "./import-shop.ts";
import { type Sender, sendNowhere, sendToCollector, sendToFile } from "./send.ts";
import { needed, oneOf, optional } from "./typed.ts";

/** Touchpoints read before they are sent: a person's among them are folded together. */
const PART = 100_000;

const KINDS = ["orders", "shopify", "woocommerce", "touchpoints", "ga4"] as const;

function oneOfWords(word: string): (typeof KINDS)[number] {
  const found = KINDS.find((kind) => kind === word);
  if (found !== undefined) return found;
  throw new SojournError("bad_usage", `"${word}" cannot be imported`, { hint: `Use ${KINDS.join(", ")}.` });
}

export const importCommand: Command = {
  name: "import",
  summary: "Bring in orders (CSV) or touchpoints (NDJSON or CSV) from before. Twice is the same as once.",
  usage: "orders|shopify|woocommerce|touchpoints|ga4 <file> [--site <id>] [--map <pairs>] [--dry-run]",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    map: {
      type: "string",
      help: `columns by name, such as customer=Kunde,order=Nr; of ${ORDER_COLUMNS.join(", ")}`,
    },
    format: { type: "string", help: "csv or ndjson (default: by the file's name)" },
    zone: { type: "string", help: "time zone of times without an offset (default: the site's)" },
    dates: { type: "string", help: "dmy or mdy: how dates such as 3/4/2026 are meant" },
    decimal: { type: "string", help: '"." or ",": the decimal sign of amounts such as 1,234' },
    currency: { type: "string", help: "currency of amounts that name none (default: the site's)" },
    "match-cancellations": {
      type: "string",
      help: "latest-earlier (default) or none: how refunds that name no order find theirs",
    },
    received: {
      type: "string",
      help: "now (default) or at: when touchpoints count as known that do not say it (receivedAt)",
    },
    connector: {
      type: "string",
      help: "name of the live connector whose ids these are (default: the one of the table, else the system's name)",
    },
    connectors: { type: "string", help: "the table of connectors (default: the setting)" },
    "dry-run": { type: "boolean", help: "read and check everything, store nothing" },
  },
  more: [
    "  sojourn import orders orders.csv --site shop",
    "  sojourn import orders export.csv --map customer=Kundennummer,order=Bestellung,value=Summe --dates dmy",
    "  sojourn import shopify orders_export.csv --connector shop-eu   (the shop's own export; may overlap with its webhooks)",
    "  sojourn import touchpoints past.ndjson",
    "  sojourn import ga4 events.ndjson --connector tags   (rows of the BigQuery export)",
  ].join("\n"),
  async run(words, io) {
    const what = oneOfWords(needed(words, 0, `of ${KINDS.join(", ")}`));
    const file = needed(words, 1, "file (- is standard input)");
    const site = siteOf(words, io);
    const access = openAccess(openForReading(folderOf(words, io)));
    const settings = access.sites().find(({ id }) => id === site)?.settings;
    if (settings === undefined) throw new SojournError("not_found", `There is no site "${site}"`);
    const job: Job = {
      words,
      io,
      file,
      zone: readZone(words.text("zone") ?? settings.zone),
      currency: words.text("currency")?.toUpperCase() ?? settings.currency,
      summary: { site, rows: 0, stored: 0, duplicates: 0, refused: 0, problems: [] },
      sender: openSender(words, io, site, access),
    };
    access.close();
    try {
      if (what === "orders") await runOrders(job);
      else if (what === "shopify" || what === "woocommerce") await runShop(job, what);
      else
        await runTouchpoints(
          job,
          what === "ga4" ? readGa4(job, words.text("connector") ?? "ga4") : undefined,
        );
    } finally {
      await job.sender.close();
    }
    if (words.is("dry-run")) job.summary.dryRun = true;
    io.out(words.is("json") ? `${JSON.stringify(job.summary)}\n` : told(job.summary));
    return job.summary.refused > 0 ? 1 : 0;
  },
};

function openSender(words: Words, io: Io, site: string, access: ReturnType<typeof openAccess>): Sender {
  if (words.is("dry-run")) return sendNowhere(access, site, io.now);
  const folder = folderOf(words, io);
  const running = runningIn(folder);
  return running === undefined ? sendToFile(folder, site, io.now) : sendToCollector(running, site);
}

async function runOrders(job: Job): Promise<void> {
  const { words, summary } = job;
  if (oneOf(words, "format", ["csv"] as const) === undefined && /\.(nd)?jsonl?$/i.test(job.file)) {
    throw new SojournError("bad_usage", "Orders are imported from tables", {
      hint: "Give a CSV file, or import its lines as touchpoints of kind purchase.",
    });
  }
  const rows: CsvRow[] = [];
  for await (const row of csvRows(job)) rows.push(row);
  const isNamed = words.text("connector") !== undefined;
  const imported: ImportedOrders = importOrders(rows, {
    mapping: readMapping(words.text("map")),
    zone: job.zone,
    currency: job.currency,
    match: oneOf(words, "match-cancellations", MATCH_RULES) ?? "latest-earlier",
    ...optional("dates", oneOf(words, "dates", DATE_ORDERS)),
    ...optional("decimal", oneOf(words, "decimal", DECIMAL_SIGNS)),
    ...optional("connector", isNamed ? connectorFor(job, undefined) : undefined),
  });
  const { touchpoints, problems, ...counts } = imported;
  Object.assign(summary, counts);
  for (const { line, reason } of problems) refuse(summary, line, reason);
  await sendAll(job, touchpoints);
}

async function runTouchpoints(
  job: Job,
  rows?: AsyncGenerator<ImportedTouchpoint | LineProblem>,
): Promise<void> {
  const format =
    oneOf(job.words, "format", ["csv", "ndjson"] as const) ?? (/\.csv$/i.test(job.file) ? "csv" : "ndjson");
  const { summary } = job;
  const isKnownAtOnce = oneOf(job.words, "received", ["now", "at"] as const) === "at";
  let part: ImportedTouchpoint[] = [];
  for await (const read of rows ?? (format === "csv" ? readTable(job) : readLines(job))) {
    summary.rows += 1;
    if ("reason" in read) refuse(summary, read.line, read.reason);
    else if ((read.receivedAt ?? 0) > job.io.now())
      refuse(summary, read.line, "receivedAt lies ahead of now");
    else part.push(isKnownAtOnce ? { receivedAt: read.touchpoint.at, ...read } : read);
    if (part.length >= PART) {
      await sendAll(job, part);
      part = [];
    }
  }
  await sendAll(job, part);
}

function readZone(name: string): Zone {
  try {
    return zoneOf(name);
  } catch (cause) {
    throw new SojournError("bad_usage", `There is no time zone "${name}"`, {
      hint: "Use a name such as Europe/Copenhagen or UTC.",
      cause,
    });
  }
}
