/**
 * A year of a shop with as many people as asked for, ten touchpoints each on average, written straight through the
 * writer in the order in which it would have happened.
 *
 * Seeded: the same number of people gives the same file. Kept in a cache folder, and taken up where it was left when it
 * was interrupted: ids are functions of the place, so what was written already is a duplicate.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { presetModel } from "../../src/domain/lifecycle/presets.ts";
import type { Arrival } from "../../src/ingest/accept.ts";
import { MIGRATIONS } from "../../src/store/sqlite/schema.ts";
import { openWriter } from "../../src/store/sqlite/writer.ts";
import { randomFrom, visitorId } from "./shoppers.ts";

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** Visits after the first, on average; with four touchpoints a visit that makes ten touchpoints a person. */
const MORE_VISITS = 1.5;
const BEACONS_PER_GROUP = 2_000;
/** Groups between two sweeps, and between two places from which an interrupted run goes on. */
const GROUPS_PER_SWEEP = 10;
const GROUPS_PER_CHECKPOINT = 100;
const SITE_URL = "https://www.kettle-and-cup.example";

const ARRIVALS = [
  ["/", "https://www.google.com/"],
  ["/tea", "https://www.google.de/"],
  ["/", ""],
  ["/?utm_source=newsletter&utm_medium=email&utm_campaign=week", ""],
  ["/sale?utm_source=google&utm_medium=cpc&utm_campaign=brand", "https://www.google.com/"],
  ["/sale?utm_source=facebook&utm_medium=paid-social&utm_campaign=autumn", "https://l.facebook.com/"],
  ["/", "https://www.bing.com/"],
  ["/journal", "https://blog.teahouse.example/links"],
] as const;

export interface History {
  folder: string;
  people: number;
  /** The first instant after everything in it. */
  end: number;
  /** Ids of some visitors, for questions about one person. */
  visitors: string[];
}

/** Where a data set of so many people is kept. */
export const historyFolder = (people: number): string =>
  join(tmpdir(), `sojourn-history-${people}-schema-${MIGRATIONS.length}`);

/** The visitor id of a person of the data set. */
const visitorOf = (person: number): string => visitorId(randomFrom(person + 1_000_003));

/**
 * Makes the data set, or finishes it, or finds it made.
 *
 * @param end last instant, in epoch milliseconds; the year before it is filled
 * @param say told about progress now and then
 */
export function makeHistory(people: number, end: number, say: (text: string) => void): History {
  const folder = historyFolder(people);
  mkdirSync(folder, { recursive: true });
  const progressFile = join(folder, "progress.json");
  const progress = existsSync(progressFile)
    ? (JSON.parse(readFileSync(progressFile, "utf8")) as { end: number; done: number })
    : { end, done: 0 };
  const history: History = {
    folder,
    people,
    end: progress.end,
    visitors: Array.from({ length: 300 }, (_, i) => visitorOf(Math.floor((i * people) / 300))),
  };
  const visits = visitsOf(people, progress.end - YEAR_MS);
  if (progress.done < visits.length) write(history, visits, progress, progressFile, say);
  return history;
}

interface Visits {
  length: number;
  at(place: number): { person: number; at: number };
}

/** Every visit of everybody, in order of time. */
function visitsOf(people: number, start: number): Visits {
  const random = randomFrom(people);
  const times: number[] = [];
  const persons: number[] = [];
  for (let person = 0; person < people; person++) {
    let at = random() * YEAR_MS;
    // Another visit with the same chance after each: 1.5 more of them on average.
    do {
      times.push(at);
      persons.push(person);
      at += -Math.log(1 - random()) * 20 * DAY_MS + 3_600_000;
    } while (at < YEAR_MS && random() < MORE_VISITS / (1 + MORE_VISITS));
  }
  const order = Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]!);
  return {
    length: order.length,
    at: (place) => ({ person: persons[order[place]!]!, at: Math.floor(start + times[order[place]!]!) }),
  };
}

function write(
  { folder }: History,
  visits: Visits,
  progress: { end: number; done: number },
  progressFile: string,
  say: (text: string) => void,
): void {
  const writer = openWriter(folder);
  // Nobody else needs the memory: without it every second page of a large file is read again for each fold.
  writer.db.pragma("cache_size = -3000000");
  if (writer.sites.byId("shop") === undefined) {
    writer.change(() => {
      writer.sites.add("shop", { maxAgeDays: 31 }, presetModel("reach-loyalty")!, progress.end - YEAR_MS);
    });
  }
  // The engine takes a folder with this file for one in use.
  writeFileSync(join(folder, "secret"), "0".repeat(64), { mode: 0o600 });
  const began = performance.now();
  let groups = 0;
  let written = 0;
  for (let place = progress.done; place < visits.length; groups++) {
    const arrivals: Arrival[] = [];
    for (; arrivals.length < BEACONS_PER_GROUP && place < visits.length; place++) {
      const { person, at } = visits.at(place);
      const { body, touchpoints } = beaconOf(place, person, at);
      arrivals.push({ body, receivedAt: at + 15 * 60_000, door: "browser" });
      written += touchpoints;
    }
    writer.ingest(arrivals);
    if (writer.pending() > 8_000) while (writer.project(1_000) > 0);
    if (groups % GROUPS_PER_SWEEP === GROUPS_PER_SWEEP - 1) {
      while (writer.project(1_000) > 0);
      while (writer.sweep(arrivals[0]!.receivedAt, 5_000) === 5_000);
    }
    if (groups % GROUPS_PER_CHECKPOINT === GROUPS_PER_CHECKPOINT - 1) {
      while (writer.project(1_000) > 0);
      writer.db.pragma("wal_checkpoint(truncate)");
      writeFileSync(progressFile, JSON.stringify({ end: progress.end, done: place }));
    }
    if (groups % 100 === 99) {
      const rate = written / ((performance.now() - began) / 1_000);
      say(`${Math.round((place / visits.length) * 100)} % written, ${Math.round(rate)} touchpoints/s`);
    }
  }
  while (writer.project(1_000) > 0);
  while (writer.sweep(progress.end, 5_000) === 5_000);
  writer.db.exec("analyze");
  writer.db.pragma("wal_checkpoint(truncate)");
  writer.close();
  writeFileSync(progressFile, JSON.stringify({ end: progress.end, done: visits.length }));
  say(`written in ${Math.round((performance.now() - began) / 1_000)} s`);
}

function beaconOf(place: number, person: number, at: number): { body: string; touchpoints: number } {
  const random = randomFrom(place * 7 + 13);
  const length = 1 + Math.floor(random() * 7);
  const buys = length > 3 && random() < 0.12;
  const placeHex = place.toString(16).padStart(8, "0");
  let list = "";
  for (let i = 0; i < length; i++) {
    const time = at + i * 45_000;
    const hex = time.toString(16).padStart(12, "0");
    const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${placeHex}${i.toString(16).padStart(4, "0")}`;
    list += `${i === 0 ? "" : ","}{"id":"${id}","at":${time},${fieldsOf(i, length, buys, place, random)}}`;
  }
  const sentAt = at + 15 * 60_000;
  return {
    touchpoints: length,
    body: `{"v":1,"site":"shop","sentAt":${sentAt},"visitor":"${visitorOf(person)}","touchpoints":[${list}]}`,
  };
}

function fieldsOf(i: number, length: number, buys: boolean, place: number, random: () => number): string {
  const product = Math.floor(random() * 200);
  if (i === 0) {
    const [path, referrer] = ARRIVALS[Math.floor(random() * ARRIVALS.length)]!;
    const from = referrer === "" ? "" : `,"referrer":"${referrer}"`;
    return `"kind":"page_view","visit":true,"url":"${SITE_URL}${path}"${from}`;
  }
  if (buys && i === length - 2) return `"kind":"add_to_cart","url":"${SITE_URL}/products/cup-${product}"`;
  if (buys && i === length - 1) {
    return `"kind":"purchase","url":"${SITE_URL}/thanks","order":"H-${place}","value":${20 + product},"currency":"EUR"`;
  }
  const kind = i % 2 === 1 ? "view_item" : "page_view";
  return `"kind":"${kind}","url":"${SITE_URL}/products/cup-${product}","title":"Cup ${product}"`;
}
