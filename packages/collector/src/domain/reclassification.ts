/**
 * What would move if touchpoints were classified by other rules or newer tables: pure comparison of two lists of touches.
 *
 * Also says by what the touches of a site were classified, so that a change of rules or tables is noticed.
 */

import { isDirect } from "./attribution/path.ts";
import { creditOfPath } from "./attribution/shares.ts";
import type { SiteSettings } from "./site.ts";
import { classify, type SourceDecision, TABLES_VERSION } from "./source/classify.ts";
import { mayBeTouch, opensVisit, sourceIdentity, touchVerdict, type VisitState } from "./touches.ts";
import { byTimeThenId, type EpochMs, type Minor, type Touchpoint } from "./touchpoint.ts";

/** What decides where a visit came from. */
export type ClassificationRules = Pick<SiteSettings, "profile" | "hosts" | "rules">;

/** A text that is the same for equal rules and tables, and for nothing else. */
export function classifiedBy({ profile, hosts, rules }: ClassificationRules): string {
  return JSON.stringify([TABLES_VERSION, profile, hosts, rules]);
}

/** A classifier for touchpoints under a site's rules. */
export function classifierOf({ profile, hosts, rules }: ClassificationRules) {
  const options = { profile, siteHosts: hosts, rules };
  return (t: Touchpoint, opens: boolean): SourceDecision =>
    classify({ url: t.url ?? "", referrer: t.referrer ?? null, opensVisit: opens }, options);
}

/** A kept touchpoint with the visitor it belongs to. */
export interface RawTouchpoint {
  visitor: string;
  touchpoint: Touchpoint;
  /** Visits are told by silence: no cookie, or from a server. */
  derivesVisits: boolean;
}

/** Where a touch came from, as far as reports tell sources apart. */
export interface TouchSource {
  channel: string;
  source: string;
  medium: string;
  campaign: string;
  rule: string;
}

export interface ComparedTouch extends TouchSource {
  at: EpochMs;
  landing: string;
  /** Id of the touchpoint, or whatever tells touches of one instant apart. */
  id: string;
}

/**
 * The touches these touchpoints of one person make, oldest first: the same steps as the fold of a person takes.
 *
 * @param begun what is known of each visitor's visit before the first of them
 */
export function touchesFrom(
  raw: readonly RawTouchpoint[],
  decide: (t: Touchpoint, opens: boolean) => SourceDecision,
  begun: Readonly<Record<string, VisitState>> = {},
): ComparedTouch[] {
  const sorted = [...raw].sort((a, b) => byTimeThenId(a.touchpoint, b.touchpoint));
  const visits = new Map(Object.entries(begun).map(([visitor, state]) => [visitor, { ...state }]));
  const touches: ComparedTouch[] = [];
  for (const { visitor, touchpoint, derivesVisits } of sorted) {
    const visit: VisitState = visits.get(visitor) ?? {};
    visits.set(visitor, visit);
    const opens = opensVisit(touchpoint, visit, derivesVisits);
    if (opens || mayBeTouch(touchpoint)) {
      const decision = decide(touchpoint, opens);
      if (touchVerdict(opens, decision, visit).kind === "touch") {
        visit.source = sourceIdentity(decision);
        const { channel, source, medium, campaign = "", rule, landing } = decision;
        touches.push({
          at: touchpoint.at,
          id: touchpoint.id,
          channel,
          source,
          medium,
          campaign,
          rule,
          landing,
        });
      }
    }
    visit.heardAt = touchpoint.at;
  }
  return touches;
}

/** A channel that touches leave for another; null: there was no touch, or there would be none. */
export interface Move {
  from: TouchSource | null;
  to: TouchSource | null;
  touches: number;
  /** Net value of the orders whose credit goes with them, under last-non-direct within 30 days. */
  orders: number;
  revenue: Minor;
  /** One of the touches, for people to look at; null when only credit moves. */
  example: { at: EpochMs; landing: string } | null;
}

/** What moves for one person. */
export function movesOf(
  before: readonly ComparedTouch[],
  after: readonly ComparedTouch[],
  orders: readonly { at: EpochMs; value: Minor }[],
): Move[] {
  const moves = new Map<string, Move>();
  const moveOf = (from: TouchSource | null, to: TouchSource | null): Move => {
    const key = JSON.stringify([nameOf(from), nameOf(to)]);
    const known = moves.get(key);
    if (known !== undefined) return known;
    const move: Move = { from, to, touches: 0, orders: 0, revenue: 0, example: null };
    moves.set(key, move);
    return move;
  };
  const keyOf = (touch: ComparedTouch) => `${touch.at} ${touch.id}`;
  const later = new Map(after.map((touch) => [keyOf(touch), touch]));
  const add = (was: ComparedTouch | undefined, is: ComparedTouch | undefined): void => {
    const from = was === undefined ? null : placeOf(was);
    const to = is === undefined ? null : placeOf(is);
    if (nameOf(from) === nameOf(to)) return;
    const move = moveOf(from, to);
    const seen = (was ?? is)!;
    move.touches += 1;
    move.example ??= { at: seen.at, landing: seen.landing };
  };
  for (const touch of before) {
    add(touch, later.get(keyOf(touch)));
    later.delete(keyOf(touch));
  }
  for (const touch of later.values()) add(undefined, touch);

  for (const { at, value } of orders) {
    const from = creditedTo(before, at);
    const to = creditedTo(after, at);
    if (nameOf(from) === nameOf(to)) continue;
    const move = moveOf(from, to);
    move.orders += 1;
    move.revenue += value;
  }
  return [...moves.values()];
}

const LOOKBACK_MS = 30 * 86_400_000;

function creditedTo(touches: readonly ComparedTouch[], at: EpochMs): TouchSource | null {
  const path = touches.filter((touch) => touch.at <= at && touch.at >= at - LOOKBACK_MS);
  const others = path.filter((touch) => !isDirect(touch.channel));
  const kept = others.length === 0 ? path : others;
  const shares = creditOfPath("last-non-direct", kept, at);
  const place = shares.indexOf(1);
  return place < 0 ? null : placeOf(kept[place]!);
}

const placeOf = ({ channel, source, medium, campaign, rule }: ComparedTouch): TouchSource => ({
  channel,
  source,
  medium,
  campaign,
  rule,
});

/** What reports show of a source; the rule that chose it is not part of it. */
const nameOf = (place: TouchSource | null): string =>
  place === null ? "" : JSON.stringify([place.channel, place.source, place.medium, place.campaign]);
