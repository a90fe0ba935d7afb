/**
 * Where a cost belongs: which channel, source, medium and campaign the money of one line of an invoice was spent on.
 *
 * Pure. A line names as much as its export knew, often only a campaign; the touches of the period say the rest.
 */
import type { Minor } from "../touchpoint.ts";

/** The fields by which money and touches find each other. An empty text: not named. */
export interface Placement {
  channel: string;
  source: string;
  medium: string;
  campaign: string;
}

export interface CostLine extends Placement {
  amount: Minor;
}

/** How many touches of the period came by one placement. */
export interface PlacementTraffic extends Placement {
  touches: number;
}

export interface SpreadCost {
  /** The amounts add up to the line's exactly. */
  parts: CostLine[];
  /** False: no touch of the period came by the channel, source and campaign that the line names. */
  isMatched: boolean;
}

/** Brands of one advertising house: its invoice names one of them for ads that ran on all. */
const HOUSES: readonly (readonly string[])[] = [
  ["facebook", "instagram", "messenger", "threads", "whatsapp", "meta"],
  ["google", "youtube", "gmail", "google discover", "google news", "google maps"],
  ["bing", "microsoft", "msn", "yahoo", "duckduckgo", "ecosia", "outlook", "aol"],
];

type Agreement = (line: Placement, place: Placement) => boolean;

const sameChannel: Agreement = (line, place) => agrees(line.channel, place.channel);
const sameSource: Agreement = (line, place) => agrees(line.source, place.source);
const sameMedium: Agreement = (line, place) => agrees(line.medium, place.medium);
const sameCampaign: Agreement = (line, place) => agrees(line.campaign, place.campaign);
const sameHouse: Agreement = (line, place) =>
  sameSource(line, place) ||
  HOUSES.some(
    (house) => house.includes(line.source.toLowerCase()) && house.includes(place.source.toLowerCase()),
  );
const isPaid: Agreement = (_line, place) => /^(Paid |Cross-network|Display|Affiliates)/.test(place.channel);

/**
 * What must agree, strictest first. An export may spell the medium differently from the tags on its own ads, and may say
 * "facebook" for ads that ran on Instagram; the campaign's name is what one person gave to both sides.
 */
const WITH_CAMPAIGN: readonly (readonly Agreement[])[] = [
  [sameChannel, sameSource, sameMedium, sameCampaign],
  [sameChannel, sameSource, sameCampaign],
  [sameChannel, sameHouse, sameCampaign],
];
/** Money spent on "google" was spent on its ads, not on the visits its search brings for nothing. */
const WITHOUT_CAMPAIGN: readonly (readonly Agreement[])[] = [
  [sameChannel, sameSource, sameMedium, isPaid],
  [sameChannel, sameSource, sameMedium],
];

/**
 * Finds the place of a line's money.
 *
 * A line with a campaign belongs to that campaign's channel, source and medium. When its touches came by several (one
 * campaign on two platforms), the money is split in proportion to them. A line without a campaign stays without one.
 * Nothing found: the line keeps what it names; `channelOf` fills in the channel where its tags alone decide it.
 *
 * Worked example: 100 for campaign "spring", 3 touches by google and 1 by bing: 75 and 25.
 */
export function spreadCost(
  line: CostLine,
  traffic: readonly PlacementTraffic[],
  channelOf: (placement: Placement) => string,
): SpreadCost {
  const isNamed = line.channel + line.source + line.medium + line.campaign !== "";
  for (const agreements of line.campaign === "" ? WITHOUT_CAMPAIGN : WITH_CAMPAIGN) {
    const found = isNamed ? traffic.filter((place) => agreements.every((agree) => agree(line, place))) : [];
    if (found.length > 0) return { parts: split(line, found), isMatched: true };
  }
  // The campaign brought nobody, but the platform's money has a channel all the same.
  const parts: CostLine[] = [{ ...line, channel: line.channel === "" ? channelOf(line) : line.channel }];
  return { parts, isMatched: false };
}

function agrees(named: string, seen: string): boolean {
  return named === "" || named.toLowerCase() === seen.toLowerCase();
}

/** In proportion to the touches, in whole minor units; what is left over goes to the places with the largest remainders. */
function split(line: CostLine, places: readonly PlacementTraffic[]): CostLine[] {
  const merged = new Map<string, PlacementTraffic>();
  for (const place of places) {
    // A line that names no source says nothing about sources below its channel.
    const keepsPlace = line.campaign !== "";
    const to: Placement = {
      channel: place.channel,
      source: keepsPlace || line.source !== "" ? place.source : "",
      medium: keepsPlace || line.medium !== "" ? place.medium : "",
      campaign: line.campaign === "" ? "" : place.campaign,
    };
    const key = JSON.stringify(to);
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { ...to, touches: place.touches });
    else known.touches += place.touches;
  }
  const list = [...merged.values()];
  const all = list.reduce((sum, place) => sum + place.touches, 0);
  const sign = line.amount < 0 ? -1 : 1;
  const amount = Math.abs(line.amount);
  const exact = list.map((place) => (amount * place.touches) / all);
  const whole = exact.map(Math.floor);
  let left = amount - whole.reduce((sum, part) => sum + part, 0);
  const byRemainder = list
    .map((_, place) => place)
    .sort((a, b) => exact[b]! - whole[b]! - (exact[a]! - whole[a]!) || a - b);
  for (const place of byRemainder) {
    if (left <= 0) break;
    whole[place]! += 1;
    left -= 1;
  }
  return list.map(({ touches: _touches, ...place }, index) => ({ ...place, amount: sign * whole[index]! }));
}
