/**
 * Reads touches by the million for reports, and what was spent to get them.
 *
 * Numbers travel as the engine's binary rows of doubles, which are a table of doubles here without a step between.
 */
import type { CostView, Reads, TouchColumns, TouchView } from "../../port.ts";
import type { EngineClient } from "../client.ts";
import { choose, listOf, whole } from "./chosen.ts";

/** Touches read at once; memory stays small whatever the period. */
const SLICE_MS = 7 * 86_400_000;

type PageRow = readonly [
  person: number,
  at: number,
  seq: number,
  source: number,
  landing: string,
  opensVisit: number,
];

export function touchReads({
  rows,
  floats,
}: EngineClient): Pick<
  Reads,
  "chosenPeople" | "eachTouch" | "touchColumns" | "touchPage" | "pagePaths" | "newPeople" | "costs"
> {
  return {
    async eachTouch(site, { from, to, withPage }, see) {
      const [ends] = await rows<[number, number, number]>(
        `select min(at), max(at), count() from touch
        where site = {site:UInt64} and at >= {from:Int64} and at < {to:Int64}`,
        { site: site.key, from: whole(from), to: whole(to) },
      );
      if (ends === undefined || ends[2] === 0) return;
      const end = ends[1] + 1;
      for (let start = ends[0]; start < end; start += SLICE_MS) {
        const found = await floats(
          `select toFloat64(person), toFloat64(source), toFloat64(${withPage ? "page" : "0"}) from touch
          where site = {site:UInt64} and at >= {from:Int64} and at < {to:Int64} order by at, source, person, page, opens_visit, seq`,
          { site: site.key, from: whole(start), to: whole(Math.min(end, start + SLICE_MS)) },
        );
        for (let i = 0; i < found.length; i += 3) see(found[i]!, found[i + 1]!, found[i + 2]!);
      }
    },

    async touchColumns(people, { from, to }) {
      const width = 5;
      const found = await floats(
        `select toFloat64(person), toFloat64(at), toFloat64(seq), toFloat64(source), toFloat64(page) from touch t
        where t.person in ${listOf(people)} and t.at >= {from:Int64} and t.at < {to:Int64}
        order by t.person, t.at, t.seq`,
        { from: whole(from), to: whole(to) },
      );
      const length = found.length / width;
      const columns: TouchColumns = {
        length,
        person: new Float64Array(length),
        at: new Float64Array(length),
        seq: new Float64Array(length),
        source: new Float64Array(length),
        page: new Float64Array(length),
      };
      for (let i = 0; i < length; i++) {
        columns.person[i] = found[i * width]!;
        columns.at[i] = found[i * width + 1]!;
        columns.seq[i] = found[i * width + 2]!;
        columns.source[i] = found[i * width + 3]!;
        columns.page[i] = found[i * width + 4]!;
      }
      return columns;
    },

    async touchPage(site, { from, to, sources, after: [at, seq], limit }) {
      const found = await rows<PageRow>(
        `select t.person, t.at, t.seq, t.source, g.path, t.opens_visit from touch t join page g on g.key = t.page
        where t.site = {site:UInt64} and t.at >= {from:Int64} and t.at < {to:Int64}
          and (t.at > {at:Int64} or (t.at = {at:Int64} and t.seq > {seq:Int64}))
          ${sources === null ? "" : `and t.source in ${listOf(sources)}`}
        order by t.at, t.seq limit {limit:UInt64}`,
        {
          site: site.key,
          from: whole(Math.max(from, at)),
          to: whole(to),
          at: whole(at),
          seq: whole(seq),
          limit,
        },
      );
      return found.map(touchView);
    },

    async pagePaths(keys) {
      const found = await rows<[number, string]>(
        `select key, path from page where key in ${listOf(keys)} order by key`,
      );
      return new Map(found);
    },

    async chosenPeople(site, who) {
      const { test, params } = choose(site, who);
      return floats(
        `select toFloat64(key) from person where site = {site:UInt64} and ${test("key")}
        order by first_at, first_source, key`,
        { ...params, site: site.key },
      );
    },

    newPeople: (site, { from, to }) =>
      floats(
        `select toFloat64(key) from person
        where site = {site:UInt64} and first_at >= {from:Int64} and first_at < {to:Int64}
        order by first_at, first_source, key`,
        { site: site.key, from: whole(from), to: whole(to) },
      ),

    async costs(site, from, to) {
      const found = await rows<[number, string, string, string, string, string, number, string, string]>(
        `select key, day, channel, source, medium, campaign, amount, currency, origin from cost
        where site = {site:UInt64} and day >= {from:String} and day <= {to:String} order by day, key`,
        { site: site.key, from, to },
      );
      return found.map(
        ([key, day, channel, source, medium, campaign, amount, currency, origin]): CostView => ({
          key,
          day,
          channel,
          source,
          medium,
          campaign,
          amount,
          currency,
          origin,
        }),
      );
    },
  };
}

function touchView([person, at, seq, source, landing, opensVisit]: PageRow): TouchView {
  return { person, at, seq, source, landing, opensVisit: opensVisit === 1 };
}
