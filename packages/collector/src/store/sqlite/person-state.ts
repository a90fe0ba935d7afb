/**
 * The kept state of a person as compact text.
 *
 * Written once per fold of a person, so its length is what folding costs: names are left out, and times are steps from
 * the one before. A third of the same state as plain JSON.
 */
import type { Answer, Facts, KindFacts, Trait } from "../../domain/lifecycle/facts.ts";
import type { OrderFacts } from "../../domain/lifecycle/orders.ts";
import type { PersonState, Standing } from "../../domain/person.ts";
import type { VisitState } from "../../domain/touches.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";

type Packed = [
  base: EpochMs,
  n: number,
  last: number | null,
  visits: number,
  advocacy: number,
  kinds: (string | number)[][],
  runs: number[],
  orders: OrderFacts[] | 0,
  answers: Answer[] | 0,
  traits: Trait[] | 0,
  /** Visitor, heardAt, source. */
  open: [string, number | null, (string | null)?][],
  foldedTo: number,
  standings: PackedStanding[],
  voids: Record<string, EpochMs> | 0,
];

type PackedStanding = [
  model: string,
  stage: string | null,
  rule: number,
  due: number | null,
  at: number | null,
  since: number,
  ...entries: (string | number)[],
];

/** The state as text; equal states give equal text. */
export function packState(state: PersonState): string {
  const { facts } = state;
  const base = facts.first ?? 0;
  const packed: Packed = [
    base,
    facts.n,
    facts.last === undefined ? null : facts.last - base,
    facts.visits ?? 0,
    facts.advocacy ?? 0,
    facts.kinds.map((kind) => packKind(kind, base)),
    steps(facts.runs, base, []),
    facts.orders ?? 0,
    facts.answers ?? 0,
    facts.traits ?? 0,
    Object.entries(state.visits).map(([visitor, { heardAt, source }]) => [
      visitor,
      heardAt === undefined ? null : heardAt - base,
      ...(source === undefined ? ([] as const) : ([source] as const)),
    ]),
    state.foldedTo - base,
    Object.entries(state.standings).map(([model, standing]) => packStanding(model, standing, base)),
    state.voids ?? 0,
  ];
  return JSON.stringify(packed);
}

/** Reads what {@link packState} wrote. */
export function unpackState(text: string): PersonState {
  const packed = JSON.parse(text) as Packed;
  const base = packed[0];
  const state: PersonState = {
    facts: factsOf(packed),
    visits: {},
    foldedTo: packed[11] + base,
    standings: {},
  };
  for (const visit of packed[10]) {
    const known: VisitState = {};
    if (visit[1] !== null) known.heardAt = visit[1] + base;
    if (visit[2] != null) known.source = visit[2];
    state.visits[visit[0]] = known;
  }
  for (const standing of packed[12]) {
    const due = standing[3];
    const at = standing[4];
    const entries: Record<string, number> = {};
    for (let i = 6; i < standing.length; i += 2) entries[standing[i] as string] = standing[i + 1] as number;
    state.standings[standing[0]] = {
      stage: standing[1],
      rule: standing[2],
      due: due === null ? null : due + base,
      at: at === null ? null : at + base,
      since: standing[5] + base,
      entries,
    };
  }
  if (packed[13] !== 0) state.voids = packed[13];
  return state;
}

/** Only the facts of a kept state, for questions. */
export const unpackFacts = (text: string): Facts => factsOf(JSON.parse(text) as Packed);

function factsOf(packed: Packed): Facts {
  const base = packed[0];
  const last = packed[2];
  const facts: Facts = { n: packed[1], kinds: [], runs: timesFrom(packed[6], base, 0) };
  for (const kind of packed[5]) facts.kinds.push(unpackKind(kind, base));
  if (last !== null) {
    facts.first = base;
    facts.last = last + base;
  }
  if (packed[3] > 0) facts.visits = packed[3];
  if (packed[4] > 0) facts.advocacy = packed[4];
  if (packed[7] !== 0) facts.orders = packed[7];
  if (packed[8] !== 0) facts.answers = packed[8];
  if (packed[9] !== 0) facts.traits = packed[9];
  return facts;
}

/** Kind, number, then the newest times. A negative number: not all times are among them, and the first one comes before. */
function packKind({ kind, n, first, newest }: KindFacts, base: EpochMs): (string | number)[] {
  return steps(newest, base, n === newest.length ? [kind, n] : [kind, -n, first - base]) as (
    | string
    | number
  )[];
}

/** A kind of a packed state, its times counted from `base`. */
export function unpackKind(packed: (string | number)[], base: EpochMs): KindFacts {
  const [kind, n] = packed as [string, number];
  if (n < 0) return { kind, n: -n, first: (packed[2] as number) + base, newest: timesFrom(packed, base, 3) };
  const newest = timesFrom(packed, base, 2);
  return { kind, n, first: newest[0]!, newest };
}

function packStanding(
  model: string,
  { stage, rule, due, at, since, entries }: Standing,
  base: EpochMs,
): PackedStanding {
  const packed: PackedStanding = [
    model,
    stage,
    rule,
    due === null ? null : due - base,
    at === null ? null : at - base,
    since - base,
  ];
  for (const name in entries) packed.push(name, entries[name]!);
  return packed;
}

/** Adds each time as its distance from the one before, the first one from `base`. */
function steps<T>(list: readonly EpochMs[], base: EpochMs, onto: (T | number)[]): number[] {
  let before = base;
  for (const at of list) {
    onto.push(at - before);
    before = at;
  }
  return onto as number[];
}

/** Times of a packed list from a place in it on, counted from `base`. */
export function timesFrom(list: readonly unknown[], base: EpochMs, from: number): EpochMs[] {
  const all: EpochMs[] = [];
  let at = base;
  for (let i = from; i < list.length; i++) {
    at += list[i] as number;
    all.push(at);
  }
  return all;
}
