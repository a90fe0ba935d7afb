/**
 * Reads touches by the million for reports, and what was spent to get them.
 *
 * A report over a month sees millions of touches. One number a row is the fastest way out of SQLite (measured: 3.3 million in
 * 0.3 s, against 0.5 s for two columns and 2.5 s for counting distinct people inside), so person, source and page travel as one.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
import type { CostView, Reads, TouchColumns, TouchView } from "../../port.ts";
import type { Db } from "../open.ts";
import type { Chosen } from "./chosen.ts";

const SLICE_MS = 86_400_000;
/** SQLite takes lists as one JSON parameter; larger ones are asked for in parts. */
const LIST_PART = 2_000;

interface TouchRow {
  person: number;
  at: number;
  seq: number;
  source: number;
  landing: string;
  opens_visit: number;
}

export function touchReads(
  db: Db,
  chosen: Chosen,
): Pick<
  Reads,
  "chosenPeople" | "eachTouch" | "touchColumns" | "touchPage" | "pagePaths" | "newPeople" | "costs"
> {
  // All of these use touch_by_time, which holds every column they ask for.
  const selectPacked = db
    .prepare<[number, number, number, EpochMs, EpochMs], number>(
      "select (person * ? + source) * ? + page from touch where site = ? and at >= ? and at < ? order by at",
    )
    .pluck();
  const selectApart = db
    .prepare<[number, EpochMs, EpochMs], [number, number, number]>(
      "select person, source, page from touch where site = ? and at >= ? and at < ? order by at",
    )
    .raw() as unknown as { all(site: number, from: EpochMs, to: EpochMs): [number, number, number][] };
  const newest = db.prepare<[], { person: number | null; source: number | null; page: number | null }>(`
    select (select max(key) from visitor) as person, (select max(key) from source) as source,
      (select max(key) from page) as page`);
  const selectEnds = db.prepare<[number, number], { first: number | null; last: number | null }>(`
    select (select min(at) from touch where site = ?) as first, (select max(at) from touch where site = ?) as last`);
  // uses the primary key of touch: (person, at, seq). A cross join keeps its sequence: people as they are listed, and each person's
  // touches in the order of that key. An "order by" would sort what is sorted already.
  const selectOf = db
    .prepare(
      "select t.person, t.at, t.seq, t.source, t.page from json_each(?) k cross join touch t on t.person = k.value where t.at >= ? and t.at < ?",
    )
    .raw() as unknown as { all(list: string, from: EpochMs, to: EpochMs): number[][] };
  const selectPage = db.prepare<
    [number, EpochMs, EpochMs, EpochMs, EpochMs, number, string | null, string | null, number],
    TouchRow
  >(`
    select t.person, t.at, t.seq, t.source, g.path as landing, t.opens_visit
    from touch t join page g on g.key = t.page
    where t.site = ? and t.at >= ? and t.at < ? and (t.at > ? or (t.at = ? and t.seq > ?))
      and (? is null or t.source in (select value from json_each(?)))
    order by t.at, t.seq limit ?`);
  const selectPaths = db
    .prepare("select key, path from page where key in (select value from json_each(?))")
    .raw() as unknown as { all(list: string): [number, string][] };
  // uses person_by_first
  const selectNew = db
    .prepare<[number, EpochMs, EpochMs], number>(
      "select key from person where site = ? and first_at >= ? and first_at < ?",
    )
    .pluck();
  const selectChosen = chosen.prepare<[number], [number]>(
    "select key from person where site = ? and %who(key)",
  );
  // uses the unique index of cost: (site, day, ...)
  const selectCosts = db.prepare<[number, string, string], CostView>(`
    select key, day, channel, source, medium, campaign, amount, currency, origin
    from cost where site = ? and day >= ? and day <= ? order by day, key`);

  return {
    async eachTouch(site, { from, to, withPage }, see) {
      const { first, last } = selectEnds.get(site.key, site.key)!;
      if (first === null || last === null) return;
      const most = newest.get()!;
      const sources = (most.source ?? 0) + 1;
      const pages = (most.page ?? 0) + 1;
      const isPackable = (most.person ?? 0) < Number.MAX_SAFE_INTEGER / sources / pages - 1;
      const end = Math.min(to, last + 1);
      // A day at a time: memory stays small whatever the period.
      for (let start = Math.max(from, first); start < end; start += SLICE_MS) {
        const until = Math.min(end, start + SLICE_MS);
        if (!isPackable) {
          for (const [person, source, page] of selectApart.all(site.key, start, until)) {
            see(person, source, withPage ? page : 0);
          }
          continue;
        }
        for (const packed of selectPacked.all(sources, pages, site.key, start, until)) {
          const touched = Math.floor(packed / pages);
          const person = Math.floor(touched / sources);
          see(person, touched - person * sources, withPage ? packed - touched * pages : 0);
        }
      }
    },

    async touchColumns(people, { from, to }) {
      let columns = touchColumns(people.length * 4);
      // Rows are moved to columns part by part, so that few of them are alive at once.
      for (let start = 0; start < people.length; start += LIST_PART) {
        const rows = selectOf.all(JSON.stringify(people.slice(start, start + LIST_PART)), from, to);
        let place = columns.length;
        if (place + rows.length > columns.at.length) {
          columns = withRoom(columns, Math.max(place + rows.length, columns.at.length * 1.5));
        }
        for (const row of rows) {
          columns.person[place] = row[0]!;
          columns.at[place] = row[1]!;
          columns.seq[place] = row[2]!;
          columns.source[place] = row[3]!;
          columns.page[place] = row[4]!;
          place += 1;
        }
        columns.length = place;
      }
      return trimmed(columns);
    },

    async touchPage(site, { from, to, sources, after: [at, seq], limit }) {
      const list = sources === null ? null : JSON.stringify(sources);
      const rows = selectPage.all(site.key, Math.max(from, at), to, at, at, seq, list, list, limit);
      return rows.map(touchView);
    },

    async pagePaths(keys) {
      const paths = new Map<number, string>();
      for (let start = 0; start < keys.length; start += LIST_PART) {
        const part = keys.slice(start, start + LIST_PART);
        for (const [key, path] of selectPaths.all(JSON.stringify(part))) paths.set(key, path);
      }
      return paths;
    },

    chosenPeople: async (site, who) =>
      Float64Array.from(selectChosen.all(site, who, site.key), ([person]) => person),

    newPeople: async (site, { from, to }) => Float64Array.from(selectNew.all(site.key, from, to)),

    costs: async (site, from, to) => selectCosts.all(site.key, from, to),
  };
}

const COLUMNS = ["person", "at", "seq", "source", "page"] as const;

/** Columns with room for so many rows, and none in them. */
function touchColumns(room: number): TouchColumns {
  return {
    length: 0,
    person: new Float64Array(room),
    at: new Float64Array(room),
    seq: new Float64Array(room),
    source: new Float64Array(room),
    page: new Float64Array(room),
  };
}

function withRoom(columns: TouchColumns, room: number): TouchColumns {
  const larger = touchColumns(Math.ceil(room));
  for (const name of COLUMNS) larger[name].set(columns[name].subarray(0, columns.length));
  larger.length = columns.length;
  return larger;
}

function trimmed(columns: TouchColumns): TouchColumns {
  const { length } = columns;
  const exact = { ...columns };
  for (const name of COLUMNS) exact[name] = columns[name].subarray(0, length);
  return exact;
}

function touchView(row: TouchRow): TouchView {
  const { person, at, seq, source, landing } = row;
  return { person, at, seq, source, landing, opensVisit: row.opens_visit === 1 };
}
