/**
 * Reads what identity left open, and what else is kept about one person.
 */
import type { ConflictView, Reads } from "../../port.ts";
import type { Db } from "../open.ts";
import { countFlags, openPersonFlags } from "../order-news.ts";
import { unpackState } from "../person-state.ts";
import { openTargets } from "../targets.ts";

export function identityReads(
  db: Db,
): Pick<Reads, "conflicts" | "eachFacts" | "flagCounts" | "flagsOf" | "keptOf"> {
  const selectConflicts = db.prepare<[number], ConflictView>(`
    select c.name, v.id as visitor, c.at,
      (select o.id from claim k join visitor o on o.key = k.person where k.site = c.site and k.name = c.name) as owner
    from claim_conflict c join visitor v on v.key = c.visitor
    where c.site = ? order by c.at, c.name, v.id`);
  const selectState = db.prepare<[number], string>("select state from person where key = ?").pluck();
  // uses outbox_by_person
  const selectMessages = db
    .prepare<[number], string>("select body from outbox where person = ? order by key")
    .pluck();
  // uses person_by_first
  const countPeople = db.prepare<[number], number>("select count(*) from person where site = ?").pluck();
  const selectStates = db
    .prepare<[number, number], string>("select state from person where site = ? and key % ? = 0")
    .pluck();
  // Made when first asked for: a file of an earlier version has no such table until its collector has started once.
  let flagsOf: ReturnType<typeof openPersonFlags> | undefined;
  return {
    async eachFacts(site, most, visit) {
      const people = countPeople.get(site.key) ?? 0;
      let looked = 0;
      for (const state of selectStates.iterate(site.key, Math.max(1, Math.ceil(people / most)))) {
        visit(unpackState(state).facts);
        looked += 1;
      }
      return { people, looked };
    },
    conflicts: async (site) => selectConflicts.all(site.key),
    flagCounts: async (site) => countFlags(db, site.id).map(({ flag, rows }) => ({ flag, n: rows })),
    async flagsOf(person) {
      flagsOf ??= openPersonFlags(db);
      return flagsOf(person.key);
    },
    async keptOf(person) {
      const state = selectState.get(person.key);
      return {
        facts: state === undefined ? null : unpackState(state).facts,
        messages: selectMessages.all(person.key).map((body) => JSON.parse(body) as unknown),
        contact: openTargets(db).kept(person.key),
      };
    },
  };
}
