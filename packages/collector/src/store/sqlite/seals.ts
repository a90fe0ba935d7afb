/**
 * What is known of a person up to an instant before which their touchpoints were removed.
 *
 * Folding again begins here instead of at nothing; so facts, orders and stages stay right although the rows are gone.
 */
import type { PersonState } from "../../domain/person.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Db } from "./open.ts";
import { packState, unpackState } from "./person-state.ts";

export interface Seal {
  /** Touchpoints up to and including this instant are in the state, and change it no more. */
  sealedTo: EpochMs;
  /** The caller's own copy. */
  state: PersonState;
}

export interface Seals {
  of(person: number): Seal | undefined;
  put(person: number, site: number, seal: Seal): void;
  drop(person: number): void;
  /** Somebody may have been sealed, or the transaction is gone. */
  reset(): void;
}

export function openSeals(db: Db): Seals {
  const select = db.prepare<[number], { sealed_to: number; state: string }>(
    "select sealed_to, state from seal where person = ?",
  );
  const upsert = db.prepare(`
    insert into seal (person, site, sealed_to, state) values (?, ?, ?, ?)
    on conflict do update set sealed_to = excluded.sealed_to, state = excluded.state`);
  const drop = db.prepare("delete from seal where person = ?");
  const selectAny = db.prepare<[], number>("select 1 from seal limit 1").pluck();
  // Most files have no seal at all; asking for each delivery would cost them a look-up.
  let hasAny = selectAny.get() !== undefined;
  return {
    of(person) {
      const row = hasAny ? select.get(person) : undefined;
      return row === undefined ? undefined : { sealedTo: row.sealed_to, state: unpackState(row.state) };
    },
    put(person, site, { sealedTo, state }) {
      upsert.run(person, site, sealedTo, packState(state));
      hasAny = true;
    },
    drop(person) {
      if (hasAny) drop.run(person);
    },
    reset() {
      hasAny = selectAny.get() !== undefined;
    },
  };
}
