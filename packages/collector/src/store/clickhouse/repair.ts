/**
 * Compares what the engine has with what it should have: its copies with the file, row by row in sums, and its facts with
 * its own events.
 *
 * Facts in the engine are rows by person, kind and day, never counters that an insert adds to: a summing view counts a
 * batch twice that is sent twice. So what the log's events add up to can be worked out again and must be the same.
 */
import { ORDER_SEEN } from "../../domain/identity.ts";
import { DEFAULT_SITE, type SiteSettings } from "../../domain/site.ts";
import { TRAFFIC } from "../../ingest/accept.ts";
import { joinOn, type Owner } from "../sqlite/cut.ts";
import type { Db } from "../sqlite/open.ts";
import { KEYS_PER_OWNER, SHIPPED } from "../sqlite/shipped.ts";
import type { ShippedTable } from "../sqlite/shipped-table.ts";
import type { EngineClient } from "./client.ts";

export interface TableComparison {
  table: string;
  file: { rows: number; sum: number };
  engine: { rows: number; sum: number };
  isSame: boolean;
}

export interface FactComparison {
  site: string;
  /** Facts (kind, day, person) that events and facts have, and those in which they differ. */
  compared: number;
  different: number;
}

/** A browser's order may count as one that was only seen; what orders come to is compared table by table. */
const ORDERS = `('purchase', '${ORDER_SEEN}')`;

/** A prime so small that products of two remainders fit into 64 bits, and sums of many of those. */
const PRIME = 1_000_003;

/** Compares every table of this collector; the file must not change meanwhile, and be shipped. */
export async function compareTables(db: Db, client: EngineClient, owner: Owner): Promise<TableComparison[]> {
  const found: TableComparison[] = [];
  for (const table of SHIPPED) {
    const file = db
      .prepare<object, { rows: number; sum: number | null }>(fileSum(table))
      .get({ o: BigInt(owner.number * KEYS_PER_OWNER), owner: BigInt(owner.number) })!;
    const [row] = await client.rows<[number, number]>(engineSum(table), { owner: owner.number });
    const [rows, sum] = row ?? [0, 0];
    const ours = { rows: file.rows, sum: file.sum ?? 0 };
    const isSame = ours.rows === rows && ours.sum === sum;
    found.push({ table: table.name, file: ours, engine: { rows, sum }, isSame });
  }
  return found;
}

/** Works out active days from the engine's events and compares them with its facts, of people whose events are all there. */
export async function compareFacts(client: EngineClient): Promise<FactComparison[]> {
  const sites = await client.rows<[number, string, string]>(
    "select key, id, settings from site order by key",
  );
  const found: FactComparison[] = [];
  for (const [key, id, text] of sites) {
    const settings = { ...DEFAULT_SITE, ...(JSON.parse(text) as Partial<SiteSettings>) };
    const [row] = await client.rows<[number, number]>(
      `select count(), countIf(f.n <> e.n or f.first_at <> e.first_at) from (
        select kind, day, person, n, first_at from activity
        where site = {site:UInt64} and kind not in ${ORDERS} and person not in (select person from seal)
      ) f full outer join (
        select t.kind as kind, toInt32(toDate32(fromUnixTimestamp64Milli(t.at), {zone:String})) as day, m.person as person,
          toUInt32(count()) as n, min(t.at) as first_at
        from touchpoint t join member m on m.key = t.visitor
        where t.site = {site:UInt64} and t.traffic in {counted:Array(UInt8)}
          and t.kind not in ${ORDERS} and m.person not in (select person from seal)
        group by kind, day, person
      ) e on e.kind = f.kind and e.day = f.day and e.person = f.person`,
      { site: key, zone: settings.zone, counted: countedTraffic(settings) },
    );
    const [compared, different] = row ?? [0, 0];
    found.push({ site: id, compared, different });
  }
  return found;
}

function countedTraffic(settings: SiteSettings): number[] {
  const counted: number[] = [TRAFFIC.person];
  if (settings.countsRobots) counted.push(TRAFFIC.robot);
  if (settings.countsSpam) counted.push(TRAFFIC.spam);
  if (settings.countsOwn) counted.push(TRAFFIC.own);
  return counted;
}

/** Columns that are sums of: whole numbers by their value, texts by their length. Fractions are left to the count. */
const summed = ({ columns }: ShippedTable) => columns.filter(([, type]) => !type.startsWith("Float"));

const isText = (type: string): boolean => type.includes("String");

/**
 * Each value times a number that its row's identity gives: two rows that swap values change the sum.
 *
 * @param number how a column becomes a number
 */
function weighted(table: ShippedTable, number: (name: string, type: string) => string): string {
  const columns = summed(table);
  const identity = columns.filter(([name]) => table.order.includes(name));
  const weight = identity.map(([name, type], n) => `${number(name, type)} * ${2 * n + 3}`).join(" + ");
  const values = columns.map(([name, type], n) => `${number(name, type)} * ${2 * n + 5}`).join(" + ");
  return `((${weight}) % ${PRIME} + 1) * ((${values}) % ${PRIME})`;
}

function fileSum(table: ShippedTable): string {
  const { file, captured, only, isLog } = table;
  const slots = captured.map((column, place) => `r.${column} as ${"abcde"[place]}`).join(", ");
  const tests = [
    ...(only === undefined ? [] : [only("r")]),
    ...(isLog ? ["r.seq <= (select cast(value as integer) from meta where key = 'projected_to')"] : []),
  ];
  const columns = summed(table)
    .map(([name, , sql]) => `${sql} as "${name}"`)
    .join(", ");
  const number = (name: string, type: string): string =>
    isText(type)
      ? `coalesce(length(cast("${name}" as blob)), 0)`
      : `coalesce(cast("${name}" as integer) % ${PRIME}, 0)`;
  return `
    select count(*) as rows, sum(${weighted(table, number)}) as sum from (
      select ${columns} from (select ${slots} from ${file} r ${tests.length === 0 ? "" : `where ${tests.join(" and ")}`}) d
      join ${file} r on ${joinOn(table)}
    )
    -- Every parameter is used, whichever the columns need.
    where @o >= 0 and @owner >= 0`;
}

function engineSum(table: ShippedTable): string {
  const number = (name: string, type: string): string =>
    isText(type) ? `ifNull(toInt64(length(${name})), 0)` : `ifNull(toInt64(${name}) % ${PRIME}, 0)`;
  return `select count(), sum(${weighted(table, number)}) from ${table.name} where owner = {owner:UInt16}`;
}
