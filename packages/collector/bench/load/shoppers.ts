/**
 * Beacons like those of a busy shop: visitors come from somewhere, look around, put things into the cart, some buy.
 *
 * Seeded, and cheap enough that making them is no bottleneck of a measurement. Every touchpoint's id says which lane
 * sent it and at which place, so that a check afterwards knows exactly what should be in the file.
 */

/** Who sent a touchpoint: the run, the connection, and the place in the connection's sequence. */
export interface Origin {
  run: number;
  lane: number;
  number: number;
}

export interface Shoppers {
  /** The body of a lane's next beacon. `first` is the place of its first touchpoint. */
  beacon(lane: number, first: number, touchpoints: number, now: number): string;
}

const SITE_URL = "https://www.kettle-and-cup.example";
const PRODUCTS = 200;
/** Visits a lane has running at once: so many that a visitor's next touchpoint is never sent in the same moment. */
const VISITS_PER_LANE = 128;
/** Visitors a lane remembers, to come back. */
const REMEMBERED = 2_000;
const SHARE_NEW = 0.6;

const ARRIVALS: readonly [path: string, referrer: string][] = [
  ["/", "https://www.google.com/"],
  ["/", "https://www.google.com/"],
  ["/tea", "https://www.google.de/"],
  ["/", ""],
  ["/", ""],
  ["/?utm_source=newsletter&utm_medium=email&utm_campaign=week-47", ""],
  ["/sale?utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid=Cj0KCQiAxyz", "https://www.google.com/"],
  [
    "/sale?utm_source=facebook&utm_medium=paid-social&utm_campaign=autumn&fbclid=IwAR0abc",
    "https://l.facebook.com/",
  ],
  ["/", "https://www.bing.com/"],
  ["/journal/how-to-brew", "https://blog.teahouse.example/links"],
  ["/", "https://www.instagram.com/"],
  ["/cups", "https://chatgpt.com/"],
];

interface Visit {
  visitor: string;
  step: number;
  length: number;
  buys: boolean;
}

/**
 * @param run 0 to 4095; makes the ids of two runs differ
 * @param seed of everything that varies
 */
export function openShoppers(site: string, run: number, seed: number): Shoppers {
  const random = randomFrom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const lanes: { visits: Visit[]; known: string[] }[] = [];
  const runHex = run.toString(16).padStart(3, "0");
  let timeHex = "";
  let timeOf = -1;

  const newVisit = (known: string[]): Visit => {
    let visitor: string;
    if (known.length === 0 || random() < SHARE_NEW) {
      visitor = visitorId(random);
      if (known.length < REMEMBERED) known.push(visitor);
      else known[below(REMEMBERED)] = visitor;
    } else visitor = known[below(known.length)]!;
    return { visitor, step: 0, length: 2 + below(9), buys: random() < 0.15 };
  };

  const fieldsOf = (visit: Visit, order: string): string => {
    const { step, length, buys } = visit;
    const product = below(PRODUCTS);
    const page = `"url":"${SITE_URL}/products/cup-${product}","title":"Cup ${product} | Kettle & Cup"`;
    if (step === 0) {
      const [path, referrer] = ARRIVALS[below(ARRIVALS.length)]!;
      const from = referrer === "" ? "" : `,"referrer":"${referrer}"`;
      return `"kind":"page_view","visit":true,"url":"${SITE_URL}${path}","title":"Kettle & Cup"${from}`;
    }
    const item = `"currency":"EUR","items":[{"id":"cup-${product}","name":"Cup ${product}","price":19.9,"quantity":1}]`;
    if (buys && step === length - 2) return `"kind":"add_to_cart",${page},"value":19.9,${item}`;
    if (buys && step === length - 1)
      return `"kind":"purchase","url":"${SITE_URL}/thanks","order":"${order}","value":24.8,${item}`;
    if (step % 2 === 1) return `"kind":"page_view",${page},"referrer":"${SITE_URL}/"`;
    return `"kind":"view_item",${page},${item}`;
  };

  return {
    beacon(lane, first, touchpoints, now) {
      if (now !== timeOf) {
        const hex = now.toString(16).padStart(12, "0");
        timeHex = `${hex.slice(0, 8)}-${hex.slice(8)}`;
        timeOf = now;
      }
      lanes[lane] ??= { visits: [], known: [] };
      const { visits, known } = lanes[lane]!;
      const place = below(VISITS_PER_LANE);
      let visit = visits[place];
      if (visit === undefined || visit.step >= visit.length) {
        visit = newVisit(known);
        visits[place] = visit;
      }
      const laneHex = lane.toString(16).padStart(4, "0");
      let list = "";
      for (let i = 0; i < touchpoints; i++) {
        const number = (first + i).toString(16).padStart(8, "0");
        const noise = (0x7000 + below(0x1000)).toString(16);
        const id = `${timeHex}-${noise}-8${runHex}-${laneHex}${number}`;
        const at = now - (touchpoints - i);
        list += `${i === 0 ? "" : ","}{"id":"${id}","at":${at},${fieldsOf(visit, `A-${runHex}-${lane}-${first + i}`)}}`;
        visit.step += 1;
        if (visit.step >= visit.length && i < touchpoints - 1) visit.step = 1;
      }
      return `{"v":1,"site":"${site}","sentAt":${now},"visitor":"${visit.visitor}","touchpoints":[${list}]}`;
    },
  };
}

/** What an id made here says; `id` as 16 bytes. */
export function originOf(id: Buffer): Origin {
  return { run: id.readUInt16BE(8) & 0x0fff, lane: id.readUInt16BE(10), number: id.readUInt32BE(12) };
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** 22 letters with 132 random bits, as a browser makes them. */
export function visitorId(random: () => number): string {
  let id = "";
  while (id.length < 22) id += LETTERS[Math.floor(random() * 64)];
  return id;
}

/** Numbers from 0 to below 1; the same for the same seed (mulberry32, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
