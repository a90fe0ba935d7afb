/**
 * Reads the e-commerce events a site already pushes to `dataLayer`, in Tag Manager's and in gtag's way.
 *
 * Only ever looks: the page's array keeps its order, its contents and what its own `push` answers. Entries are read
 * once each, past ones first; a `dataLayer` replaced later is found again at the next click or when the page is left.
 */
import { record } from "./record.ts";
import { log } from "./settings.ts";

declare global {
  interface Window {
    dataLayer?: unknown[];
  }
}

type Entry = Record<string, unknown>;

/** Events that Tag Manager's persistent `ecommerce` object belongs to. */
const COMMERCE = /^[a-z_]*(item|cart|wish|checkout|_info|purchase|refund)[a-z_]*$/;

/** Records what is and will be in `dataLayer`, which is made if it is not there yet. */
export const ga4 = (): void => {
  const seen = new WeakSet<object>();
  let model: Entry = {};

  const read = (entry: unknown) => {
    try {
      if (seen.has(entry as Entry)) return;
      seen.add(entry as Entry);
      let { event, ecommerce, ...data } = entry as { event: string; ecommerce?: Entry } & Entry;
      if (data[0] === "event") {
        event = data[1] as string;
        data = (data[2] ?? data) as Entry;
      } else {
        // As in Tag Manager: what was pushed stays for later events, until ecommerce is pushed as null.
        model = ecommerce === null ? {} : { ...model, ...ecommerce };
        data = { ...data, ...model };
      }
      const { items, value, currency, tax, shipping, coupon } = data;
      if (!COMMERCE.test(event)) return;
      const lines = JSON.stringify(items ?? data);
      // Universal Analytics' shape, or a refund that would read as one of the whole order: guessing would count wrong money.
      if (/"(products|impressions)":/.test(lines) || (event === "refund" && items && !value))
        return log("refused", entry);
      record(event, {
        order: data.transaction_id,
        items: items && JSON.parse(lines.replace(/"item_(\w+":)/g, '"$1')),
        // As in GA4: what an item says goes before what the event says.
        list: (items as Entry[] | undefined)?.[0]?.item_list_name ?? data.item_list_name,
        value,
        currency,
        tax,
        shipping,
        coupon,
      });
    } catch (reason) {
      log(reason);
    }
  };

  const watch = () => {
    try {
      window.dataLayer ??= [];
      const layer = window.dataLayer;
      layer.forEach(read);
      if (seen.has(layer)) return;
      seen.add(layer);
      const { push } = layer;
      Object.defineProperty(layer, "push", {
        configurable: true,
        writable: true,
        value(this: unknown[], ...entries: unknown[]) {
          const result = push.apply(this, entries);
          entries.forEach(read);
          return result;
        },
      });
    } catch (reason) {
      log(reason);
    }
  };
  watch();
  for (const type of ["click", "pagehide"]) addEventListener(type, watch, true);
};
