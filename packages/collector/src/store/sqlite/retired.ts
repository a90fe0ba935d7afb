/**
 * Removes the rows of models that were retired, a slice at a time.
 */
import type { Db } from "./open.ts";

/** `built_to` of a retired model that has no rows left. */
const CLEARED = -1;
/** Rows looked at in a call; a few milliseconds. */
const SLICE = 1_000;

export interface Retired {
  /** Removes a slice; false when nothing is left. Inside the caller's transaction. */
  clear(): boolean;
}

export function openRetired(db: Db): Retired {
  const selectNext = db
    .prepare<[number], number>("select key from model where state = 'retired' and built_to <> ? limit 1")
    .pluck();
  const lastKey = db.prepare<[], number | null>("select max(key) from transition").pluck();
  const dropTransitions = db.prepare<[number, number, number]>(
    "delete from transition where key > ? and key <= ? and model = ?",
  );
  const dropStandings = db.prepare<[number, number, number]>(`
    delete from person_stage
    where model = ? and person in (select person from person_stage where model = ? order by person limit ?)`);
  const dropDeltas = db.prepare<[number]>("delete from stage_delta where model = ?");
  const setCleared = db.prepare("update model set built_to = ? where key = ?");
  /** How far the transitions were looked through, per model; after a restart from the beginning, which finds less. */
  const looked = new Map<number, number>();

  return {
    clear() {
      const model = selectNext.get(CLEARED);
      if (model === undefined) return false;
      if (dropStandings.run(model, model, SLICE).changes > 0) return true;
      const from = looked.get(model) ?? 0;
      if (from < (lastKey.get() ?? 0)) {
        dropTransitions.run(from, from + SLICE, model);
        looked.set(model, from + SLICE);
        return true;
      }
      dropDeltas.run(model);
      setCleared.run(CLEARED, model);
      return true;
    },
  };
}
