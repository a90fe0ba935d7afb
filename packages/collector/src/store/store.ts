/**
 * The store as the rest of the collector sees it: keep, ask, change.
 */
import type { Arrival } from "../ingest/accept.ts";
import type { Outcome, Totals } from "../ingest/outcome.ts";
import type { QuestionName, Questions } from "../report/questions.ts";
import type { Histogram } from "./histogram.ts";
import type { Access } from "./sqlite/access.ts";
import type { CommandName, Commands } from "./sqlite/commands.ts";
import type { Webhooks } from "./sqlite/webhooks.ts";

/** How the store is doing. */
export interface StoreHealth {
  totals: Totals;
  /** Appended touchpoints whose projection waits, and how long the oldest has waited. */
  pending: number;
  pendingMs: number;
  sweepLagMs: number;
  /** From a group's way to the writer to its place on the disk. */
  commits: Histogram;
  /** Shipping to an engine that answers the questions; absent where the file does. */
  forward?: ForwardStatus;
  /** Taking in for other collectors; absent where there are none. */
  relay?: RelayStatus;
}

/** How passing on to other collectors is doing. */
export interface RelayStatus {
  /** Taken in for others and not passed on yet. */
  waiting: { arrivals: number; touchpoints: number };
  /** How long the oldest of these has waited; 0 when none does. */
  oldestMs: number;
  /** Touchpoints since the process began: taken in for others, theirs now, and not wanted by them. */
  taken: number;
  passedOn: number;
  refused: number;
}

/** What other collectors of the same engine ask of this one. */
export interface Peers {
  /** Keeps what others took in for sites of this collector. What became of each, in order; 503: later. */
  receive(arrivals: readonly Arrival[]): Promise<Outcome[]>;
  /** Keys that may send touchpoints to sites of this collector. */
  keys(): { hash: string; id: string; sites: string[]; expiresAt: number | null }[];
}

/** How shipping to an engine is doing. */
export interface ForwardStatus {
  /** False until the engine was reached, its tables are there and the collector is known to it. */
  isReady: boolean;
  /** Why nothing is shipped at the moment; null when it is. */
  trouble: string | null;
  batches: { waiting: number; quarantined: number };
  /** Kept touchpoints the engine does not have yet, and notes of changes that are in no batch yet. */
  waiting: { touchpoints: number; changes: number };
  /** How long the oldest of these touchpoints has waited; 0 when none does. */
  oldestMs: number;
  /** Since the process began. */
  shipped: { batches: number; rows: number; touchpoints: number; retries: number };
  /** Size of the kept batches. */
  bytes: number;
}

export interface Store {
  /** Keeps one arrival. Resolves once it is on disk, or refused; rejects when the disk cannot be written. */
  ingest(arrival: Arrival): Promise<Outcome>;
  ask<N extends QuestionName>(name: N, params: Questions[N]["take"]): Promise<Questions[N]["give"]>;
  change<N extends CommandName>(name: N, take: Commands[N]["take"]): Promise<Commands[N]["give"]>;
  /** Keys, sessions and sites, for deciding who may do what. */
  readonly access: Access;
  /** Webhooks and their messages. */
  readonly webhooks: Webhooks;
  /** Resolves when everything kept so far is in the projections, and what is due by `now` was swept. */
  settled(now: number): Promise<void>;
  health(): Promise<StoreHealth>;
  /** Other collectors that take in for this one; absent where there are none. */
  readonly peers?: Peers;
  /** Finishes what was accepted, then lets go of the file. */
  close(): Promise<void>;
}
