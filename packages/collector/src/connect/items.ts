/**
 * Lines of an order as the wire carries them; what cannot be read of a line is left out, for the order counts without it.
 */
import { LIMITS, type WireItem } from "@sojourn/sdk/wire";
import { exactMinor } from "./money.ts";
import { textAt } from "./path.ts";

/** Names of a line's fields in another system. */
export interface LineNames {
  id: readonly string[];
  name: string;
  price: string;
  quantity: string;
}

/** The first lines of an order; undefined when there is none. */
export function itemsOf(lines: unknown, names: LineNames, currency: string): { items?: WireItem[] } {
  if (!Array.isArray(lines) || lines.length === 0) return {};
  const items = lines.slice(0, LIMITS.items).map((line): WireItem => {
    const id = names.id.map((name) => textAt(line, name)).find((text) => text !== undefined && text !== "");
    const name = textAt(line, names.name);
    const price = textAt(line, names.price);
    const quantity = Number(textAt(line, names.quantity));
    const isPrice = price !== undefined && (exactMinor(price, currency) ?? -1) >= 0;
    return {
      ...(id === undefined ? {} : { id }),
      ...(name === undefined ? {} : { name }),
      ...(isPrice ? { price } : {}),
      ...(quantity > 0 && quantity <= 1_000_000 ? { quantity } : {}),
    };
  });
  return { items };
}
