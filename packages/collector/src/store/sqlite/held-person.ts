/**
 * A person in the writer's hands: what is known, and what of it the tables do not say yet.
 *
 * The state is kept as the text that is written anyway, and read when it is asked for. Thousands of people are held for a
 * second or so, which is too long for the collector of short-lived objects: as dozens of objects each they would all be
 * moved, grow old and be swept up later, which costs as much as reading the text again (measured: the same time with 30
 * instead of 50 MiB, and shorter pauses).
 */
import { isValid } from "../../domain/lifecycle/orders.ts";
import { newPerson, type PersonState } from "../../domain/person.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import { NO_SOURCE } from "./dictionary.ts";
import { packState, unpackState } from "./person-state.ts";
import { nothingUnwritten, type Unwritten } from "./unwritten.ts";

/** A row of the table of people. */
export interface PersonRow {
  site: number;
  first_at: EpochMs;
  last_at: EpochMs;
  first_source: number;
  last_source: number;
  orders: number;
  customer: string | null;
  folded_seq: number;
  state: string;
}

export class HeldPerson {
  readonly key: number;
  readonly site: number;
  firstSource: number;
  lastSource: number;
  customer: string | null;
  /** The last row of the log that was folded into this person. */
  foldedSeq: number;
  /** Waits to be written with others. */
  isGathered = false;
  /** What the table's index says of them; absent when they are not in the table. */
  indexed: { firstAt: EpochMs; firstSource: number } | undefined;
  readonly unwritten: Unwritten = nothingUnwritten();
  /** First and last touchpoint and number of valid orders, as they were at the last rest. */
  firstAt: EpochMs;
  lastAt: EpochMs;
  orders: number;
  /** The state as it was at the last rest; undefined: nothing is known yet. */
  #text: string | undefined;
  /** The state while somebody works with it. */
  #state: PersonState | undefined;

  /** @param row what the table says; absent for somebody new */
  constructor(key: number, site: number, row?: PersonRow) {
    this.key = key;
    this.site = row?.site ?? site;
    this.firstSource = row?.first_source ?? NO_SOURCE;
    this.lastSource = row?.last_source ?? NO_SOURCE;
    this.customer = row?.customer ?? null;
    this.foldedSeq = row?.folded_seq ?? 0;
    this.firstAt = row?.first_at ?? 0;
    this.lastAt = row?.last_at ?? 0;
    this.orders = row?.orders ?? 0;
    this.#text = row?.state;
    this.indexed = row === undefined ? undefined : { firstAt: row.first_at, firstSource: row.first_source };
  }

  /** What the next fold needs. Changes to it count until the person rests; then it is another object. */
  get state(): PersonState {
    this.#state ??= this.#text === undefined ? newPerson() : unpackState(this.#text);
    return this.#state;
  }

  set state(state: PersonState) {
    this.#state = state;
  }

  /** Puts the state down as text, and gives that. */
  rest(): string {
    if (this.#state !== undefined) {
      const { first = 0, last = 0, orders = [] } = this.#state.facts;
      this.firstAt = first;
      this.lastAt = last;
      this.orders = orders.filter(isValid).length;
      this.#text = packState(this.#state);
      this.#state = undefined;
    }
    this.#text ??= packState(newPerson());
    return this.#text;
  }
}
