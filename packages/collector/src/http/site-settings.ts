/**
 * The shape of site settings as they come from outside.
 */
import { z } from "zod";
import { parseMinor } from "../domain/money.ts";
import type { SiteSettings } from "../domain/site.ts";
import { parseOperatorRules } from "../domain/source/operator-rules.ts";
import { zoneOf } from "../domain/zone.ts";

export const siteId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "use a to z, 0 to 9, dot, dash, underscore");

const zone = z.string().refine((name) => {
  try {
    zoneOf(name);
    return true;
  } catch {
    return false;
  }
}, "use an IANA time zone such as Europe/Berlin");

const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    "use an origin such as https://shop.example",
  );

const schema = z.strictObject({
  name: z.string().max(100).optional(),
  origins: z.array(origin).max(100).optional(),
  hosts: z.array(z.string().max(253)).max(100).optional(),
  zone: zone.optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .refine((code) => parseMinor(0, code) !== undefined, "use an ISO 4217 code such as EUR")
    .optional(),
  rates: z
    .record(
      z.string().regex(/^[A-Z]{3}$/, "name currencies by their ISO 4217 code, such as USD"),
      z.number().positive().max(1e9),
    )
    .optional(),
  maxAgeDays: z.number().int().min(1).max(3_650).optional(),
  /** 0: for ever. */
  retentionDays: z.number().int().min(0).max(3_650).optional(),
  cookieDomain: z
    .string()
    .regex(/^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,252}\.[a-z]{2,63}$/, "use a domain such as shop.example")
    .or(z.literal(""))
    .optional(),
  countsRobots: z.boolean().optional(),
  countsSpam: z.boolean().optional(),
  countsOwn: z.boolean().optional(),
  profile: z.enum(["default", "ga4"]).optional(),
  rules: z
    .unknown()
    .transform((raw) => [...parseOperatorRules(raw)])
    .optional(),
  model: z.string().max(100).optional(),
  leadScore: z.number().min(0).max(1e6).optional(),
  surveyDays: z.number().int().min(0).max(365).optional(),
});

type Loose = { [K in keyof SiteSettings]?: SiteSettings[K] | undefined };

/** Settings to be merged over the present ones; only what is named changes. */
export const siteSettings = schema.transform((parsed): Partial<SiteSettings> => {
  // Stops compiling when the schema and the settings drift apart.
  const named: Loose = parsed;
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
});

/** A new site: its id beside its settings. */
export const newSite = z.object({ id: siteId, settings: siteSettings.default({}) });
