/**
 * The journeys of the walk: who comes from where, does what, and what a shop owner would say about them.
 *
 * `expected` is written by hand from the life-cycle model "reach-loyalty" and the rules of sources; nothing here is
 * computed by the code under test.
 */
import type { Shopper } from "./shopper.ts";
import { ELSEWHERE } from "./world.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Where a touch came from, as reports name it. */
export interface ExpectedTouch {
  channel: string;
  source: string;
  medium: string;
  campaign?: string;
}

export interface Journey {
  title: string;
  /** The one who walks; people with several devices walk with one browser each. */
  people: readonly string[];
  walk(...shoppers: Shopper[]): Promise<void>;
  expected: {
    /** Every touch of the person, oldest first. */
    touches: readonly ExpectedTouch[];
    /** Channel that gets the person's orders under last-non-direct; absent without an order. */
    soldBy?: string;
    /** Stages entered, in order; the last is the person's stage. */
    stages: readonly string[];
    /** Orders that count. */
    orders: number;
    /** Their sum in euros. */
    revenue: number;
  };
}

const direct: ExpectedTouch = { channel: "Direct", source: "(direct)", medium: "(none)" };
const google: ExpectedTouch = { channel: "Organic Search", source: "google", medium: "organic" };

export const JOURNEYS: readonly Journey[] = [
  {
    title: "a search leads to an order, and reloading the thank-you page does not make two of it",
    people: ["Ada"],
    async walk(ada) {
      await ada.follows(ELSEWHERE.search, "/");
      await ada.looksAt("Heron");
      await ada.putsInCart();
      await ada.checksOut("ada@mail.example");
      await ada.pays();
      await ada.reloads();
    },
    expected: {
      touches: [google],
      soldBy: "Organic Search",
      stages: ["reach", "acquisition", "conversion"],
      orders: 1,
      revenue: 89,
    },
  },
  {
    title: "a link in a letter, tagged as a campaign, leads to a sign-up",
    people: ["Ben"],
    async walk(ben) {
      await ben.types("/?utm_source=sunday-letter&utm_medium=email&utm_campaign=autumn");
      await ben.subscribes("ben@mail.example");
    },
    expected: {
      touches: [{ channel: "Email", source: "sunday-letter", medium: "email", campaign: "autumn" }],
      stages: ["reach", "acquisition"],
      orders: 0,
      revenue: 0,
    },
  },
  {
    title: "a paid click is told from a free one by its click id, and a wish is not a purchase",
    people: ["Cleo"],
    async walk(cleo) {
      await cleo.follows(ELSEWHERE.search, "/?gclid=Cj0KCQiA-walk");
      await cleo.looksAt("Morning");
      await cleo.wishes();
    },
    expected: {
      touches: [{ channel: "Paid Search", source: "google", medium: "cpc" }],
      stages: ["reach", "acquisition"],
      orders: 0,
      revenue: 0,
    },
  },
  {
    title: "a blog sends a reader, who reads and leaves",
    people: ["Dan"],
    async walk(dan) {
      await dan.follows(ELSEWHERE.blog, "/journal.html");
      await dan.clicks("Kettle & Cup", "/index.html");
    },
    expected: {
      touches: [{ channel: "Referral", source: "tea-and-toast.example", medium: "referral" }],
      stages: ["reach"],
      orders: 0,
      revenue: 0,
    },
  },
  {
    title: "somebody who types the address is direct",
    people: ["Eve"],
    async walk(eve) {
      await eve.types("/");
      await eve.reloads();
    },
    expected: { touches: [direct], stages: ["reach"], orders: 0, revenue: 0 },
  },
  {
    title: "somebody who comes back the next day by address keeps the source that brought them",
    people: ["Fay"],
    async walk(fay) {
      await fay.follows(ELSEWHERE.assistant, "/kettles-and-cups.html");
      await fay.looksAt("Pebble");
      await fay.putsInCart();
      await fay.checksOut("fay@mail.example");
      await fay.pays();
      await fay.waits(DAY);
      await fay.types("/");
      await fay.looksAt("Harbour");
      await fay.putsInCart();
      await fay.checksOut("fay@mail.example");
      await fay.pays();
    },
    expected: {
      touches: [{ channel: "AI Assistant", source: "perplexity", medium: "ai-assistant" }, direct],
      soldBy: "AI Assistant",
      stages: ["reach", "acquisition", "conversion", "retention"],
      orders: 2,
      revenue: 72,
    },
  },
  {
    title: "a payment provider that keeps the buyer for an hour does not become the source",
    people: ["Gus"],
    async walk(gus) {
      await gus.types("/?utm_source=facebook&utm_medium=paid_social&utm_campaign=kettles");
      await gus.looksAt("Heron");
      await gus.putsInCart();
      await gus.putsInCart();
      await gus.checksOut("gus@mail.example");
      await gus.waits(HOUR);
      await gus.pays();
    },
    expected: {
      touches: [{ channel: "Paid Social", source: "facebook", medium: "paid_social", campaign: "kettles" }],
      soldBy: "Paid Social",
      stages: ["reach", "acquisition", "conversion"],
      orders: 1,
      revenue: 178,
    },
  },
  {
    title: "two devices become one person when both buy under one address",
    people: ["Hal's phone", "Hal's laptop"],
    async walk(phone, laptop) {
      await phone.follows(ELSEWHERE.forum, "/");
      await phone.looksAt("Heron");
      await phone.putsInCart();
      await phone.checksOut("hal@mail.example");
      await phone.pays();
      await laptop.types("/");
      await laptop.looksAt("Pebble");
      await laptop.putsInCart();
      await laptop.checksOut(" HAL@mail.example");
      await laptop.pays();
    },
    expected: {
      touches: [{ channel: "Organic Social", source: "hacker news", medium: "referral" }, direct],
      soldBy: "Organic Social",
      stages: ["reach", "acquisition", "conversion", "retention"],
      orders: 2,
      revenue: 107,
    },
  },
];
