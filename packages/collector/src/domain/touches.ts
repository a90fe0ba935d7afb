/**
 * Decides which touchpoints are touches: a visit's beginning with its source, or another source in mid-visit.
 *
 * Pure. Reads a person's touchpoints in the order of (time, id). A touch, once made, is never changed by a later one.
 */
import { VISIT_GAP_MS } from "@sojourn/sdk/wire";
import type { SourceDecision } from "./source/classify.ts";
import type { EpochMs, Touchpoint } from "./touchpoint.ts";

/** What the decision about the next touchpoint needs to know of those before it. */
export interface VisitState {
  /** When the visitor was last heard of; absent before the first touchpoint. */
  heardAt?: EpochMs;
  /** Identity of the current touch, from {@link sourceIdentity}. */
  source?: string;
}

export type TouchVerdict =
  /** A new touch; `opensVisit` says whether a visit began with it. */
  | { kind: "touch"; opensVisit: boolean }
  /** Nothing new about where the visitor came from. `opensVisit`: a visit began, but its referrer is no source. */
  | { kind: "none"; opensVisit: boolean };

/** Only these can carry a source: a page that was opened, or whatever opened the visit. */
export function mayBeTouch(t: Touchpoint): boolean {
  return t.kind === "page_view" || t.visit === true;
}

/** True when this touchpoint opens a visit: it says so, or (without cookies, or from a server) silence does. */
export function opensVisit(t: Touchpoint, state: VisitState, derives: boolean): boolean {
  if (t.visit === true) return true;
  return (
    derives && t.kind === "page_view" && (state.heardAt === undefined || t.at - state.heardAt >= VISIT_GAP_MS)
  );
}

export function touchVerdict(opens: boolean, decision: SourceDecision, state: VisitState): TouchVerdict {
  if (opens) return { kind: decision.keepsPrevious ? "none" : "touch", opensVisit: true };
  // In mid-visit only another, real source makes a touch: not a reload with the same tags, not a page of our own.
  const isOther =
    decision.channel !== "Direct" && !decision.keepsPrevious && sourceIdentity(decision) !== state.source;
  return { kind: isOther ? "touch" : "none", opensVisit: false };
}

/** What makes two sources the same for a reload. */
export function sourceIdentity(d: SourceDecision): string {
  return JSON.stringify([d.source, d.medium, d.campaign, d.term, d.content, d.id]);
}
