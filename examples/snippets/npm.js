/**
 * Sojourn in a bundle: one module of your own that starts it, and exports the calls to the rest.
 */
import { markup, start } from "@sojourn/sdk";

export const sojourn = start({
  site: "shop",
  endpoint: "https://stats.shop.example",
  // With a consent banner: "pending" holds everything in memory until sojourn.consent("granted" or "denied").
  consent: "granted",
});

// Optional, and only then in your bundle: data-sojourn attributes.
markup();

/** Call it where the order is confirmed. */
export function orderPlaced(order) {
  sojourn.purchase({ order: order.number, value: order.total, currency: order.currency });
}
