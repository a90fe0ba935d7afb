/**
 * Reads what touches are made of: people's counted touchpoints as they arrived, and by which rules they were classified.
 */
import { MARKS, TRAFFIC } from "../../../ingest/accept.ts";
import type { RawPerson, Reads, SiteView } from "../../port.ts";
import { classifiedKey, reclassifyKey } from "../classified.ts";
import { decodeTouchpoint, type StoredRow } from "../log.ts";
import type { Db } from "../open.ts";
import { unpackState } from "../person-state.ts";

export function rawReads(db: Db): Pick<Reads, "rawTouchpoints" | "personKeys" | "classification"> {
  // uses visitor_by_person
  const selectMembers = db.prepare<[number, number], { key: number; last_seq: number }>(`
    select key, last_seq from visitor where key = ?
    union all
    select key, last_seq from visitor where person = ? and person <> key`);
  const selectSeal = db.prepare<[number], { sealed_to: number; state: string }>(
    "select sealed_to, state from seal where person = ?",
  );
  const selectRow = db.prepare<[number], StoredRow>("select * from touchpoint where seq = ?");
  const selectKinds = db.prepare<[], { key: number; name: string }>("select key, name from kind");
  const selectKeys = db
    .prepare<[number, number, number], number>(
      "select key from person where site = ? and key > ? order by key limit ?",
    )
    .pluck();
  const selectMeta = db.prepare<[string], string>("select value from meta where key = ?").pluck();
  const selectNewest = db
    .prepare<[number], number | null>("select max(key) from person where site = ?")
    .pluck();

  return {
    async rawTouchpoints(site, people) {
      const kinds = new Map(selectKinds.all().map(({ key, name }) => [key, name]));
      const counts = countedTraffic(site);
      return people.map((key): RawPerson => {
        const seal = selectSeal.get(key);
        const sealedTo = seal?.sealed_to ?? -1;
        const raw: RawPerson["raw"] = [];
        for (const { key: visitor, last_seq } of selectMembers.all(key, key)) {
          for (let seq = last_seq; seq > 0; ) {
            const row = selectRow.get(seq);
            if (row === undefined) break; // Retention removed what came before.
            if (row.at > sealedTo && counts.has(row.traffic)) {
              raw.push({
                seq,
                visitor: String(visitor),
                touchpoint: decodeTouchpoint(row, kinds.get(row.kind) ?? "unknown"),
                derivesVisits: (row.marks & (MARKS.cookieless | MARKS.fromServer)) !== 0,
              });
            }
            seq = row.prev;
          }
        }
        return { key, raw, visits: seal === undefined ? {} : unpackState(seal.state).visits };
      });
    },

    personKeys: async (site, after, limit) => selectKeys.all(site.key, after, limit),

    async classification(site) {
      const doneTo = selectMeta.get(reclassifyKey(site.key));
      const by = selectMeta.get(classifiedKey(site.key)) ?? null;
      if (doneTo === undefined) return { by, progress: null };
      // A walk over everybody of the site, so only while history is being classified.
      const newest = selectNewest.get(site.key) ?? 0;
      return { by, progress: newest === 0 ? 1 : Math.min(1, Number(doneTo) / newest) };
    },
  };
}

function countedTraffic({ settings }: SiteView): ReadonlySet<number> {
  const counted = new Set<number>([TRAFFIC.person]);
  if (settings.countsRobots) counted.add(TRAFFIC.robot);
  if (settings.countsSpam) counted.add(TRAFFIC.spam);
  if (settings.countsOwn) counted.add(TRAFFIC.own);
  return counted;
}
