/**
 * Writes the few touchpoints whose amounts or scores are asked for again: changes of carts, and answers to surveys.
 */
import type { Touchpoint } from "../../domain/touchpoint.ts";
import type { HeldPerson } from "./held-person.ts";
import type { Db } from "./open.ts";
import { withOne } from "./unwritten.ts";

/** Kinds that are kept here, by the number they are stored under. Never reuse a number. */
export const MOMENTS = {
  add_to_cart: 1,
  remove_from_cart: 2,
  begin_checkout: 3,
  survey_response: 4,
} as const;

/** Those that change a cart, as a list for SQL. */
export const CART_KINDS = [MOMENTS.add_to_cart, MOMENTS.remove_from_cart, MOMENTS.begin_checkout].join(", ");

export interface MomentTable {
  /** Keeps a touchpoint if it is of such a kind, until the person is written. */
  note(person: HeldPerson, seq: number, t: Touchpoint): void;
  /** Writes what was kept; inside the caller's transaction. */
  write(person: HeldPerson): void;
  /** A person became part of another. */
  move(from: number, to: number): void;
}

export function openMoments(db: Db): MomentTable {
  const insert = db.prepare(`
    insert into moment (person, at, seq, site, kind, amount, unit) values (?, ?, ?, ?, ?, ?, ?)
    on conflict do nothing`);
  const update = db.prepare("update moment set person = ? where person = ?");
  return {
    note({ unwritten }, seq, t) {
      if (!Object.hasOwn(MOMENTS, t.kind)) return;
      const kind = MOMENTS[t.kind as keyof typeof MOMENTS];
      const isAnswer = t.kind === "survey_response";
      const amount = isAnswer ? (t.score ?? null) : (t.value ?? valueOfItems(t));
      const unit = (isAnswer ? t.survey : t.currency) ?? null;
      unwritten.moments = withOne(unwritten.moments, { at: t.at, seq, kind, amount, unit });
    },
    write({ key, site, unwritten }) {
      for (const { at, seq, kind, amount, unit } of unwritten.moments ?? []) {
        insert.run(key, at, seq, site, kind, amount, unit);
      }
      unwritten.moments = undefined;
    },
    move(from, to) {
      update.run(to, from);
    },
  };
}

/** What the items come to; null when none of them has a price. */
function valueOfItems({ items }: Touchpoint): number | null {
  const priced = (items ?? []).filter((item) => item.price !== undefined);
  if (priced.length === 0) return null;
  return Math.round(priced.reduce((sum, item) => sum + item.price! * (item.quantity ?? 1), 0));
}
