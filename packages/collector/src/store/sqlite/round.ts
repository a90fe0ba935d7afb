/**
 * A round of writing: everybody who was folded before it began, in the order of the tables, a few in each transaction.
 *
 * The neighbours of a table are written together, so that a page is written once for many people.
 */
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { HeldPerson } from "./held-person.ts";
import type { ChainHead, Log } from "./log.ts";
import type { Projector } from "./project.ts";

export interface Round {
  /** The last row of the log that is folded into these people. */
  readonly upTo: number;
  /** Arrival time of the oldest touchpoint in it. */
  readonly since: EpochMs | undefined;
  /**
   * Writes the next people, some in any case, until the clock (`performance.now()`) says `until` or somebody else waits;
   * true when that was all of them. Inside the caller's transaction.
   */
  write(until: number, mustYield: (() => boolean) | undefined): boolean;
}

/** Heads of chains written beside each step's people. */
const HEADS_AT_ONCE = 256;

export function startRound(
  projector: Projector,
  log: Log,
  { upTo, since, peopleAtOnce }: { upTo: number; since: EpochMs | undefined; peopleAtOnce: number },
): Round {
  const people: HeldPerson[] = projector.takeUnwritten();
  const heads: ChainHead[] = log.takeMovedHeads();
  let peopleDone = 0;
  let headsDone = 0;
  return {
    upTo,
    since,
    write(until, mustYield) {
      do {
        for (const person of people.slice(peopleDone, peopleDone + peopleAtOnce)) projector.write(person);
        log.writeHeads(heads.slice(headsDone, headsDone + HEADS_AT_ONCE));
        peopleDone += peopleAtOnce;
        headsDone += HEADS_AT_ONCE;
        if (peopleDone >= people.length && headsDone >= heads.length) return true;
      } while (performance.now() < until && mustYield?.() !== true);
      return false;
    },
  };
}
