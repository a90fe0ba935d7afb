/**
 * Removes touchpoints that are older than their site keeps them, a few people at a time.
 *
 * Walks the log from its old end. Whoever has a row that arrived before the limit is sealed at the limit: what their
 * touchpoints add up to stays, the touchpoints themselves go.
 */
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { HeldSite } from "./sites.ts";
import type { Writer } from "./writer.ts";

/** People in one slice, and rows of the log looked at for them: a few milliseconds. */
const PEOPLE_AT_ONCE = 20;
const ROWS_LOOKED_AT = 1_000;

export interface Retained {
  /** Rows removed by this slice. */
  removed: number;
  hasMore: boolean;
}

/** The instant before which a site's touchpoints go; the beginning of a day of its zone. */
export function limitOf(site: HeldSite, now: EpochMs): EpochMs | undefined {
  const { retentionDays } = site.settings;
  if (retentionDays === undefined || retentionDays === 0) return undefined;
  const { zone } = site.projected;
  return zone.startOf(zone.dayOf(now) - retentionDays);
}

/** Removes one slice of what is too old by `now`. */
export function retain(writer: Writer, now: EpochMs): Retained {
  for (const site of writer.sites.all()) {
    const limit = limitOf(site, now);
    if (limit === undefined) continue;
    const retained = retainOf(writer, site, limit);
    if (retained.hasMore || retained.removed > 0) return { ...retained, hasMore: true };
  }
  return { removed: 0, hasMore: false };
}

function retainOf(writer: Writer, site: HeldSite, limit: EpochMs): Retained {
  const { db } = writer;
  const name = `retention:${site.key}`;
  const cursor = Number(
    db.prepare<[string], string>("select value from meta where key = ?").pluck().get(name) ?? 0,
  );
  const rows = db
    .prepare<[number, number], { seq: number; site: number; visitor: number; received_at: number }>(
      "select seq, site, visitor, received_at from touchpoint where seq > ? order by seq limit ?",
    )
    .all(cursor, ROWS_LOOKED_AT);
  const visitors = new Set<number>();
  let lookedTo = cursor;
  let isAtLimit = rows.length < ROWS_LOOKED_AT;
  for (const row of rows) {
    if (row.received_at >= limit || visitors.size >= PEOPLE_AT_ONCE) {
      isAtLimit = row.received_at >= limit;
      break;
    }
    if (row.site === site.key) visitors.add(row.visitor);
    lookedTo = row.seq;
  }
  if (lookedTo === cursor) return { removed: 0, hasMore: false };
  const removed = writer.changeSettled(() => {
    let count = 0;
    for (const visitor of visitors) count += writer.projector.seal(site.key, visitor, limit);
    db.prepare(
      "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
    ).run(name, String(lookedTo));
    return count;
  });
  return { removed, hasMore: !isAtLimit };
}
