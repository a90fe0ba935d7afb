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
import { groupsOf } from "../import/groups.ts";
import {
  type ImportedOrders,
  type ImportedTouchpoint,
  importOrders,
  type LineProblem,
  MATCH_RULES,
} from "../import/orders.ts";
import { openAccess } from "../store/sqlite/access.ts";
import { openForReading } from "../store/sqlite/open.ts";
import { openProgress } from "./bar.ts";
import type { Command, Io, Words } from "./command.ts";
import { folderOf, runningIn, siteOf } from "./data.ts";
import { csvRows, readGa4, readLines, readTable } from "./import-file.ts";
import { type Sender, sendNowhere, sendToCollector, sendToFile } from "./send.ts";
import { needed, oneOf, optional } from "./typed.ts";

/** Touchpoints read before they are sent: a person's among them are folded together. */
const PART = 100_000;
/** Problems listed for people; all of them are counted. */
const SHOWN = 20;
const MOST_PROBLEMS = 10_000;

interface Summary {
  site: string;
  dryRun?: true;
  rows: number;
  stored: number;
  duplicates: number;
  refused: number;
  problems: LineProblem[];
  orders?: number;
  refunds?: number;
  cancellations?: number;
  unpaid?: number;
  repeated?: number;
  unmatched?: number[];
  /** Touchpoints whose `receivedAt` was left out: a running collector receives now. */
  receivedNow?: number;
}

export const importCommand: Command = {
  name: "import",
  summary: "Bring in orders (CSV) or touchpoints (NDJSON or CSV) from before. Twice is the same as once.",
  usage: "orders|touchpoints|ga4 <file> [--site <id>] [--map <pairs>] [--dry-run]",
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
    connector: { type: "string", help: "ga4: name of the live connector whose ids these are (default ga4)" },
    "dry-run": { type: "boolean", help: "read and check everything, store nothing" },
  },
  more: [
    "  sojourn import orders orders.csv --site shop",
    "  sojourn import orders export.csv --map customer=Kundennummer,order=Bestellung,value=Summe --dates dmy",
    "  sojourn import touchpoints past.ndjson",
    "  sojourn import ga4 events.ndjson --connector tags   (rows of the BigQuery export)",
  ].join("\n"),
  async run(words, io) {
    const what = needed(words, 0, "of orders, touchpoints, ga4");
    const file = needed(words, 1, "file (- is standard input)");
    if (what !== "orders" && what !== "touchpoints" && what !== "ga4") {
      throw new SojournError("bad_usage", `"${what}" cannot be imported`, {
        hint: "Use orders, touchpoints or ga4.",
      });
    }
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

interface Job {
  words: Words;
  io: Io;
  file: string;
  zone: Zone;
  currency: string;
  summary: Summary;
  sender: Sender;
}

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
  const imported: ImportedOrders = importOrders(rows, {
    mapping: readMapping(words.text("map")),
    zone: job.zone,
    currency: job.currency,
    match: oneOf(words, "match-cancellations", MATCH_RULES) ?? "latest-earlier",
    ...optional("dates", oneOf(words, "dates", DATE_ORDERS)),
    ...optional("decimal", oneOf(words, "decimal", DECIMAL_SIGNS)),
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

async function sendAll({ io, summary, sender }: Job, touchpoints: ImportedTouchpoint[]): Promise<void> {
  const progress = openProgress(io, "Importing", touchpoints.length);
  let done = 0;
  for (const { body, lines, receivedAt } of groupsOf(touchpoints)) {
    if (receivedAt !== undefined && !sender.keepsReceivedAt)
      summary.receivedNow = (summary.receivedNow ?? 0) + lines.length;
    const sent = await sender.send(body, lines.length, receivedAt);
    summary.stored += sent.stored;
    summary.duplicates += sent.duplicates;
    for (const { index, code, path } of sent.refused) {
      refuse(summary, lines[index]!, path === undefined ? code : `${code} (${path})`);
    }
    done += lines.length;
    progress.at(done);
  }
  progress.end();
}

function refuse(summary: Summary, line: number, reason: string): void {
  summary.refused += 1;
  if (summary.problems.length < MOST_PROBLEMS) summary.problems.push({ line, reason });
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

function told(s: Summary): string {
  const lines = s.problems
    .toSorted((a, b) => a.line - b.line)
    .slice(0, SHOWN)
    .map(({ line, reason }) => `line ${line}: ${reason}`);
  if (s.refused > lines.length) lines.push(`and ${s.refused - lines.length} more`);
  const parts = [
    `${s.rows} rows`,
    ...(s.orders === undefined
      ? []
      : [`${s.orders} orders, ${s.refunds} refunds, ${s.cancellations} cancellations`]),
    ...(s.unpaid ? [`${s.unpaid} never paid`] : []),
    ...(s.repeated ? [`${s.repeated} further rows of orders`] : []),
    s.dryRun
      ? `${s.stored} touchpoints would be stored (known ones are stored once)`
      : `${s.stored} touchpoints stored`,
    ...(s.duplicates > 0 ? [`${s.duplicates} known already`] : []),
    `${s.refused} refused`,
  ];
  lines.push(`${parts.join("; ")}.`);
  if (s.unmatched?.length) {
    const some = s.unmatched.slice(0, SHOWN).join(", ");
    lines.push(
      `${s.unmatched.length} refunds or cancellations name no order and match none, so they change nothing: lines ${some}${s.unmatched.length > SHOWN ? ", …" : ""}.`,
    );
  }
  if (s.receivedNow) {
    lines.push(
      `${s.receivedNow} say when they were received; the running collector received them now. Stop it and import again into an empty folder to keep those times.`,
    );
  }
  return `${lines.join("\n")}\n`;
}
