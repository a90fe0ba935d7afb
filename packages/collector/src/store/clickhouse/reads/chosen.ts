/**
 * Chooses people by a filter: a test of a person's key that goes into a question, with what it needs.
 */
import type { SiteView, Who } from "../../port.ts";
import type { Params } from "../client.ts";

export interface Choice {
  /** SQL that holds where this column is the key of a chosen person. */
  test(column: string): string;
  params: Params;
}

/** Everybody, where there is no filter. */
export function choose(site: SiteView, who: Who | null): Choice {
  if (who === null) return { test: () => "1", params: {} };
  const params: Params = { who_site: site.key };
  const parts = ["p.site = {who_site:UInt64}"];
  if (who.firstSources !== undefined) parts.push(`p.first_source in ${listOf(who.firstSources)}`);
  for (const [n, { is, values }] of (who.landings ?? []).entries()) {
    params[`landings${n}`] = [...values];
    // Who has no touch landed nowhere, which is written as an empty text.
    const nowhere = values.includes("")
      ? " or p.key not in (select person from touch where site = {who_site:UInt64})"
      : "";
    parts.push(`${is ? "" : "not "}(p.key in (
      select f.person from (
        select person, argMin(page, (at, seq)) as page from touch where site = {who_site:UInt64} group by person
      ) f join page g on g.key = f.page where g.path in {landings${n}:Array(String)}
    )${nowhere})`);
  }
  for (const [n, { model, is, values }] of (who.stages ?? []).entries()) {
    const places = values.map((value) => model.model.stages.indexOf(value));
    params[`model${n}`] = model.key;
    params[`places${n}`] = places;
    const inPlaces = `select person from person_stage where model = {model${n}:UInt64} and stage in {places${n}:Array(Int16)}`;
    // A name that is no stage of the model stands for people who are in none.
    const inNone = places.includes(-1)
      ? ` or p.key not in (select person from person_stage where model = {model${n}:UInt64})`
      : "";
    parts.push(`${is ? "" : "not "}(p.key in (${inPlaces})${inNone})`);
  }
  for (const { is, keys } of who.people ?? []) parts.push(`p.key ${is ? "" : "not "}in ${listOf(keys)}`);
  const sql = `select p.key from person p where ${parts.join(" and ")}`;
  return { test: (column) => `${column} in (${sql})`, params };
}

/**
 * Keys as a list inside a question. As one text that the engine takes apart: a list of literals by the hundred thousand would
 * take it longer to read than to answer.
 */
export function listOf(keys: readonly number[]): string {
  if (keys.length === 0) return "(select toUInt64(0) where 0)";
  return `(select toUInt64(arrayJoin(splitByChar(',', '${keys.map(whole).join(",")}'))))`;
}

/** A whole number as SQL; what lies beyond the engine's numbers becomes the last one. */
export function whole(n: number): string {
  const last = Number.MAX_SAFE_INTEGER;
  return BigInt(Math.trunc(Math.min(last, Math.max(-last, n)))).toString();
}
