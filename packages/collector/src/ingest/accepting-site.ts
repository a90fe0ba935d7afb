/**
 * What the door must know of a site, from the site's settings.
 */
import type { SiteSettings } from "../domain/site.ts";
import type { AcceptingSite } from "./accept.ts";

const DAY_MS = 86_400_000;

export const acceptingSite = (key: number, id: string, settings: SiteSettings): AcceptingSite => ({
  key,
  id,
  origins: settings.origins,
  currency: settings.currency,
  maxAgeMs: settings.maxAgeDays * DAY_MS,
  countsRobots: settings.countsRobots,
});
