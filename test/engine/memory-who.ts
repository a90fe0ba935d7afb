/**
 * Who is chosen by a filter, and where somebody came from first and last: of the engine in memory.
 */
import type { EpochMs } from "../../packages/collector/src/domain/touchpoint.ts";
import type { TransitionView, Who } from "../../packages/collector/src/store/port.ts";
import type { Move, Past, PastPerson, PastTouch } from "./memory-past.ts";

/** 0: no touch led them here. Of two touches of one instant the one with the smaller id is first, and the other one last. */
export const firstSourceOf = ({ touches }: PastPerson): number => touches[0]?.source ?? 0;
export const lastSourceOf = ({ touches }: PastPerson): number => touches.at(-1)?.source ?? 0;

/** Up to an instant, and for landing pages, the sequence within one instant is that of arrival: what a touch keeps is its place in the log. */
const inLog = ({ touches }: PastPerson): PastTouch[] =>
  [...touches].sort(
    by(
      (touch) => touch.at,
      (touch) => touch.seq,
    ),
  );
export const lastSourceAt = (person: PastPerson, until: EpochMs): number =>
  inLog(person).findLast(({ at }) => at <= until)?.source ?? 0;

/** A test of whether a person is chosen; null chooses everybody. */
export function chosen(_past: Past, who: Who | null): (person: PastPerson) => boolean {
  if (who === null) return () => true;
  const { firstSources, landings = [], stages = [], people = [] } = who;
  return (person) =>
    (firstSources === undefined || firstSources.includes(firstSourceOf(person))) &&
    landings.every(({ is, values }) => values.includes(inLog(person)[0]?.landing ?? "") === is) &&
    stages.every(({ model, is, values }) => {
      const stage = person.state.standings[model.key]?.stage ?? null;
      const isIn =
        stage === null ? values.some((value) => !model.model.stages.includes(value)) : values.includes(stage);
      return isIn === is;
    }) &&
    people.every(({ is, keys }) => keys.includes(person.key) === is);
}

/** Sorts by several numbers or texts, one after the other. */
export const by =
  <Row>(...keys: ((row: Row) => number | string)[]) =>
  (a: Row, b: Row): number => {
    for (const key of keys) {
      const [x, y] = [key(a), key(b)];
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  };

export const transitionOf = (move: Move): TransitionView => ({ ...move, supersededAt: null });

/** The sequence in which changes of stage are listed. */
export const inOrder = (moves: readonly Move[]): Move[] =>
  [...moves].sort(
    by(
      (move) => move.at,
      (move) => move.key,
    ),
  );
