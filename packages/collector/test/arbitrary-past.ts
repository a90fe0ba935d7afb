/**
 * A random past of a site as arrivals: late, twice, out of order, from wrong clocks, by several browsers of one person,
 * with claims that merge people and claims that contradict each other.
 *
 * Only tests and torture use it. The same seed gives the same arrivals.
 */
import { type Random, seededRandom } from "../src/domain/attribution/seeded-random.ts";
import type { Arrival } from "../src/ingest/accept.ts";

export const DAY_MS = 86_400_000;
export const PAST_START = Date.UTC(2025, 0, 1);

export interface PastOptions {
  seed: number;
  /** How many arrivals; each carries one to six touchpoints. */
  arrivals: number;
  /** How many people do all this, at least. */
  people: number;
  /** False: nobody is ever identified, so nobody is merged. */
  merges: boolean;
  /** Days from the first arrival to about the last. */
  days?: number;
}

const SOURCES = [
  {},
  { referrer: "https://www.google.com/" },
  { query: "?utm_source=newsletter&utm_medium=email&utm_campaign=may" },
  { query: "?gclid=abc", referrer: "https://www.google.com/" },
  { referrer: "https://blog.example/" },
  { referrer: "https://checkout.stripe.com/" },
  { referrer: "https://shop.example/cart" },
];

const LOOKING = [
  "page_view",
  "page_view",
  "page_view",
  "view_item",
  "add_to_cart",
  "search",
  "share",
  "my_own_kind",
];

/** Arrivals in the order they came in. */
export function* arbitraryPast(options: PastOptions): Generator<Arrival> {
  const { seed, arrivals, people, merges, days = 500 } = options;
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const step = (days * DAY_MS) / arrivals;
  let receivedAt = PAST_START;
  let made = 0;
  /** Bodies that may be sent once more. */
  const sent: Arrival[] = [];

  const idAt = (at: number): string => {
    made += 1;
    const time = Math.max(0, Math.floor(at)).toString(16).padStart(12, "0");
    const rest = Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${made.toString(16).padStart(12, "0")}`;
    return random() < 0.04 ? `foreign-${made}` : id;
  };

  const touchpoint = (person: number, at: number, isBrowser: boolean): Record<string, unknown> => {
    const base = { id: idAt(at), at };
    // Few orders a person, so that copies, refunds and cancellations meet.
    const order = `${person}-${Math.floor(random() * 4)}`;
    const what = random();
    if (what < 0.5 || (!merges && what < 0.56)) {
      const from = pick(SOURCES);
      return {
        ...base,
        kind: pick(LOOKING),
        ...(isBrowser && random() < 0.5 ? { visit: true } : {}),
        url: `https://shop.example/${pick(["", "a", "b"])}${from.query ?? ""}`,
        ...(from.referrer === undefined ? {} : { referrer: from.referrer }),
      };
    }
    if (what < 0.56) return { ...base, kind: "identify", ...claim(random, person) };
    if (what < 0.8)
      return {
        ...base,
        kind: "purchase",
        order,
        value: pick(["0", "20.00", "59.90"]),
        currency: pick(["EUR", "EUR", "USD"]),
      };
    if (what < 0.86)
      return {
        ...base,
        kind: "refund",
        order,
        ...(random() < 0.6 ? { value: pick(["20.00", "30.00"]), currency: "EUR" } : {}),
      };
    if (what < 0.89) return { ...base, kind: "cancel_order", order };
    if (what < 0.93) return { ...base, kind: "review", rating: pick([1, 4, 5]) };
    if (what < 0.96) return { ...base, kind: "survey_response", survey: "nps", score: pick([3, 9, 10]) };
    return { ...base, kind: pick(["newsletter_signup", "generate_lead", "support_contact"]) };
  };

  for (let n = 0; n < arrivals; n++) {
    // Several arrivals in one millisecond, a quiet week now and then.
    const gap = random();
    receivedAt += gap < 0.25 ? 0 : Math.floor(random() * step * (gap > 0.95 ? 12 : 1.6));
    if (sent.length > 0 && random() < 0.07) {
      yield { ...pick(sent), receivedAt };
      continue;
    }
    const person = Math.floor(random() * people);
    const isBrowser = random() < 0.75;
    const device = Math.floor(random() * 3) % 2;
    const delay = delayOf(random);
    const count = random() < 0.6 ? 1 : 1 + Math.floor(random() * 6);
    const clockError = random() < 0.1 ? Math.floor((random() - 0.5) * 10 * DAY_MS) : 0;
    const touchpoints = Array.from({ length: count }, () => {
      // Whole days meet limits of whole days, and each other.
      const at = receivedAt - delay - Math.floor(random() * 3) * (random() < 0.5 ? 0 : 40 * 60_000);
      const rounded = random() < 0.3 ? Math.floor(at / DAY_MS) * DAY_MS : at;
      return touchpoint(
        person,
        Math.max(0, rounded) + clockError + (random() < 0.02 ? 3 * DAY_MS : 0),
        isBrowser,
      );
    });
    const visitor = `visitor-${person}-${device}`;
    const arrival: Arrival = isBrowser
      ? {
          door: "browser",
          receivedAt,
          body: JSON.stringify({
            v: 1,
            site: "shop",
            sentAt: receivedAt + clockError,
            visitor,
            ...(random() < 0.03 ? { robot: true } : {}),
            touchpoints,
          }),
        }
      : {
          door: "server",
          site: "shop",
          receivedAt,
          body: JSON.stringify(
            touchpoints.map((t) => ({
              ...t,
              visitor,
              ...(merges && random() < 0.3 ? { customer: `C${person}` } : {}),
            })),
          ),
        };
    if (sent.length < 500) sent.push(arrival);
    yield arrival;
  }
}

function claim(random: Random, person: number): Record<string, unknown> {
  const what = random();
  // Now and then a computer is shared: the name is somebody else's.
  const who = random() < 0.12 ? person + 1 : person;
  if (what < 0.6) return { customer: `C${who}` };
  if (what < 0.8) return { email: who.toString(16).padStart(64, "0") };
  if (what < 0.9) return { aliases: [`cart:${who}`], customer: `C${who}` };
  return { traits: { size: who % 3 }, aliases: [`ga:${who}`] };
}

/** Most come at once, some after minutes, some after months. */
function delayOf(random: Random): number {
  const how = random();
  if (how < 0.6) return 0;
  if (how < 0.8) return Math.floor(random() * 60 * 60_000);
  if (how < 0.93) return Math.floor(random() * 20 * DAY_MS);
  return Math.floor(random() * 250 * DAY_MS);
}
