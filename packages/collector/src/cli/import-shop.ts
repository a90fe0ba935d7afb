/**
 * `sojourn import shopify|woocommerce`: a shop's own order export, under the ids of its live connector.
 */
import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { readConfig } from "../config.ts";
import type { ConnectorOptions } from "../connect/connector.ts";
import { readTable } from "../connect/table.ts";
import type { CsvRow } from "../csv.ts";
import { SojournError } from "../errors.ts";
import { DECIMAL_SIGNS } from "../import/amounts.ts";
import { DATE_ORDERS } from "../import/dates.ts";
import { SHOP_LAYOUTS } from "../import/shop-layouts.ts";
import { importShopOrders } from "../import/shop-orders.ts";
import { csvRows } from "./import-file.ts";
import { type Job, refuse, sendAll } from "./import-job.ts";
import { oneOf, optional } from "./typed.ts";

/** Reads the export, and sends what it tells. */
export async function runShop(job: Job, system: keyof typeof SHOP_LAYOUTS): Promise<void> {
  const { words, summary } = job;
  if (oneOf(words, "format", ["csv"] as const) === undefined && /\.(nd)?jsonl?$/i.test(job.file)) {
    throw new SojournError("bad_usage", `A ${system} export is a CSV file`, {
      hint: "Export the orders as CSV, with all columns.",
    });
  }
  const connector = connectorFor(job, system);
  const rows: CsvRow[] = [];
  for await (const row of csvRows(job)) rows.push(row);
  const { touchpoints, problems, ...counts } = importShopOrders(rows, SHOP_LAYOUTS[system], {
    zone: job.zone,
    currency: job.currency,
    connector,
    ...optional("dates", oneOf(words, "dates", DATE_ORDERS)),
    ...optional("decimal", oneOf(words, "decimal", DECIMAL_SIGNS)),
  });
  Object.assign(summary, counts, { connector: connector.name });
  for (const { line, reason } of problems) refuse(summary, line, reason);
  await sendAll(job, touchpoints);
}

/** The connector of the operator's table that tells the same orders; without one, what a new table would begin with. */
export function connectorFor(
  { words, io, summary }: Pick<Job, "words" | "io" | "summary">,
  system: ConnectorOptions["system"] | undefined,
): ConnectorOptions {
  const named = words.text("connector");
  const table =
    words.text("connectors") ?? readConfig({ config: words.text("config") }, io.env).config.connectors;
  const own = (table === "" ? [] : entriesIn(table)).filter(
    ({ site, system: its, name }) =>
      site === summary.site &&
      (system === undefined || its === system) &&
      (named === undefined || name === named),
  );
  if (own.length === 1) return own[0]!;
  if (own.length > 1) {
    throw new SojournError("bad_usage", `There are ${own.length} connectors of ${system} for this site`, {
      hint: `Name one: ${own.map(({ name }) => `--connector ${name}`).join(" or ")}.`,
    });
  }
  if (named !== undefined && table !== "") {
    throw new SojournError(
      "not_found",
      `${table} has no such connector "${named}" for site "${summary.site}"`,
    );
  }
  const name = named ?? system ?? "shop";
  return {
    name,
    system: system ?? "webhook",
    site: summary.site,
    customers: name,
    countOrders: "placed",
    visitor: [],
    map: {},
    orderPrefix: "",
    canFetch: false,
    linksOrders: false,
    settings: {},
  };
}

/** Only the table is read: an import needs no secret. */
function entriesIn(file: string): ConnectorOptions[] {
  try {
    return readTable(parseYaml(readFileSync(file, "utf8")), file).map(({ options }) => options);
  } catch (cause) {
    if (cause instanceof SojournError) throw cause;
    throw new SojournError("bad_config", `${file} cannot be read as YAML`, { cause });
  }
}
