/**
 * Carries the visitor into other systems: a shop's cart, a form, an alias. An entry of its own, so that nobody pays for it
 * who does not call it.
 *
 * Every helper asks the tracker for the visitor id, which there is none of without consent and in cookieless mode; then
 * nothing is stored, sent or changed. None of them throws.
 */
import type { Sojourn } from "./surface.ts";

/** What the helpers need of a tracker: what `start` answered, or the script tag's global. */
export type VisitorSource = Pick<Sojourn, "visitor" | "identify">;

/** The name under which carts, forms and payments carry the visitor id; connectors look for it. */
const FIELD = "sojourn_visitor";

const tracker = (given?: VisitorSource): VisitorSource | undefined =>
  given || (window as { sojourn?: VisitorSource }).sojourn;

/** The visitor, or nothing: no tracker, no consent, no storage. */
const visitorOf = (given?: VisitorSource): string | undefined => {
  try {
    return tracker(given)?.visitor?.();
  } catch {
    return; // Another script has the tracker's name.
  }
};

const underWay = new Set<string>();

/**
 * Does something once a visit of this tab, and again when what it depends on has changed.
 * @param about what it depends on; asked again afterwards, for the work may change it
 * @param work true when it is done
 */
const oncePerVisit = async (
  name: string,
  about: () => string,
  work: () => Promise<boolean>,
): Promise<boolean> => {
  if (underWay.has(name)) return false;
  underWay.add(name);
  try {
    if (sessionStorage.getItem(name) === about() || !(await work())) return false;
    sessionStorage.setItem(name, about());
    return true;
  } catch {
    return false; // No network, or storage that is closed: the next page tries again.
  } finally {
    underWay.delete(name);
  }
};

/** Shopify's own name of the cart: a new cart after an order is told again. */
const cartCookie = (): string => /(?:^|; )cart=([^;]*)/.exec(document.cookie)?.[1] ?? "";

/**
 * Shopify: writes the visitor id into the cart, so that the order carries it. Resolves to true when it was written, and to
 * false when there was nothing to do. Call it on every page; it asks the shop once a visit and cart.
 *
 * ```ts
 * import { shopifyCart } from "@sojourn/sdk/shops";
 * shopifyCart(sojourn);
 * ```
 */
export const shopifyCart = async (given?: VisitorSource): Promise<boolean> => {
  const visitor = visitorOf(given);
  if (!visitor) return false;
  const root = (window as { Shopify?: { routes?: { root?: string } } }).Shopify?.routes?.root || "/";
  return oncePerVisit(
    "sj_cart",
    () => `${visitor} ${cartCookie()}`,
    async () => {
      const { ok } = await fetch(`${root}cart/update.js`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ attributes: { [FIELD]: visitor } }),
      });
      return ok;
    },
  );
};

/**
 * Typeform: the link with the visitor id as a hidden field, which the form must have under the name `sojourn_visitor`.
 * Without consent, and for what is no address, the link as it was given.
 *
 * ```ts
 * typeformLink("https://form.typeform.com/to/lT4Z3j"); // "https://form.typeform.com/to/lT4Z3j#sojourn_visitor=0199…"
 * ```
 */
export const typeformLink = (link: string, given?: VisitorSource): string => {
  const visitor = visitorOf(given);
  if (!visitor) return link;
  try {
    const url = new URL(link, location.href);
    const fields = new URLSearchParams(url.hash.slice(1));
    fields.set(FIELD, visitor);
    url.hash = `${fields}`;
    return url.href;
  } catch {
    return link;
  }
};

/**
 * BigCommerce, and every shop that knows a cart by an id: names the cart as an alias of this browser, so that an order
 * with that cart is this visitor's. Without an id BigCommerce's storefront is asked for its cart. Once a visit and cart;
 * resolves to true when the alias was recorded.
 */
export const cartAlias = async (cart?: string, given?: VisitorSource): Promise<boolean> => {
  const visitor = visitorOf(given);
  if (!visitor) return false;
  const id = cart || (await storefrontCart());
  if (!id) return false;
  return oncePerVisit(
    "sj_alias",
    () => `${visitor} ${id}`,
    async () => {
      tracker(given)?.identify(undefined, { aliases: [`cart:${id}`] });
      return true;
    },
  );
};

/** The id of BigCommerce's current cart; undefined when there is none. */
const storefrontCart = async (): Promise<string | undefined> => {
  try {
    const answer = await fetch("/api/storefront/carts", { credentials: "same-origin" });
    const carts = answer.ok ? ((await answer.json()) as { id?: unknown }[]) : [];
    const id = carts[0]?.id;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined; // Another shop system, or no network.
  }
};
