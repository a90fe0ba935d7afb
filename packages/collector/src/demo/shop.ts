/**
 * The invented shop: what it sells, and where its visitors come from. Data only; people.ts lets them walk.
 */
import { drawNormal, type Random } from "../domain/attribution/seeded-random.ts";

export const HOME = "https://www.kettle-and-cup.example";

export interface Piece {
  id: string;
  name: string;
  category: string;
  /** In euros, as the shop writes it. */
  price: string;
  page: string;
  /** How often it is looked at, compared with the others. */
  weight: number;
}

/** The four pieces of the example shop, so that invented and real visits speak of the same ones. */
export const PIECES: readonly Piece[] = [
  { id: "KC-101", name: "Heron", category: "Kettles", price: "89.00", page: "heron.html", weight: 3 },
  { id: "KC-102", name: "Harbour", category: "Kettles", price: "54.00", page: "harbour.html", weight: 4 },
  { id: "KC-201", name: "Pebble", category: "Cups", price: "18.00", page: "pebble.html", weight: 5 },
  { id: "KC-202", name: "Morning", category: "Cups", price: "32.00", page: "morning.html", weight: 3 },
];

/** How somebody arrives: what the address of the landing page carries, and what the browser says they came from. */
export interface Entry {
  page: string;
  query?: string;
  referrer?: string;
}

export interface Way {
  name: string;
  /** How many of the new visitors come this way, compared with the others. */
  weight: number;
  /** How ready to buy they are: 1 is the average. */
  intent: number;
  /** Share that leaves after one page. */
  bounce: number;
  entry(random: Random): Entry;
}

const hex = "0123456789abcdef";

/** An invented click id of this length. */
const click = (random: Random, length = 32): string =>
  Array.from({ length }, () => hex[Math.floor(random() * 16)]).join("");

/** Ways new visitors come. Hosts of big sites are real, so that the classifier has real work; the small ones are invented. */
export const WAYS: readonly Way[] = [
  {
    name: "search",
    weight: 25,
    intent: 1.1,
    bounce: 0.46,
    entry: (random) => ({
      page: pick(random, [
        "index.html",
        "index.html",
        "kettles-and-cups.html",
        "journal.html",
        "harbour.html",
      ]),
      referrer: pick(random, [
        ...Array<string>(8).fill("https://www.google.com/"),
        "https://www.google.de/",
        "https://www.bing.com/",
        "https://duckduckgo.com/",
        "https://www.ecosia.org/",
      ]),
    }),
  },
  {
    name: "paid search",
    weight: 14,
    intent: 1.25,
    bounce: 0.42,
    entry: (random) =>
      random() < 0.82
        ? {
            page: pick(random, ["index.html", "kettles-and-cups.html", "heron.html"]),
            query: `utm_source=google&utm_medium=cpc&utm_campaign=${pick(random, ["brand", "kettles", "kettles", "stovetop"])}&gclid=${click(random, 40)}`,
            referrer: "https://www.google.com/",
          }
        : {
            page: "kettles-and-cups.html",
            query: `utm_source=bing&utm_medium=cpc&utm_campaign=kettles&msclkid=${click(random)}`,
            referrer: "https://www.bing.com/",
          },
  },
  {
    name: "paid social",
    weight: 13,
    intent: 0.55,
    bounce: 0.63,
    entry: (random) => ({
      page: pick(random, ["index.html", "morning.html", "journal.html"]),
      query: `utm_source=${pick(random, ["instagram", "instagram", "facebook"])}&utm_medium=paid_social&utm_campaign=${pick(random, ["slow-mornings", "slow-mornings", "gift-guide"])}&fbclid=${click(random, 48)}`,
      referrer: pick(random, ["https://l.instagram.com/", "https://l.facebook.com/"]),
    }),
  },
  {
    name: "social",
    weight: 9,
    intent: 0.6,
    bounce: 0.6,
    entry: (random) => ({
      page: pick(random, ["index.html", "journal.html", "pebble.html"]),
      referrer: pick(random, [
        "https://l.instagram.com/",
        "https://www.pinterest.com/",
        "https://www.reddit.com/",
        "https://t.co/",
        "https://out.reddit.com/",
      ]),
    }),
  },
  {
    name: "direct",
    weight: 13,
    intent: 1,
    bounce: 0.48,
    entry: (random) => ({ page: pick(random, ["index.html", "index.html", "kettles-and-cups.html"]) }),
  },
  {
    name: "referral",
    weight: 8,
    intent: 1.15,
    bounce: 0.4,
    entry: (random) => ({
      page: pick(random, ["index.html", "heron.html", "journal.html"]),
      referrer: pick(random, [
        "https://tea-and-toast.example/best-kettles",
        "https://tea-and-toast.example/",
        "https://slow-kitchen.example/letters/12",
        "https://news.ycombinator.com/",
      ]),
    }),
  },
  {
    name: "assistant",
    weight: 6,
    intent: 1.4,
    bounce: 0.35,
    entry: (random) =>
      random() < 0.6
        ? { page: "heron.html", query: "utm_source=chatgpt.com", referrer: "https://chatgpt.com/" }
        : {
            page: pick(random, ["index.html", "harbour.html"]),
            referrer: pick(random, [
              "https://www.perplexity.ai/",
              "https://gemini.google.com/",
              "https://claude.ai/",
              "https://copilot.microsoft.com/",
            ]),
          },
  },
  {
    name: "email",
    weight: 3,
    intent: 1.3,
    bounce: 0.35,
    entry: () => ({
      page: "index.html",
      query: "utm_source=friends&utm_medium=email&utm_campaign=forwarded",
    }),
  },
  {
    name: "affiliate",
    weight: 3,
    intent: 1.05,
    bounce: 0.5,
    entry: () => ({
      page: "kettles-and-cups.html",
      query: "utm_source=gift-finder&utm_medium=affiliate&utm_campaign=autumn",
      referrer: "https://gift-finder.example/",
    }),
  },
  {
    name: "shopping",
    weight: 3,
    intent: 1.35,
    bounce: 0.45,
    entry: (random) => ({
      page: pick(random, ["heron.html", "harbour.html"]),
      query: `utm_source=google&utm_medium=cpc&utm_campaign=shopping-kettles&gclid=${click(random, 40)}`,
      referrer: "https://www.google.com/",
    }),
  },
  {
    name: "video",
    weight: 2,
    intent: 0.8,
    bounce: 0.55,
    entry: () => ({ page: "journal.html", referrer: "https://www.youtube.com/" }),
  },
  {
    name: "display",
    weight: 1.5,
    intent: 0.3,
    bounce: 0.75,
    entry: () => ({
      page: "index.html",
      query: "utm_source=kitchen-weekly&utm_medium=display&utm_campaign=autumn",
      referrer: "https://kitchen-weekly.example/",
    }),
  },
];

/** Visitors who come again choose other ways than new ones. */
export const RETURN_WAYS = {
  direct: (): Entry => ({ page: "index.html" }),
  brandSearch: (): Entry => ({ page: "index.html", referrer: "https://www.google.com/" }),
  retargeting: (random: Random): Entry => ({
    page: "kettles-and-cups.html",
    query: `utm_source=facebook&utm_medium=paid_social&utm_campaign=come-back&fbclid=${click(random, 48)}`,
    referrer: "https://l.facebook.com/",
  }),
  letter: (_random: Random, week: number): Entry => ({
    page: "index.html",
    query: `utm_source=newsletter&utm_medium=email&utm_campaign=sunday-letter-${week}`,
  }),
  cartReminder: (): Entry => ({
    page: "cart.html",
    query: "utm_source=kettle-and-cup&utm_medium=email&utm_campaign=cart-reminder",
  }),
  winBack: (): Entry => ({
    page: "index.html",
    query: "utm_source=kettle-and-cup&utm_medium=email&utm_campaign=we-miss-you",
  }),
  reviewRequest: (): Entry => ({
    page: "journal.html",
    query: "utm_source=kettle-and-cup&utm_medium=email&utm_campaign=your-opinion",
  }),
} as const;

/** Visits per weekday compared with the average, Sunday first: people buy kettles on Sundays. */
export const WEEKDAYS = [1.28, 1.05, 0.97, 0.96, 0.99, 0.86, 0.89];

/** Visits per hour of the shop's clock. */
export const HOURS = [3, 1, 1, 1, 1, 2, 5, 12, 18, 20, 19, 18, 20, 18, 16, 16, 17, 19, 22, 28, 33, 30, 19, 8];

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!;
}

/** One of a list, each as often as its weight says. */
export function pickWeighted<T extends { weight: number }>(random: Random, list: readonly T[]): T {
  return list[
    placeOf(
      random,
      list.map(({ weight }) => weight),
    )
  ]!;
}

/** A place in a list of weights. */
export function placeOf(random: Random, weights: readonly number[]): number {
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [place, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return place;
  }
  return weights.length - 1;
}

/** A span around `median`; most lie within a factor of e^spread of it. */
export const around = (random: Random, median: number, spread: number): number =>
  median * Math.exp(spread * drawNormal(random));
