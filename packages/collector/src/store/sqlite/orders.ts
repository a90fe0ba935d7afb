/**
 * Writes a person's orders as the questions read them: one row each, with what was refunded and since when it is void.
 */
import { isKnown, isValid, netValue } from "../../domain/lifecycle/orders.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { HeldPerson } from "./held-person.ts";
import type { Db } from "./open.ts";

/** An order of a person as it is written. */
export interface StoredOrder {
  number: string;
  at: EpochMs;
  value: number;
  currency: string;
  refunded: number;
  void_at: EpochMs | null;
  nth: number;
}

export interface OrderTable {
  /** The orders as they were written. */
  of(person: number): StoredOrder[];
  /** Writes all orders a person's facts know; inside the caller's transaction. */
  write(person: HeldPerson): void;
  remove(person: number): void;
}

export function openOrders(db: Db): OrderTable {
  const drop = db.prepare("delete from purchase where person = ?");
  const select = db.prepare<[number], StoredOrder>(
    "select number, at, value, currency, refunded, void_at, nth from purchase where person = ?",
  );
  const insert = db.prepare(`
    insert into purchase (person, number, site, at, value, currency, refunded, void_at, nth)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return {
    of: (person) => select.all(person),

    write({ key, site, state, unwritten }) {
      drop.run(key);
      const orders = (state.facts.orders ?? []).filter(isKnown);
      orders.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
      let nth = 0;
      for (const order of orders) {
        const isCounted: boolean = isValid(order);
        if (isCounted) nth += 1;
        const value = order.value ?? 0;
        insert.run(
          key,
          order.order,
          site,
          order.at,
          value,
          order.currency ?? "",
          isCounted ? value - netValue(order) : value,
          isCounted ? null : (state.voids?.[order.order] ?? order.at),
          isCounted ? nth : 0,
        );
      }
      unwritten.orders = false;
    },

    remove(person) {
      drop.run(person);
    },
  };
}
