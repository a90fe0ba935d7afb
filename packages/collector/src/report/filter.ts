/**
 * Which people a question is about: the one shape of filters, from an address or a command line to what an engine can select.
 *
 * In an address: `channel=Email` (is), `channel.not=Direct` (is not); the same name again means "or". On a command line:
 * `--filter channel=Email --filter 'channel!=Direct'`. Different names must all hold.
 */

import type { EpochMs } from "../domain/touchpoint.ts";
import { SojournError } from "../errors.ts";
import type { ModelView, Reads, SiteView, Who } from "../store/port.ts";
import { membersOf, savedRule } from "./membership.ts";
import { valueIn } from "./subject.ts";

/** What people can be chosen by. The source fields are those of a person's first touch. */
export const FILTER_FIELDS = [
  "channel",
  "source",
  "medium",
  "campaign",
  "landing",
  "stage",
  "segment",
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** One condition: the field is one of the values, or is none of them. */
export interface Clause {
  field: FilterField;
  is: boolean;
  values: readonly string[];
}

/** What a question with filters takes. */
export interface Filtered {
  filter?: readonly Clause[];
}

/** Most conditions, and most values of one, that a question takes. */
const MOST = 50;

/**
 * Reads conditions from the pairs of an address: `channel=Email`, `channel.not=Direct`. Pairs with other names are left
 * alone. Throws `bad_input` when there are too many.
 */
export function clausesOf(pairs: Iterable<readonly [string, string]>): Clause[] {
  const found = new Map<string, { field: FilterField; is: boolean; values: string[] }>();
  for (const [name, value] of pairs) {
    const [field, not, ...rest] = name.split(".");
    const known = FILTER_FIELDS.find((one) => one === field);
    if (known === undefined || rest.length > 0 || (not !== undefined && not !== "not")) continue;
    const clause = found.get(name) ?? { field: known, is: not === undefined, values: [] };
    clause.values.push(value);
    found.set(name, clause);
    if (found.size > MOST || clause.values.length > MOST) {
      throw new SojournError("bad_input", `More than ${MOST} values for ${name}`, { hint: "Ask for fewer." });
    }
  }
  return [...found.values()];
}

/** The pair of a typed condition, `channel=Email` or `channel!=Direct`. Throws `bad_usage`. */
export function typedPair(text: string): [string, string] {
  const match = /^([a-z]+)(!?)=(.*)$/s.exec(text);
  if (match === null || !FILTER_FIELDS.some((field) => field === match[1])) {
    throw new SojournError("bad_usage", `--filter is "${text}"`, {
      hint: `Write channel=Email or 'channel!=Direct'; fields are ${FILTER_FIELDS.join(", ")}.`,
    });
  }
  return [match[2] === "!" ? `${match[1]}.not` : match[1]!, match[3]!];
}

/** What an engine selects by; null when everybody is meant. Throws `bad_input` for a stage or segment that is not there. */
export async function whoOf(
  reads: Reads,
  site: SiteView,
  model: ModelView,
  clauses: readonly Clause[] | undefined,
  now: EpochMs,
): Promise<Who | null> {
  if (clauses === undefined || clauses.length === 0) return null;
  const who: { -readonly [K in keyof Who]: Who[K] } = {};
  const bySource = clauses.filter((clause) => isOfSource(clause.field));
  if (bySource.length > 0) {
    const sources = await reads.sources(site);
    const keys = [0, ...sources.keys()];
    who.firstSources = keys.filter((key) =>
      bySource.every(({ field, is, values }) => {
        return values.includes(valueIn(sources.get(key), field as SourceField)) === is;
      }),
    );
  }
  const landings = clauses.filter(({ field }) => field === "landing");
  if (landings.length > 0) who.landings = landings;
  const stages = clauses.filter(({ field }) => field === "stage");
  for (const value of stages.flatMap(({ values }) => values)) {
    if (model.model.stages.includes(value)) continue;
    throw new SojournError("bad_input", `Model "${model.id}" has no stage "${value.slice(0, 40)}"`, {
      hint: `It has: ${model.model.stages.join(", ")}.`,
    });
  }
  if (stages.length > 0) who.stages = stages.map(({ is, values }) => ({ model, is, values }));
  const segments = clauses.filter(({ field }) => field === "segment");
  if (segments.length > 0) {
    const people = [];
    for (const { is, values } of segments) {
      const keys = new Set<number>();
      for (const name of values) {
        for (const key of await membersOf(reads, site, model, await savedRule(reads, site, name), now)) {
          keys.add(key);
        }
      }
      people.push({ is, keys: [...keys] });
    }
    who.people = people;
  }
  return who;
}

/** True when every condition is about where people came from, so that source keys alone decide. */
export const isBySourceOnly = (clauses: readonly Clause[] | undefined): boolean =>
  (clauses ?? []).every(({ field }) => isOfSource(field));

type SourceField = "channel" | "source" | "medium" | "campaign";

const isOfSource = (field: FilterField): field is SourceField =>
  field === "channel" || field === "source" || field === "medium" || field === "campaign";
