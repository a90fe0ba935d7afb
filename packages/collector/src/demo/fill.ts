/**
 * Fills a data file with the invented past, once; goes on where it stopped when it was interrupted.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import { zoneOf } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import type { Arrival } from "../ingest/accept.ts";
import { runCommand } from "../store/sqlite/commands.ts";
import { openWriter, type Writer } from "../store/sqlite/writer.ts";
import { inventPast } from "./invent.ts";
import { HOME } from "./shop.ts";

/** Id of the invented site; the example shop's tag names it. */
export const DEMO_SITE = "shop";

export interface FillOptions {
  folder: string;
  seed: number;
  days: number;
  now: EpochMs;
  /** Told now and then how many of how many touchpoints are kept and understood. */
  onProgress(done: number, total: number): void;
}

/** What a folder was filled with. */
export interface Filling {
  seed: number;
  days: number;
  /** End of the invented time. */
  now: EpochMs;
  isComplete: boolean;
}

/** Arrivals kept in one commit. */
const GROUP = 2_000;
const META = "demo";
const ZONE = "Europe/Berlin";

/**
 * Fills the folder unless that was done before; gives how many touchpoints were added.
 * Throws `conflict` when the folder holds anything else.
 */
export function fillDemo({ folder, seed, days, now, onProgress }: FillOptions): Filling & { added: number } {
  const writer = openWriter(folder);
  try {
    const before = fillingOf(writer);
    if (before?.isComplete) return { ...before, added: 0 };
    if (before === undefined && writer.sites.all().length > 0) {
      throw new SojournError("conflict", `${folder} holds data that is not the demo's`, {
        hint: "Invented data never mixes with real data: name another folder with --data.",
      });
    }
    // What was begun is ended with the same past: its ids are the same, so nothing is kept twice.
    const filling: Filling = before ?? { seed, days, now, isComplete: false };
    if (before === undefined) note(writer, filling);
    if (writer.sites.all().length === 0) addSite(writer, filling);
    const added = fill(writer, filling, onProgress);
    note(writer, { ...filling, isComplete: true });
    writer.db.pragma("wal_checkpoint(truncate)");
    return { ...filling, isComplete: true, added };
  } finally {
    writer.close();
  }
}

function addSite(writer: Writer, { days, now }: Filling): void {
  runCommand(writer, "addSite", {
    id: DEMO_SITE,
    settings: {
      name: "Kettle & Cup (invented data)",
      origins: [HOME],
      zone: ZONE,
      currency: "EUR",
    },
    at: now - days * 86_400_000,
  });
}

function fill(writer: Writer, { seed, days, now }: Filling, onProgress: FillOptions["onProgress"]): number {
  const past = inventPast({ site: DEMO_SITE, seed, days, now, zone: zoneOf(ZONE) });
  let group: Arrival[] = [];
  let done = 0;
  const keep = (): void => {
    writer.ingest(group);
    while (writer.project(100) > 0);
    done += group.length;
    group = [];
    onProgress(done, past.size);
  };
  for (const arrival of past.arrivals()) {
    group.push(arrival);
    if (group.length === GROUP) keep();
  }
  keep();
  runCommand(writer, "importCosts", { site: DEMO_SITE, rows: past.spend });
  while (writer.sweep(now, 5_000) > 0);
  return writer.totals.stored;
}

function fillingOf(writer: Writer): Filling | undefined {
  const text = writer.db.prepare<[string], string>("select value from meta where key = ?").pluck().get(META);
  return text === undefined ? undefined : (JSON.parse(text) as Filling);
}

function note(writer: Writer, filling: Filling): void {
  runCommand(writer, "setMeta", { key: META, value: JSON.stringify(filling) });
}
