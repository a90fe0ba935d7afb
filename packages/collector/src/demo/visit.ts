/**
 * One visit to the invented shop: which pages somebody opens, and how far towards an order they come.
 */
import type { WireTouchpoint } from "@sojourn/sdk/wire";
import type { Random } from "../domain/attribution/seeded-random.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { around, type Entry, HOME, PIECES, type Piece, pick, pickWeighted } from "./shop.ts";

/** Something that happened, before it has an id and has travelled. */
export interface Draft {
  at: EpochMs;
  visitor: string;
  /** The browser told it, or the shop's server. */
  door: "browser" | "server";
  fields: Omit<WireTouchpoint, "id" | "at">;
  robot?: true;
  own?: true;
}

/** How a visitor is today. */
export interface Mood {
  /** Readiness to buy: 1 is a new visitor's average. */
  intent: number;
  /** Share that leaves after one page. */
  bounce: number;
  /** Whether they have the newsletter already. */
  isSubscribed: boolean;
  /** Pieces left in the cart the last time. */
  cart: readonly Line[];
  /** Whom they are known as when they pay; a number for new customers is given then. */
  customer(): { id: string; email: string };
  orderNumber(): string;
}

export interface Line {
  piece: Piece;
  quantity: number;
}

export interface VisitResult {
  endAt: EpochMs;
  hasOrdered: boolean;
  order?: { number: string; value: string };
  hasSubscribed: boolean;
  /** What stays in the cart. */
  cart: readonly Line[];
}

const CURRENCY = "EUR";

const PAYMENT_HOSTS = ["https://www.paypal.com/", "https://checkout.stripe.com/", "https://pay.klarna.com/"];

/** Lets somebody visit the shop; adds what happens to `drafts`. */
export function visitShop(
  drafts: Draft[],
  random: Random,
  visitor: string,
  startAt: EpochMs,
  entry: Entry,
  mood: Mood,
): VisitResult {
  let at = startAt;
  let url = `${HOME}/${entry.page}`;
  const result: VisitResult = { endAt: at, hasOrdered: false, hasSubscribed: false, cart: mood.cart };

  const tell = (fields: Draft["fields"]): void => {
    drafts.push({ at, visitor, door: "browser", fields });
    result.endAt = at;
  };
  const wait = (medianSeconds: number): void => {
    at += Math.max(400, Math.round(around(random, medianSeconds * 1_000, 0.6)));
  };
  const open = (page: string, title: string): void => {
    wait(18);
    const referrer = url;
    url = `${HOME}/${page}`;
    tell({ kind: "page_view", url, referrer, title });
  };

  tell({
    kind: "page_view",
    visit: true,
    url: entry.query === undefined ? url : `${url}?${entry.query}`,
    ...(entry.referrer === undefined ? {} : { referrer: entry.referrer }),
    title: titleOf(entry.page),
  });
  const landed = PIECES.find(({ page }) => page === entry.page);
  if (landed !== undefined) {
    wait(0.3);
    tell({ kind: "view_item", url, ...asFields([{ piece: landed, quantity: 1 }]) });
  }
  if (random() < mood.bounce) return result;

  if (!mood.isSubscribed && random() < 0.075) {
    wait(40);
    tell({ kind: "newsletter_signup", url, list: "sunday" });
    result.hasSubscribed = true;
  }
  if (random() < 0.07) {
    wait(15);
    tell({
      kind: "search",
      url,
      query: pick(random, ["kettle", "cup", "stovetop kettle", "gift", "spare lid"]),
    });
  }
  if (entry.page !== "kettles-and-cups.html" && random() < 0.6)
    open("kettles-and-cups.html", "Kettles and cups");
  if (url.endsWith("kettles-and-cups.html")) {
    wait(0.3);
    tell({ kind: "view_item_list", url, list: "kettles-and-cups" });
  }

  const lines: Line[] = [...mood.cart];
  const looks = 1 + Math.floor(random() * 2.6);
  let wanted = landed;
  for (let look = 0; look < looks; look++) {
    wanted = pickWeighted(random, PIECES);
    open(wanted.page, wanted.name);
    wait(0.3);
    tell({ kind: "view_item", url, ...asFields([{ piece: wanted, quantity: 1 }]) });
    if (random() < 0.03) {
      wait(30);
      tell({ kind: "add_to_wishlist", url, ...asFields([{ piece: wanted, quantity: 1 }]) });
    }
    if (random() < Math.min(0.75, 0.075 * mood.intent)) {
      const line = { piece: wanted, quantity: wanted.category === "Cups" ? pick(random, [1, 2, 2, 4]) : 1 };
      wait(25);
      tell({ kind: "add_to_cart", url, ...asFields([line]) });
      lines.push(line);
    }
  }
  if (random() < 0.012) {
    wait(20);
    tell({ kind: "share", url });
  }
  if (lines.length === 0) return result;
  result.cart = lines;

  if (random() > 0.86) return result;
  open("cart.html", "Your cart");
  wait(0.3);
  tell({ kind: "view_cart", url, ...asFields(lines) });
  if (lines.length > 1 && random() < 0.12) {
    wait(20);
    tell({ kind: "remove_from_cart", url, ...asFields([lines.pop()!]) });
  }
  const goesOn = (share: number) => random() < Math.min(0.97, share * (0.9 + 0.075 * mood.intent));
  if (!goesOn(0.58)) return result;
  open("checkout.html", "Checkout");
  wait(0.3);
  tell({ kind: "begin_checkout", url, ...asFields(lines) });
  if (!goesOn(0.78)) return result;
  wait(55);
  const customer = mood.customer();
  tell({ kind: "identify", url, customer: customer.id, email: customer.email });
  tell({ kind: "add_shipping_info", url, ...asFields(lines) });
  if (!goesOn(0.88)) return result;
  wait(45);
  tell({ kind: "add_payment_info", url, ...asFields(lines) });
  if (!goesOn(0.9)) return result;

  // Paying happens on another host; coming back from there is no new source.
  wait(50);
  const number = mood.orderNumber();
  url = `${HOME}/thanks.html?order=${number}`;
  tell({ kind: "page_view", url, referrer: pick(random, PAYMENT_HOSTS), title: "Thank you" });
  wait(0.5);
  const fields = asFields(lines);
  tell({ kind: "purchase", url, order: number, ...fields });
  result.hasOrdered = true;
  result.order = { number, value: fields.value };
  result.cart = [];
  return result;
}

function titleOf(page: string): string {
  return (
    PIECES.find((piece) => piece.page === page)?.name ??
    (page === "journal.html" ? "Journal" : "Kettle & Cup")
  );
}

/** Items and their sum as they travel; cents are added as whole numbers. */
export function asFields(
  lines: readonly Line[],
): Pick<WireTouchpoint, "items" | "currency"> & { value: string } {
  const cents = lines.reduce(
    (sum, { piece, quantity }) => sum + Number(piece.price.replace(".", "")) * quantity,
    0,
  );
  return {
    items: lines.map(({ piece: { id, name, category, price }, quantity }) => ({
      id,
      name,
      category,
      price,
      quantity,
    })),
    value: (cents / 100).toFixed(2),
    currency: CURRENCY,
  };
}
