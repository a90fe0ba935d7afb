/**
 * What a message says of an order besides its touchpoints: how much its newest version is worth, and whether it counts.
 *
 * The log keeps the first version of an order. What later versions say is kept beside it as maxima over their times, so
 * that it does not matter in which sequence they arrive; whether an order was edited, or came back after it was
 * cancelled, is read off them and shown, never guessed at.
 */
import type { EpochMs } from "@sojourn/sdk/wire";
import type { Draft } from "./connector.ts";
import { visitorName } from "./identify.ts";
import { exactMinor } from "./money.ts";

/** What one message says of one order. */
export interface OrderNews {
  number: string;
  /** The visitor under which the order's events are kept. */
  visitor: string;
  /** A version that counts: when the shop made it, and what it is worth in minor units. */
  version?: { at: EpochMs; value: number; currency: string };
  cancelledAt?: EpochMs;
}

/** The news in a message's drafts, an entry per order; orders whose version has no time say nothing new. */
export function orderNewsOf(drafts: readonly Draft[]): OrderNews[] {
  const news = new Map<string, OrderNews>();
  for (const { kind, at, self, versionAt, fields } of drafts) {
    const number = fields?.order;
    if (number === undefined || (kind !== "purchase" && kind !== "cancel_order")) continue;
    const known = news.get(number) ?? { number, visitor: visitorName(self) };
    if (kind === "cancel_order") {
      news.set(number, { ...known, cancelledAt: Math.max(at, known.cancelledAt ?? 0) });
      continue;
    }
    const { value, currency } = fields!;
    const minor = value === undefined || currency === undefined ? undefined : exactMinor(value, currency);
    if (versionAt === undefined || minor === undefined) continue;
    news.set(number, { ...known, version: { at: versionAt, value: minor, currency: currency! } });
  }
  // An order that says it was cancelled does not count in the same breath.
  return [...news.values()]
    .map(({ version, ...rest }) =>
      version === undefined || rest.cancelledAt !== undefined ? rest : { ...rest, version },
    )
    .filter((one) => "version" in one || one.cancelledAt !== undefined);
}
