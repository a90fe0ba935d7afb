/**
 * Invents the past of a small shop: people, visits and orders as the collector would have received them, one by one.
 *
 * The same seed, length and end give the same touchpoints with the same ids. Nothing here is about anybody real.
 */
import { WIRE_VERSION } from "@sojourn/sdk/wire";
import { drawPoisson, type Random } from "../domain/attribution/seeded-random.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Zone } from "../domain/zone.ts";
import type { Arrival } from "../ingest/accept.ts";
import { chanceOf, formerCustomer, type Life, newVisitor } from "./people.ts";
import { around, HOME, HOURS, pick, placeOf, WAYS, WEEKDAYS } from "./shop.ts";
import { type Spend, spendOf } from "./spend.ts";
import type { Draft } from "./visit.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export interface Invention {
  site: string;
  seed: number;
  days: number;
  /** The end of the invented time. */
  now: EpochMs;
  /** Days begin by its clock. */
  zone: Zone;
}

/** New visitors on an average first day, customers from before, and the growth until the last day. */
const NEW_A_DAY = 82;
const FORMER_CUSTOMERS = 900;
const GROWTH = 0.35;
/** Browsers that were without a network keep what happened and send it when they have one again. */
const LATE_SHARE = 0.012;

/** An invented past, ready to be told. */
export interface Past {
  /** How many touchpoints there are; each arrives by itself. */
  size: number;
  /** All of them in the order they came in. */
  arrivals(): Generator<Arrival>;
  /** What the ads cost that brought them. */
  spend: Spend[];
}

export function inventPast({ site, seed, days, now, zone }: Invention): Past {
  const start = now - days * DAY_MS;
  const chance = chanceOf(seed, 0);
  const drafts: Draft[] = [];
  let person = 0;
  const life = (): Life => {
    person += 1;
    return { random: chanceOf(seed, person), number: person, now, start, drafts };
  };

  for (let i = 0; i < FORMER_CUSTOMERS; i++) formerCustomer(life());
  for (let day = 0; day < days; day++) {
    const dayStart = start + day * DAY_MS;
    const weekday = new Date(dayStart).getUTCDay();
    const mean = NEW_A_DAY * WEEKDAYS[weekday]! * (1 + (GROWTH * day) / Math.max(1, days - 1));
    const weights = weightsOn(day, days);
    const isLoud = weights.reduce((sum, weight) => sum + weight, 0) / TOTAL_WEIGHT;
    for (let left = drawPoisson(chance, mean * isLoud); left > 0; left--) {
      newVisitor(life(), momentOf(chance, dayStart), weights);
    }
    addNoise(chance, drafts, dayStart);
  }
  const ids = chanceOf(seed, -1);
  const sent = drafts.map((draft) => send(ids, draft, start, now)).filter((one) => one !== undefined);
  // Sorting is stable, so that what arrives in the same instant stays in its order.
  sent.sort((a, b) => a.receivedAt - b.receivedAt);
  return {
    size: sent.length,
    spend: spendOf(drafts, zone, chanceOf(seed, -2), start, now),
    *arrivals() {
      for (const one of sent) yield arrivalOf(site, one);
    },
  };
}

const TOTAL_WEIGHT = WAYS.reduce((sum, { weight }) => sum + weight, 0);

/** What pulls that day: a paid campaign in the third week, a blog's praise in the ninth. */
function weightsOn(day: number, days: number): number[] {
  const at = day / days;
  return WAYS.map(({ name, weight }) => {
    if (name === "paid social" && at > 0.2 && at < 0.26) return weight * 2.6;
    if (name === "referral" && at > 0.68 && at < 0.72) return weight * 3.4;
    if (name === "assistant") return weight * (0.6 + 0.8 * at);
    return weight;
  });
}

/** A moment of a day by the shop's own rhythm; the day begins at `dayStart`, wherever in the 24 hours that is. */
function momentOf(random: Random, dayStart: EpochMs): EpochMs {
  const hour = placeOf(random, HOURS);
  const hourNow = new Date(dayStart).getUTCHours();
  const ahead = (hour - 1 - hourNow + 48) % 24; // The shop's clock is about an hour ahead of UTC.
  return Math.floor(dayStart + ahead * HOUR_MS + random() * HOUR_MS - (dayStart % HOUR_MS));
}

/** Robots, referrer spam and the shop's own people, as every site has them. */
function addNoise(random: Random, drafts: Draft[], dayStart: EpochMs): void {
  for (let left = drawPoisson(random, 5); left > 0; left--) {
    const kind = placeOf(random, [6, 2, 2]);
    const fields: Draft["fields"] = {
      kind: "page_view",
      visit: true,
      url: `${HOME}/index.html`,
      title: "Kettle & Cup",
    };
    if (kind === 1)
      fields.referrer = pick(random, ["https://100dollars-seo.com/", "https://7makemoneyonline.com/"]);
    drafts.push({
      at: Math.floor(dayStart + random() * DAY_MS),
      visitor: kind === 2 ? "owner-of-the-shop" : `noise-${Math.floor(random() * 1e9)}`,
      door: "browser",
      fields,
      ...(kind === 0 ? { robot: true } : {}),
      ...(kind === 2 ? { own: true } : {}),
    });
  }
}

/** A draft with its id and the moment it reached us. */
interface Sent {
  receivedAt: EpochMs;
  id: string;
  draft: Draft;
}

/** Gives a draft its id and its way through the network; undefined when it would reach us after the end. */
function send(random: Random, draft: Draft, start: EpochMs, now: EpochMs): Sent | undefined {
  const { at, door } = draft;
  if (at >= now) return undefined;
  const id = inventId(random, at);
  const delay =
    door === "server"
      ? 200 + random() * 800
      : random() < LATE_SHARE
        ? around(random, 2 * HOUR_MS, 1.4)
        : 60 + random() * 600;
  // Orders from before the shop began to measure were handed over in one go, on the first day.
  const receivedAt = at < start ? start : Math.floor(at + delay);
  return receivedAt > now ? undefined : { receivedAt, id, draft };
}

function arrivalOf(site: string, { receivedAt, id, draft }: Sent): Arrival {
  const { at, visitor, door, fields, own, robot } = draft;
  if (door === "server")
    return { door, site, receivedAt, body: JSON.stringify({ id, at, visitor, ...fields }) };
  const body = JSON.stringify({
    v: WIRE_VERSION,
    site,
    sentAt: receivedAt,
    visitor,
    ...(robot === undefined ? {} : { robot }),
    ...(own === undefined ? {} : { own }),
    touchpoints: [{ id, at, ...fields }],
  });
  return { door, receivedAt, origin: HOME, body };
}

/** A UUIDv7 whose random part comes from the seed. */
function inventId(random: Random, at: EpochMs): string {
  const time = at.toString(16).padStart(12, "0");
  const rest = Array.from({ length: 19 }, () => Math.floor(random() * 16).toString(16)).join("");
  const variant = "89ab"[Math.floor(random() * 4)];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-${variant}${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
}
