/**
 * An operator's word against the rules of identity: a visitor who is not to be joined with a claim.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { SojournError } from "../../../errors.ts";
import type { Writer } from "../writer.ts";
import type { HandlersOf } from "./handler.ts";

export interface IdentityCommands {
  /**
   * Keeps a visitor apart from a claim (`customer:42`), and computes everybody it concerns again from the log, as if
   * the claim had never been followed. `people` is how many persons they make now.
   */
  unlink: {
    take: { site: string; visitor: string; claim: string; at: EpochMs };
    give: { visitors: number; people: number };
  };
  /** Takes the word back. */
  relink: {
    take: { site: string; visitor: string; claim: string };
    give: { visitors: number; people: number };
  };
}

export const identityHandlers: HandlersOf<IdentityCommands> = {
  unlink(writer, { site: id, visitor, claim, at }) {
    const result = writer.changeSettled(() => {
      const site = siteNamed(writer, id);
      const key = visitorNamed(writer, site, visitor);
      const name = claim.includes(":") ? claim : `customer:${claim}`;
      writer.db
        .prepare(
          "insert into decision_unlink (site, visitor, claim, at) values (?, ?, ?, ?) on conflict do nothing",
        )
        .run(site, visitor, name, at);
      return again(writer, site, key, name);
    });
    writer.projector.rolledBack();
    return result;
  },

  relink(writer, { site: id, visitor, claim }) {
    const result = writer.changeSettled(() => {
      const site = siteNamed(writer, id);
      const key = visitorNamed(writer, site, visitor);
      const name = claim.includes(":") ? claim : `customer:${claim}`;
      const { changes } = writer.db
        .prepare("delete from decision_unlink where site = ? and visitor = ? and claim = ?")
        .run(site, visitor, name);
      if (changes === 0) throw new SojournError("not_found", `${visitor} is not kept apart from ${name}`);
      return again(writer, site, key, name);
    });
    writer.projector.rolledBack();
    return result;
  },
};

function siteNamed(writer: Writer, id: string): number {
  const site = writer.sites.byId(id);
  if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
  return site.key;
}

function visitorNamed(writer: Writer, site: number, id: string): number {
  const key = writer.db
    .prepare<[number, string], number>("select key from visitor where site = ? and id = ?")
    .pluck()
    .get(site, id);
  if (key === undefined) throw new SojournError("not_found", `There is no visitor "${id}"`);
  return key;
}

/** Computes a visitor's person, and everybody whose names theirs have met, again from the log. */
function again(
  writer: Writer,
  site: number,
  visitor: number,
  claim: string,
): { visitors: number; people: number } {
  const { db } = writer;
  const personOf = db.prepare<[number], number>("select person from visitor where key = ?").pluck();
  const membersOf = db
    .prepare<[number, number], number>(
      "select key from visitor where key = ? or (person = ? and person <> key)",
    )
    .pluck();
  const namesOf = db.prepare<[number], string>("select name from claim where person = ?").pluck();
  const ownerOf = db
    .prepare<[number, string], number>("select person from claim where site = ? and name = ?")
    .pluck();
  const refusedNames = db
    .prepare<[number, number], string>("select name from claim_conflict where site = ? and visitor = ?")
    .pluck();
  const refusedVisitors = db
    .prepare<[number, string], number>("select visitor from claim_conflict where site = ? and name = ?")
    .pluck();

  // Everybody who shares a name with somebody in the set, claimed or refused, until nobody is left to add.
  const people = new Set<number>([personOf.get(visitor) ?? visitor]);
  const names = new Set<string>([claim]);
  for (let before = -1; before !== people.size + names.size; ) {
    before = people.size + names.size;
    for (const person of people) {
      for (const name of namesOf.all(person)) names.add(name);
      for (const member of membersOf.all(person, person)) {
        for (const name of refusedNames.all(site, member)) names.add(name);
      }
    }
    for (const name of names) {
      const owner = ownerOf.get(site, name);
      if (owner !== undefined) people.add(owner);
      for (const other of refusedVisitors.all(site, name)) people.add(personOf.get(other) ?? other);
    }
  }
  const isSealed = db.prepare("select 1 from seal where person = ?");
  if ([...people].some((person) => isSealed.get(person) !== undefined)) {
    throw new SojournError("conflict", "Retention has removed touchpoints of these people", {
      hint: "They cannot be computed again, so they stay as they are.",
    });
  }
  const visitors = [...people].flatMap((person) => membersOf.all(person, person));
  writer.projector.again(site, [...people], visitors);
  const now = new Set(visitors.map((key) => personOf.get(key) ?? key));
  return { visitors: visitors.length, people: now.size };
}
