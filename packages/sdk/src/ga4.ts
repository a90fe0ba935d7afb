/**
 * Reads the e-commerce events a site already pushes to `dataLayer`, in Tag Manager's and in gtag's way.
 *
 * Only ever looks: the page's array keeps its order, its contents and what its own `push` answers. Entries are read
 * once each, past ones first; a `dataLayer` replaced later is found again at the next click or when the page is left.
 */
import type { Extra } from "./surface.ts";

type Entry = Record<string, unknown>;

/** GA4 events with a meaning here. `page_view` is not among them: the tracker counts those itself. */
const KNOWN =
  /^(view_(item|item_list|cart|search_results)|search|add_to_(cart|wishlist)|remove_from_cart|begin_checkout|add_(shipping|payment)_info|purchase|refund|sign_up|login|generate_lead|share)$/;
/** Of these, the ones that Tag Manager's persistent `ecommerce` object belongs to. */
const COMMERCE = /item|cart|checkout|_info|purchase|refund|wishlist/;
/** Marks of Universal Analytics' enhanced e-commerce. Guessing at it would count wrong money. */
const UNIVERSAL =
  /^(add|remove|detail|checkout|checkout_option|click|purchase|refund|impressions|currencyCode)$/;
const ITEM_FIELDS = ["id", "name", "brand", "category", "variant", "price", "quantity"];

const toItem = (item: Entry) =>
  Object.fromEntries(ITEM_FIELDS.map((name) => [name, item[`item_${name}`] ?? item[name]]));

export const ga4: Extra = (record, log, options) => {
  if (!options.ga4) return;
  const name = options.ga4 === true ? "dataLayer" : options.ga4;
  const page = window as unknown as Record<string, unknown>;
  const seen = new WeakSet<object>();
  let watched: unknown;
  let model: Entry = {};

  const read = (entry: Entry) => {
    if (seen.has(entry)) return;
    seen.add(entry);
    let event = `${entry.event}`;
    let data = entry;
    if (entry[0] === "event") {
      event = `${entry[1]}`;
      data = (entry[2] ?? {}) as Entry;
    } else {
      const { ecommerce } = entry as { ecommerce?: Entry | null };
      if (Object.keys(ecommerce ?? {}).some((key) => UNIVERSAL.test(key)))
        return log("refused: Universal Analytics shape, push GA4's ecommerce.items", entry);
      // As in Tag Manager: ecommerce stays for later events until it is pushed as null.
      if (ecommerce !== undefined) model = ecommerce ? { ...model, ...ecommerce } : {};
      if (COMMERCE.test(event)) data = { ...entry, ...model };
    }
    if (!KNOWN.test(event)) return;
    const { items, value, currency, tax, shipping, coupon } = data;
    const isRefund = event === "refund";
    // Without its amount, a refund of some items would read as a refund of the whole order.
    if (isRefund && items && value == null) return log("refused: refund of items without value", entry);
    record(event === "view_search_results" ? "search" : event, {
      order: data.transaction_id,
      query: data.search_term,
      list: data.item_list_name,
      value,
      currency,
      tax,
      shipping,
      coupon,
      items: isRefund ? undefined : (items as Entry[] | undefined)?.map(toItem),
    });
  };

  const readSafely = (entry: unknown) => {
    try {
      read(entry as Entry);
    } catch (reason) {
      log("data layer entry not understood", reason);
    }
  };

  const watch = () => {
    try {
      page[name] ??= [];
      const layer = page[name] as unknown[];
      layer.forEach(readSafely);
      if (layer === watched) return;
      watched = layer;
      const { push } = layer;
      Object.defineProperty(layer, "push", {
        configurable: true,
        writable: true,
        value(this: unknown[], ...entries: unknown[]) {
          const result = push.apply(this, entries);
          entries.forEach(readSafely);
          return result;
        },
      });
    } catch (reason) {
      log("data layer not watched", reason);
    }
  };
  watch();
  for (const type of ["click", "load", "pagehide"]) addEventListener(type, watch, true);
};
