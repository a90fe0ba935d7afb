/**
 * What every kind of import shares: what was counted, how touchpoints are sent, and how it is told.
 */
import type { Zone } from "../domain/zone.ts";
import { groupsOf } from "../import/groups.ts";
import type { ImportedTouchpoint, LineProblem } from "../import/orders.ts";
import { openProgress } from "./bar.ts";
import type { Io, Words } from "./command.ts";
import type { Sender } from "./send.ts";

/** Problems listed for people; all of them are counted. */
const SHOWN = 20;
const MOST_PROBLEMS = 10_000;

export interface Summary {
  site: string;
  dryRun?: true;
  rows: number;
  stored: number;
  duplicates: number;
  refused: number;
  problems: LineProblem[];
  orders?: number;
  refunds?: number;
  cancellations?: number;
  unpaid?: number;
  repeated?: number;
  unmatched?: number[];
  /** The live connector whose ids these are. */
  connector?: string;
  /** Orders whose time has no seconds, so that their id is not the connector's. */
  inexact?: number;
  /** Touchpoints whose `receivedAt` was left out: a running collector receives now. */
  receivedNow?: number;
}

export interface Job {
  words: Words;
  io: Io;
  file: string;
  zone: Zone;
  currency: string;
  summary: Summary;
  sender: Sender;
}

/** Sends touchpoints, a person's together, and counts what became of them. */
export async function sendAll(
  { io, summary, sender }: Job,
  touchpoints: ImportedTouchpoint[],
): Promise<void> {
  const progress = openProgress(io, "Importing", touchpoints.length);
  let done = 0;
  for (const { body, lines, receivedAt } of groupsOf(touchpoints)) {
    if (receivedAt !== undefined && !sender.keepsReceivedAt)
      summary.receivedNow = (summary.receivedNow ?? 0) + lines.length;
    const sent = await sender.send(body, lines.length, receivedAt);
    summary.stored += sent.stored;
    summary.duplicates += sent.duplicates;
    for (const { index, code, path } of sent.refused) {
      refuse(summary, lines[index]!, path === undefined ? code : `${code} (${path})`);
    }
    done += lines.length;
    progress.at(done);
  }
  progress.end();
}

/** Counts a line that could not be used, and lists it. */
export function refuse(summary: Summary, line: number, reason: string): void {
  summary.refused += 1;
  if (summary.problems.length < MOST_PROBLEMS) summary.problems.push({ line, reason });
}

/** The summary in words. */
export function told(s: Summary): string {
  const lines = s.problems
    .toSorted((a, b) => a.line - b.line)
    .slice(0, SHOWN)
    .map(({ line, reason }) => `line ${line}: ${reason}`);
  if (s.refused > lines.length) lines.push(`and ${s.refused - lines.length} more`);
  const parts = [
    `${s.rows} rows`,
    ...(s.orders === undefined
      ? []
      : [`${s.orders} orders, ${s.refunds} refunds, ${s.cancellations} cancellations`]),
    ...(s.unpaid ? [`${s.unpaid} never paid`] : []),
    ...(s.repeated ? [`${s.repeated} further rows of orders`] : []),
    s.dryRun
      ? `${s.stored} touchpoints would be stored (known ones are stored once)`
      : `${s.stored} touchpoints stored`,
    ...(s.duplicates > 0 ? [`${s.duplicates} known already`] : []),
    `${s.refused} refused`,
  ];
  lines.push(`${parts.join("; ")}.`);
  if (s.unmatched?.length) {
    const some = s.unmatched.slice(0, SHOWN).join(", ");
    lines.push(
      `${s.unmatched.length} refunds or cancellations name no order and match none, so they change nothing: lines ${some}${s.unmatched.length > SHOWN ? ", …" : ""}.`,
    );
  }
  if (s.inexact) {
    lines.push(
      `The times of ${s.inexact} orders have no seconds: they count once beside the connector's, and stand twice in a timeline.`,
    );
  }
  if (s.receivedNow) {
    lines.push(
      `${s.receivedNow} say when they were received; the running collector received them now. Stop it and import again into an empty folder to keep those times.`,
    );
  }
  return `${lines.join("\n")}\n`;
}
