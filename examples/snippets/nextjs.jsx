/**
 * Next.js (App Router): put <Sojourn /> into app/layout.jsx. Navigation counts by itself, on every client transition.
 *
 * On the server nothing happens; in the browser it starts once, because modules are loaded once.
 */
"use client";

import { start } from "@sojourn/sdk";

export const sojourn = start({
  site: process.env.NEXT_PUBLIC_SOJOURN_SITE,
  endpoint: process.env.NEXT_PUBLIC_SOJOURN_ENDPOINT,
});

export function Sojourn() {
  return null;
}
