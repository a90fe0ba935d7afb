/**
 * Reads what touches are made of: people's counted touchpoints as they arrived, and by which rules they were classified.
 */
import { MARKS, TRAFFIC } from "../../../ingest/accept.ts";
import type { RawPerson, Reads, SiteView } from "../../port.ts";
import { classifiedKey, reclassifyKey } from "../../sqlite/classified.ts";
import { decodeTouchpoint } from "../../sqlite/log.ts";
import { unpackState } from "../../sqlite/person-state.ts";
import { KEYS_PER_OWNER } from "../../sqlite/shipped.ts";
import type { EngineClient } from "../client.ts";
import { listOf, whole } from "./chosen.ts";

type RawRow = readonly [
  person: number,
  seq: number,
  visitor: number,
  id: string,
  at: number,
  kind: string,
  marks: number,
  body: string,
];

export function rawReads({
  rows,
}: EngineClient): Pick<Reads, "rawTouchpoints" | "personKeys" | "classification"> {
  return {
    async rawTouchpoints(site, people) {
      if (people.length === 0) return [];
      const list = listOf(people);
      const found = await rows<RawRow>(
        `select m.person, t.seq, t.visitor, t.id, t.at, t.kind, t.marks, t.body
        from (
          select * from touchpoint where visitor in (select key from member where person in ${list})
            and traffic in {counted:Array(UInt8)}
        ) t
        join (select person, key from member where person in ${list}) m on m.key = t.visitor
        order by m.person, t.visitor <> m.person, t.visitor, t.seq desc`,
        { counted: countedTraffic(site) },
      );
      const seals = await rows<[number, number, string]>(
        `select person, sealed_to, state from seal where person in ${list}`,
      );
      const sealed = new Map(seals.map(([person, sealedTo, state]) => [person, { sealedTo, state }]));
      const byPerson = new Map<number, RawPerson["raw"]>();
      for (const [person, seq, visitor, id, at, kind, marks, body] of found) {
        if (at <= (sealed.get(person)?.sealedTo ?? -1)) continue;
        const list = byPerson.get(person) ?? [];
        byPerson.set(person, list);
        list.push({
          seq,
          // The kept state names visitors by the keys of their own file.
          visitor: String(visitor % KEYS_PER_OWNER),
          touchpoint: decodeTouchpoint({ id: Buffer.from(id, "hex"), at, marks, body }, kind),
          derivesVisits: (marks & (MARKS.cookieless | MARKS.fromServer)) !== 0,
        });
      }
      return people.map((key): RawPerson => {
        const seal = sealed.get(key);
        const visits = seal === undefined ? {} : unpackState(seal.state).visits;
        return { key, raw: byPerson.get(key) ?? [], visits };
      });
    },

    async personKeys(site, after, limit) {
      const found = await rows<[number]>(
        "select key from person where site = {site:UInt64} and key > {after:Int64} order by key limit {limit:UInt64}",
        { site: site.key, after: whole(after), limit },
      );
      return found.map(([key]) => key);
    },

    async classification(site) {
      const own = site.key % KEYS_PER_OWNER;
      const found = await rows<[string, string]>(
        "select name, value from meta where owner_of = {owner:UInt16} and name in {names:Array(String)}",
        { owner: Math.floor(site.key / KEYS_PER_OWNER), names: [classifiedKey(own), reclassifyKey(own)] },
      );
      const values = new Map(found);
      const doneTo = values.get(reclassifyKey(own));
      if (doneTo === undefined) return { by: values.get(classifiedKey(own)) ?? null, progress: null };
      const [row] = await rows<[number]>("select max(key) from person where site = {site:UInt64}", {
        site: site.key,
      });
      const newest = (row?.[0] ?? 0) % KEYS_PER_OWNER;
      const progress = newest === 0 ? 1 : Math.min(1, Number(doneTo) / newest);
      return { by: values.get(classifiedKey(own)) ?? null, progress };
    },
  };
}

function countedTraffic({ settings }: SiteView): number[] {
  const counted: number[] = [TRAFFIC.person];
  if (settings.countsRobots) counted.push(TRAFFIC.robot);
  if (settings.countsSpam) counted.push(TRAFFIC.spam);
  if (settings.countsOwn) counted.push(TRAFFIC.own);
  return counted;
}
