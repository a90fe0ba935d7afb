/**
 * Reads people as lists, what is known of them for rules, and what operators saved: segments and targets.
 */
import { TRAFFIC } from "../../../ingest/accept.ts";
import type { Listing } from "../../groups.ts";
import {
  KIND_OF_TRAFFIC,
  LAST_CHARACTER,
  MOST_OLDER,
  type OverviewRow,
  overviewOf,
} from "../../sqlite/listing.ts";
import { unpackFacts } from "../../sqlite/person-state.ts";
import { KEYS_PER_OWNER } from "../../sqlite/shipped.ts";
import type { EngineClient } from "../client.ts";
import type { LocalFile } from "../local.ts";
import { choose, listOf, whole } from "./chosen.ts";

/** The collector whose key this is. */
const ownerOf = (key: number): number => Math.floor(key / KEYS_PER_OWNER);

export function listReads({ rows }: EngineClient, local: LocalFile): Listing {
  /** What is known of people whom a question chose; `chosen` gives keys. */
  const overview = (chosen: string): string => `
    select p.key, m.id, p.customer, p.first_at, p.last_at, p.first_source, p.last_source, p.orders, s.stage, s.since
    from (
      select key, customer, first_at, last_at, first_source, last_source, orders from person where key in (${chosen})
    ) p
    join (select key, id from member where person in (${chosen})) m on m.key = p.key
    left join (
      select person, stage, since from person_stage where model = {model:UInt64} and person in (${chosen})
    ) s on s.person = p.key
    order by p.key desc`;

  return {
    async listPeople(site, model, { who, after, limit }) {
      const { test, params } = choose(site, who);
      const found = await rows<OverviewRow>(
        overview(`
          select key from person where key < {after:UInt64} and site = {site:UInt64} and ${test("key")}
          order by key desc limit {limit:UInt64}`),
        {
          ...params,
          model: model.key,
          site: site.key,
          after: whole(after ?? Number.MAX_SAFE_INTEGER),
          limit,
        },
      );
      return found.map((row) => overviewOf(model, row));
    },

    async findPeople(site, model, beginning, limit) {
      const found = new Set<number>();
      const end = beginning + LAST_CHARACTER;
      const look = async (table: string, column: string, from: string, to: string): Promise<void> => {
        const people = await rows<[number]>(
          `select person from ${table}
          where site = {site:UInt64} and ${column} >= {from:String} and ${column} < {to:String}
          order by ${column} limit {limit:UInt64}`,
          { site: site.key, from, to, limit },
        );
        for (const [person] of people) found.add(person);
      };
      await look("visitor", "id", beginning, end);
      for (const prefix of ["customer:", "alias:", ""]) {
        await look("claim", "name", prefix + beginning, prefix + end);
      }
      // A whole hash of an address; its beginning alone finds nobody, because it is kept under the site's key.
      const email = `email:${local.asKept(site.key, beginning)}`;
      await look("claim", "name", email, email + LAST_CHARACTER);
      if (found.size === 0) return [];
      const people = await rows<OverviewRow>(overview(listOf([...found]).slice(1, -1)), { model: model.key });
      return people.map((row) => overviewOf(model, row));
    },

    async factsAfter(site, after, limit, who) {
      const { test, params } = choose(site, who);
      const found = await rows<[number, string]>(
        `select key, state from person
        where key > {after:Int64} and site = {site:UInt64} and ${test("key")} order by key limit {limit:UInt64}`,
        { ...params, site: site.key, after: whole(after), limit },
      );
      return found.map(([person, state]) => ({ person, facts: unpackFacts(state) }));
    },

    async arrivedSince(site, since) {
      const { settings } = site;
      const counted: number[] = [TRAFFIC.person];
      if (settings.countsRobots) counted.push(TRAFFIC.robot);
      if (settings.countsSpam) counted.push(TRAFFIC.spam);
      if (settings.countsOwn) counted.push(TRAFFIC.own);
      // The log is in the order of arrival: from its end back to the first row that arrived earlier.
      const before =
        "(select max(seq) from touchpoint where received_at < {since:Int64} and owner = {owner:UInt16})";
      const params = { site: site.key, since: whole(since), counted, owner: ownerOf(site.key) };
      const [row] = await rows<[number, number, number | null]>(
        `select uniqExact(m.person), count(), max(toNullable(t.received_at)) from touchpoint t
        join member m on m.key = t.visitor
        where t.site = {site:UInt64} and t.received_at >= {since:Int64} and t.traffic in {counted:Array(UInt8)}
          and t.seq > ${before}`,
        params,
      );
      const [people, touchpoints, newestAt] = row ?? [0, 0, null];
      if (touchpoints > 0) return { people, touchpoints, newestAt };
      const [older] = await rows<[number]>(
        `select received_at from (
          select site, traffic, received_at, seq from touchpoint
          where owner = {owner:UInt16} and seq <= ${before} order by seq desc limit ${MOST_OLDER}
        )
        where site = {site:UInt64} and traffic in {counted:Array(UInt8)} order by seq desc limit 1`,
        params,
      );
      return { people: 0, touchpoints: 0, newestAt: older?.[0] ?? null };
    },

    async newestTraffic(site, most) {
      const found = await rows<[number, number, number, number]>(
        `select traffic, count(), min(received_at), max(received_at) from (
          select site, traffic, received_at from touchpoint
          where owner = {owner:UInt16} order by seq desc limit {most:UInt64}
        )
        where site = {site:UInt64} group by traffic`,
        { site: site.key, owner: ownerOf(site.key), most },
      );
      const counts = { people: 0, robots: 0, spam: 0, own: 0 };
      for (const [traffic, n] of found) counts[KIND_OF_TRAFFIC[traffic] ?? "people"] += n;
      const since = found.length === 0 ? null : Math.min(...found.map(([, , oldest]) => oldest));
      const newestAt = found.length === 0 ? null : Math.max(...found.map(([, , , newest]) => newest));
      return { since, newestAt, ...counts };
    },

    async refusals(site, since) {
      const found = await rows<[string, number]>(
        `select code, count() as n from refusal where site_id = {id:String} and at >= {since:Int64}
        group by code order by n desc, code`,
        { id: site.id, since: whole(since) },
      );
      return found.map(([code, n]) => ({ code, n }));
    },

    async segments(site) {
      const found = await rows<[string, string, number]>(
        "select name, rule, created_at from segment where site = {site:UInt64} order by name",
        { site: site.key },
      );
      return found.map(([name, rule, createdAt]) => ({ name, rule, createdAt }));
    },

    async targets(site) {
      const found = await rows<[string, string, number]>(
        "select figure, period, goal from target where site = {site:UInt64} order by period desc, figure",
        { site: site.key },
      );
      return found.map(([figure, period, goal]) => ({ figure, period, goal }));
    },
  };
}
