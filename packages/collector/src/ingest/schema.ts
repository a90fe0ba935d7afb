/**
 * The shape of what arrives, as zod schemas built from the shared vocabulary.
 *
 * Unknown keys are dropped and objects are rebuilt from known keys only, so nothing like `__proto__` reaches a merge.
 * Lengths of display text are cut afterwards; identifiers beyond their limit are refused here.
 */
import {
  type Beacon,
  CUSTOM_KIND,
  LIMITS,
  SURVEYS,
  WIRE_VERSION,
  type WireItem,
  type WireTouchpoint,
} from "@sojourn/sdk/wire";
import { z } from "zod";
import { isPlainIdentifier } from "./text.ts";

const identifier = (max: number, min = 1) => z.string().min(min).max(max).refine(isPlainIdentifier);
const money = z.union([z.number(), z.string().max(32)]);
const epochMs = z.number().int().min(0).max(8_640_000_000_000_000);
const text = z.string();

/** Flat values under bounded keys; what does not fit the limits is cut by the caller, what is not flat is refused. */
const flat = z.record(z.string().max(LIMITS.propKeyMax), z.union([z.string(), z.number(), z.boolean()]));

const item = z.object({
  id: text.optional(),
  name: text.optional(),
  brand: text.optional(),
  category: text.optional(),
  variant: text.optional(),
  price: money.optional(),
  quantity: z.number().min(0).max(1_000_000).optional(),
});

const KIND = new RegExp(CUSTOM_KIND);

export const touchpointSchema = z.object({
  id: identifier(LIMITS.idMax, LIMITS.idMin),
  at: epochMs,
  kind: z.string().regex(KIND),
  url: text.optional(),
  referrer: text.optional(),
  title: text.optional(),
  visit: z.literal(true).optional(),
  items: z.array(item).max(LIMITS.items).optional(),
  value: money.optional(),
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/)
    .optional(),
  order: identifier(LIMITS.orderMax).optional(),
  tax: money.optional(),
  shipping: money.optional(),
  coupon: text.optional(),
  list: text.optional(),
  query: text.optional(),
  rating: z.number().int().min(1).max(5).optional(),
  referral: text.optional(),
  survey: z.enum(SURVEYS).optional(),
  score: z.number().min(0).max(10).optional(),
  customer: identifier(LIMITS.customerMax).optional(),
  email: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  traits: flat.optional(),
  aliases: z.array(identifier(LIMITS.aliasMax)).max(LIMITS.aliases).optional(),
  props: flat.optional(),
});

/** What a server sends per touchpoint: the browser's shape, plus who it was. `at` defaults to the arrival. */
export const serverTouchpointSchema = touchpointSchema.extend({
  // A shop's own numbers are short; only a browser's ids must be long enough never to meet by chance.
  id: identifier(LIMITS.idMax).optional(),
  at: z.union([epochMs, z.iso.datetime({ offset: true })]).optional(),
  visitor: identifier(LIMITS.visitorMax).optional(),
});

const SERVER_VISITOR =
  /^(customer|order|checkout|cart|ticket|typeform|hubspot|zendesk|insightly|omnisend|ga):/;

/** Who a server says it was, for all touchpoints of a call. */
export const visitorSchema = identifier(LIMITS.visitorMax);

/** The envelope; its touchpoints are checked one by one, so that a bad one does not take its neighbours with it. */
export const envelopeSchema = z.object({
  v: z.literal(WIRE_VERSION),
  site: identifier(LIMITS.siteMax),
  sentAt: epochMs,
  // These names are a server's: a browser that used one would write into somebody's history.
  visitor: identifier(LIMITS.visitorMax, 8)
    .refine((id) => !SERVER_VISITOR.test(id))
    .optional(),
  own: z.literal(true).optional(),
  robot: z.literal(true).optional(),
  touchpoints: z.array(z.unknown()).min(1).max(LIMITS.touchpointsPerBeacon),
});

// The schemas and the published types say the same thing: this stops compiling when they drift apart.
type Loose<T> = { [K in keyof T]: T[K] | undefined };
type _Item = z.infer<typeof item> extends Loose<WireItem> ? true : never;
type _Touchpoint =
  Omit<z.infer<typeof touchpointSchema>, "items"> extends Loose<Omit<WireTouchpoint, "items">> ? true : never;
type _Envelope =
  Omit<Beacon, "touchpoints"> extends Loose<Omit<z.infer<typeof envelopeSchema>, "touchpoints">>
    ? true
    : never;
true satisfies _Item & _Touchpoint & _Envelope;
