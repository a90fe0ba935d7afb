/**
 * The paths of a report as numbered walks: those before conversions, and those of people who came and did not convert, which a Markov
 * chain weighs them against.
 *
 * A month has a million of the latter: each person's path is found in one book of distinct paths, and only its row is kept.
 */
import type { DirectMode } from "../domain/attribution/path.ts";
import { noWeights, openWalkBook, type Walks } from "../domain/attribution/walks.ts";
import type { TouchValues } from "./touch-values.ts";
import type { CreditedEvent, Trails } from "./trails.ts";
import type { Visits } from "./visits.ts";

/** Paths longer than this are cut: no chain learns from a thousand touches of one robot-like visitor. */
const LONGEST = 100;

/** What stands for touches outside of what the report looks into. */
const OUTSIDE = "(other)";

/** Walks whose channels are values of a report. */
export interface ReportWalks extends Walks {
  /** The value's number per channel; -1 for one outside of what the report looks into. */
  numbers: readonly number[];
}

export interface Walked {
  /** The walks of these conversions, beside those of everybody who came and is not among their people. */
  against(paths: readonly CreditedEvent[], trails: Trails): ReportWalks;
}

/** Direct touches leave a path that has another channel, as they do before conversions. */
export function openWalked(visits: Visits, values: TouchValues, direct: DirectMode): Walked {
  const book = openWalkBook();
  const channels = openChannels(values);
  const { rowOf, nulls } = everybodysPaths(visits, values, direct, book, channels);

  return {
    against(paths, { columns }) {
      const rows = new Uint32Array(paths.length);
      paths.forEach(({ rows: touched }, i) => {
        const walk = touched.map((row) => channels.of(columns.source[row]!, columns.page[row]!));
        rows[i] = book.row(walk, walk.length);
      });
      const walks: ReportWalks = {
        channels: channels.numbers.map((number) => values.names[number] ?? OUTSIDE),
        numbers: channels.numbers,
        ...book.paths(),
        ...noWeights(book.rows()),
      };
      walks.nulls.set(nulls);
      const converted = new Set<number>();
      paths.forEach(({ event: { person, value } }, i) => {
        walks.conversions[rows[i]!]! += 1;
        walks.value[rows[i]!]! += value;
        const row = rowOf[person] ?? 0;
        if (row === 0 || converted.has(person)) return;
        converted.add(person);
        walks.nulls[row - 1]! -= 1;
      });
      return walks;
    },
  };
}

/** The row of each person's path plus one (0: did not come), and how many people have each row. */
function everybodysPaths(
  { starts, source, page }: Visits,
  values: TouchValues,
  direct: DirectMode,
  book: ReturnType<typeof openWalkBook>,
  channels: Channels,
): { rowOf: Uint32Array; nulls: Float64Array } {
  const people = starts.length - 1;
  const rowOf = new Uint32Array(people);
  const counts: number[] = [];
  const walk = new Uint32Array(LONGEST);
  for (let person = 0; person < people; person++) {
    const [start, end] = [starts[person]!, starts[person + 1]!];
    if (start === end) continue;
    let length = 0;
    const take = (isWanted: (source: number) => boolean) => {
      for (let i = start; i < end && length < LONGEST; i++) {
        if (isWanted(source[i]!)) walk[length++] = channels.of(source[i]!, values.usesPages ? page[i]! : 0);
      }
    };
    if (direct === "drop-unless-alone") take((key) => !values.isDirect(key));
    if (length === 0) take(() => true);
    const row = book.row(walk, length);
    rowOf[person] = row + 1;
    counts[row] = (counts[row] ?? 0) + 1;
  }
  return { rowOf, nulls: Float64Array.from(counts) };
}

/** Numbers without gaps for values, apart for touches inside and outside of what the report looks into. */
interface Channels {
  of(source: number, page: number): number;
  /** The value's number by channel; -1 for one outside. */
  numbers: number[];
}

function openChannels(values: TouchValues): Channels {
  const numbers: number[] = [];
  const inside: number[] = [];
  const outside: number[] = [];
  return {
    numbers,
    of(source, page) {
      const number = values.of(source, page);
      const isWithin = values.isWithin(source, page);
      const known = isWithin ? inside : outside;
      known[number] ??= numbers.push(isWithin ? number : -1) - 1;
      return known[number];
    },
  };
}
