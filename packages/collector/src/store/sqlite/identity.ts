/**
 * Keeps who is who: which visitors make a person, and which names (customer, e-mail hash, alias) belong to them.
 *
 * Chains of merges are flattened: every visitor points straight at the one that stands for the person.
 */
import type { Claimant, ClaimName } from "../../domain/identity.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Db } from "./open.ts";

export interface Identity {
  /** The person a visitor belongs to. */
  personOf(visitor: number): number;
  /** All visitors of a person. */
  members(person: number): number[];
  claimant(person: number): Claimant;
  ownerOf(site: number, name: ClaimName): Claimant | undefined;
  /** When the touchpoint happened that claimed a name; undefined when nobody has it, or the log no longer does. */
  claimedAt(site: number, name: ClaimName): EpochMs | undefined;
  isUnlinked(site: number, visitor: number, name: ClaimName): boolean;
  bind(site: number, name: ClaimName, person: number, visitor: number, seq: number): void;
  noteConflict(site: number, name: ClaimName, visitor: number, seq: number, at: number): void;
  /** Everything of `absorbed` becomes `root`'s: visitors and names. */
  merge(root: number, absorbed: number): void;
  reset(): void;
}

const MOST_HELD = 30_000;

export function openIdentity(db: Db): Identity {
  const selectPerson = db.prepare<[number], number>("select person from visitor where key = ?").pluck();
  // uses visitor_by_person
  const selectAbsorbed = db
    .prepare<[number, number], number>(
      "select key from visitor where person = ? and person <> key and key <> ? order by key",
    )
    .pluck();
  // uses claim_by_person
  const selectCustomers = db
    .prepare<[number], string>(
      "select name from claim where person = ? and name >= 'customer:' and name < 'customer;' order by seq, name",
    )
    .pluck();
  const selectClaimedAt = db
    .prepare<[number, string], number>(
      "select t.at from claim c join touchpoint t on t.seq = c.seq where c.site = ? and c.name = ?",
    )
    .pluck();
  const selectOwner = db
    .prepare<[number, string], number>("select person from claim where site = ? and name = ?")
    .pluck();
  const insertClaim = db.prepare(
    "insert into claim (site, name, person, visitor, seq) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const insertConflict = db.prepare(
    "insert into claim_conflict (site, visitor, name, seq, at) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const moveVisitors = db.prepare("update visitor set person = ? where person = ? and person <> key");
  const moveRoot = db.prepare("update visitor set person = ? where key = ?");
  const moveClaims = db.prepare("update claim set person = ? where person = ?");
  const selectUnlink = db
    .prepare<[number, number, string], number>(`
    select 1 from decision_unlink d join visitor v on v.site = d.site and v.id = d.visitor
    where d.site = ? and v.key = ? and d.claim = ?`)
    .pluck();
  const hasUnlinks = db.prepare<[], number>("select 1 from decision_unlink limit 1").pluck();

  const persons = new Map<number, number>();
  const claimant = (person: number): Claimant => ({
    person,
    customers: selectCustomers.all(person),
  });

  return {
    personOf(visitor) {
      let person = persons.get(visitor);
      if (person === undefined) {
        person = selectPerson.get(visitor) ?? visitor;
        if (persons.size >= MOST_HELD) persons.clear();
        persons.set(visitor, person);
      }
      return person;
    },
    members: (person) => [person, ...selectAbsorbed.all(person, person)],
    claimant,
    ownerOf(site, name) {
      const person = selectOwner.get(site, name);
      return person === undefined ? undefined : claimant(person);
    },
    claimedAt: (site, name) => selectClaimedAt.get(site, name),
    isUnlinked: (site, visitor, name) =>
      hasUnlinks.get() !== undefined && selectUnlink.get(site, visitor, name) !== undefined,
    bind(site, name, person, visitor, seq) {
      insertClaim.run(site, name, person, visitor, seq);
    },
    noteConflict(site, name, visitor, seq, at) {
      insertConflict.run(site, visitor, name, seq, at);
    },
    merge(root, absorbed) {
      moveVisitors.run(root, absorbed);
      moveRoot.run(root, absorbed);
      moveClaims.run(root, absorbed);
      persons.clear();
    },
    reset() {
      persons.clear();
    },
  };
}
