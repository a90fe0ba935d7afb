/**
 * The projections of a data file in a form that does not depend on surrogate keys, for comparing two ways to the same rows.
 */
import { createHash } from "node:crypto";
import { factsToText } from "../src/domain/lifecycle/facts.ts";
import type { PersonState, Standing } from "../src/domain/person.ts";
import type { Db } from "../src/store/sqlite/open.ts";
import { unpackState } from "../src/store/sqlite/person-state.ts";
import { PROJECTION_TABLES } from "../src/store/sqlite/schema.ts";

type Row = Record<string, unknown>;

/** Every row of every projection as text, sorted, by table. */
export function projectionsOf(db: Db): Record<string, string[]> {
  const natural = openNatural(db);
  return Object.fromEntries(TABLES.map((table) => [table, [...natural(table)].sort()]));
}

/** How many rows each projection has, and one number for all of them in any sequence; for tables too large to hold. */
export function digestsOf(db: Db): Record<string, string> {
  const natural = openNatural(db);
  return Object.fromEntries(
    TABLES.map((table) => {
      let rows = 0;
      let sum = 0n;
      for (const row of natural(table)) {
        rows += 1;
        const digest = createHash("sha256").update(row).digest();
        sum = (sum + digest.readBigUInt64LE(0)) & 0xffff_ffff_ffff_ffffn;
      }
      return [table, `${rows} rows, ${sum.toString(16)}`];
    }),
  );
}

const TABLES = [...PROJECTION_TABLES, "visitor"];

function openNatural(db: Db): (table: string) => Generator<string> {
  const sources = new Map<unknown, string>([[0, "none"]]);
  for (const { key, hash } of rowsOf(db, "source")) sources.set(key, (hash as Buffer).toString("hex"));
  const pages = new Map<unknown, string>();
  for (const { key, path } of rowsOf(db, "page")) pages.set(key, path as string);

  const natural = (table: string, row: Row): Row | undefined => {
    const plain: Row = { ...row };
    for (const name of ["source", "first_source", "last_source"]) {
      if (name in plain && table !== "source")
        plain[name] = sources.get(plain[name]) ?? `unknown ${plain[name]}`;
    }
    if (table === "touch") plain["page"] = pages.get(plain["page"]) ?? "unknown";
    // Their keys are given in the order of writing; the sweep's rows come at any time.
    if (table === "transition" || table === "source" || table === "page") delete plain["key"];
    // A count that went up and down again is no count.
    if (table === "stage_delta" && plain["n"] === 0) return undefined;
    if (table === "person") plain["state"] = naturalState(unpackState(plain["state"] as string));
    return plain;
  };

  return function* (table) {
    for (const row of rowsOf(db, table)) {
      const plain = natural(table, row);
      if (plain !== undefined) yield JSON.stringify(plain);
    }
  };
}

function rowsOf(db: Db, table: string): IterableIterator<Row> {
  return db.prepare<[], Row>(`select * from ${table}`).iterate();
}

function naturalState({ facts, visits, standings, voids, ...rest }: PersonState): unknown {
  const sorted = (record: Record<string, unknown> | undefined) =>
    Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...rest,
    facts: JSON.parse(factsToText(facts)) as unknown,
    visits: sorted(visits as Record<string, unknown>).map(([key, visit]) => [
      key,
      sorted(visit as Record<string, unknown>),
    ]),
    standings: sorted(standings).map(([key, standing]) => [
      key,
      sorted({ ...(standing as Standing), entries: sorted((standing as Standing).entries) }),
    ]),
    voids: sorted(voids),
  };
}
