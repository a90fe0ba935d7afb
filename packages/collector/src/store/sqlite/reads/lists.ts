/**
 * Reads people as lists, what is known of them for rules, and what operators saved: segments and targets.
 */
import { TRAFFIC } from "../../../ingest/accept.ts";
import type { Listing } from "../../groups.ts";
import { keptFacts } from "../kept-facts.ts";
import { KIND_OF_TRAFFIC, LAST_CHARACTER, MOST_OLDER, type OverviewRow, overviewOf } from "../listing.ts";
import type { Db } from "../open.ts";
import { siteKeys } from "../seal.ts";
import type { Chosen } from "./chosen.ts";

const OVERVIEW = `
  p.key, v.id, p.customer, p.first_at, p.last_at, p.first_source, p.last_source, p.orders, s.stage, s.since`;

export function listReads(db: Db, chosen: Chosen): Listing {
  // People are numbered as they come: the newest have the highest keys. The plus keeps SQLite from taking an index by site,
  // which would have to sort everybody for one page.
  const everybody = db
    .prepare<[number, number, number, number], OverviewRow>(`
    select ${OVERVIEW} from person p join visitor v on v.key = p.key
    left join person_stage s on s.model = ? and s.person = p.key
    where p.key < ? and +p.site = ? order by p.key desc limit ?`)
    .raw();
  const some = chosen.prepare<[number, number, number, number], OverviewRow>(`
    select ${OVERVIEW} from person p join visitor v on v.key = p.key
    left join person_stage s on s.model = ?1 and s.person = p.key
    where p.key < ?2 and +p.site = ?3 and %who(p.key) order by p.key desc limit ?4`);
  const byKeys = db
    .prepare<[string, number], OverviewRow>(`
    select ${OVERVIEW} from json_each(?) k join person p on p.key = k.value join visitor v on v.key = p.key
    left join person_stage s on s.model = ? and s.person = p.key order by p.key desc`)
    .raw();
  // uses the unique index of visitor (site, id) and the primary key of claim (site, name)
  const byVisitor = db
    .prepare<[number, string, string, number], number>(
      "select person from visitor where site = ? and id >= ? and id < ? limit ?",
    )
    .pluck();
  const byClaim = db
    .prepare<[number, string, string, number], number>(
      "select person from claim where site = ? and name >= ? and name < ? limit ?",
    )
    .pluck();
  const facts = chosen.prepare<[number, number, number], [number, string]>(`
    select p.key, p.state from person p where p.key > ?2 and +p.site = ?1 and %who(p.key) order by p.key limit ?3`);
  const newestRows = db
    .prepare<[], [number, number, number, number, number]>(
      "select site, visitor, received_at, traffic, seq from touchpoint order by seq desc",
    )
    .raw();
  const hashes = siteKeys(db);
  const personOf = db.prepare<[number], number>("select person from visitor where key = ?").pluck();
  const refusals = db.prepare<[string, number], { code: string; n: number }>(
    "select code, count(*) as n from refused where site = ? and at >= ? group by code order by n desc, code",
  );
  const segments = db.prepare<[number], { name: string; rule: string; createdAt: number }>(
    "select name, rule, created_at as createdAt from segment where site = ? order by name",
  );
  const targets = db.prepare<[number], { figure: string; period: string; goal: number }>(
    "select figure, period, goal from target where site = ? order by period desc, figure",
  );

  return {
    async listPeople(site, model, { who, after, limit }) {
      const below = after ?? Number.MAX_SAFE_INTEGER;
      const rows =
        who === null
          ? everybody.all(model.key, below, site.key, limit)
          : some.all(site, who, model.key, below, site.key, limit);
      return rows.map((row) => overviewOf(model, row));
    },

    async findPeople(site, model, beginning, limit) {
      const keys = new Set<number>();
      const end = beginning + LAST_CHARACTER;
      for (const person of byVisitor.all(site.key, beginning, end, limit)) keys.add(person);
      for (const prefix of ["customer:", "alias:", ""]) {
        for (const person of byClaim.all(site.key, prefix + beginning, prefix + end, limit)) keys.add(person);
      }
      // A whole hash of an address; its beginning alone finds nobody, because it is kept under the site's key.
      const email = `email:${hashes.asKept(site.key, beginning)}`;
      for (const person of byClaim.all(site.key, email, email + LAST_CHARACTER, limit)) keys.add(person);
      return byKeys.all(JSON.stringify([...keys]), model.key).map((row) => overviewOf(model, row));
    },

    async factsAfter(site, after, limit, who) {
      return facts.all(site, who, site.key, after, limit).map(([person, state]) => ({
        person,
        facts: keptFacts(state),
      }));
    },

    async arrivedSince(site, since) {
      const counts = site.settings;
      const counted = new Set<number>([TRAFFIC.person]);
      if (counts.countsRobots) counted.add(TRAFFIC.robot);
      if (counts.countsSpam) counted.add(TRAFFIC.spam);
      if (counts.countsOwn) counted.add(TRAFFIC.own);
      const visitors = new Set<number>();
      let touchpoints = 0;
      let newestAt: number | null = null;
      let older = 0;
      for (const [siteKey, visitor, receivedAt, traffic] of newestRows.iterate()) {
        const isRecent = receivedAt >= since;
        if (!isRecent && (newestAt !== null || ++older > MOST_OLDER)) break;
        if (siteKey !== site.key || !counted.has(traffic)) continue;
        newestAt = Math.max(newestAt ?? 0, receivedAt);
        if (!isRecent) break;
        touchpoints += 1;
        visitors.add(visitor);
      }
      const people = new Set([...visitors].map((visitor) => personOf.get(visitor)));
      return { people: people.size, touchpoints, newestAt };
    },

    async newestTraffic(site, most) {
      const counts = { people: 0, robots: 0, spam: 0, own: 0 };
      let since: number | null = null;
      let newestAt: number | null = null;
      let looked = 0;
      for (const [siteKey, , receivedAt, traffic] of newestRows.iterate()) {
        looked += 1;
        if (looked > most) break;
        if (siteKey !== site.key) continue;
        since = Math.min(since ?? receivedAt, receivedAt);
        newestAt = Math.max(newestAt ?? receivedAt, receivedAt);
        counts[KIND_OF_TRAFFIC[traffic] ?? "people"] += 1;
      }
      return { since, newestAt, ...counts };
    },

    refusals: async (site, since) => refusals.all(site.id, since),
    segments: async (site) => segments.all(site.key),
    targets: async (site) => targets.all(site.key),
  };
}
