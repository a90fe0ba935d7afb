/**
 * Recognises beacons and touchpoints that are plainly in order, so that nearly all need not go through the schema.
 *
 * The schema (`schema.ts`) is what decides: this only says "certainly right, and as it stands" of what has nothing but
 * common fields in their simplest form, and a property test holds it to that. Checking by schema rebuilds every object
 * (measured: a tenth of what keeping a touchpoint costs, and a quarter of the memory it goes through).
 */
import { type Beacon, CUSTOM_KIND, LIMITS, WIRE_VERSION, type WireTouchpoint } from "@sojourn/sdk/wire";
import { isPlainIdentifier } from "./text.ts";

const KIND = new RegExp(CUSTOM_KIND);
const CURRENCY = /^[A-Za-z]{3}$/;
// Without a colon nothing is one of the names that only servers give.
const VISITOR = /^[A-Za-z0-9_-]{8,64}$/;
const SITE = /^[A-Za-z0-9_-]{1,64}$/;
const LATEST = 8_640_000_000_000_000;

/** A beacon's envelope whose touchpoints are still to be looked at. */
export function isPlainEnvelope(
  value: unknown,
): value is Omit<Beacon, "touchpoints"> & { touchpoints: unknown[] } {
  if (typeof value !== "object" || value === null) return false;
  let seen = 0;
  for (const name in value) {
    const field = (value as Record<string, unknown>)[name];
    switch (name) {
      case "v":
        if (field !== WIRE_VERSION) return false;
        seen |= 1;
        break;
      case "site":
        if (typeof field !== "string" || !SITE.test(field)) return false;
        seen |= 2;
        break;
      case "sentAt":
        if (!isTime(field)) return false;
        seen |= 4;
        break;
      case "touchpoints":
        if (!Array.isArray(field) || field.length < 1 || field.length > LIMITS.touchpointsPerBeacon)
          return false;
        seen |= 8;
        break;
      case "visitor":
        if (typeof field !== "string" || !VISITOR.test(field)) return false;
        break;
      case "own":
      case "robot":
        if (field !== true) return false;
        break;
      default:
        return false;
    }
  }
  return seen === 15;
}

/** A touchpoint with none but the common fields. */
export function isPlainTouchpoint(value: unknown): value is WireTouchpoint {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  let seen = 0;
  for (const name in value) {
    const field = (value as Record<string, unknown>)[name];
    switch (name) {
      case "id":
        if (typeof field !== "string" || field.length < LIMITS.idMin || field.length > LIMITS.idMax)
          return false;
        if (!isPlainIdentifier(field)) return false;
        seen |= 1;
        break;
      case "at":
        if (!isTime(field)) return false;
        seen |= 2;
        break;
      case "kind":
        if (typeof field !== "string" || !KIND.test(field)) return false;
        seen |= 4;
        break;
      case "url":
      case "referrer":
      case "title":
      case "coupon":
      case "list":
      case "query":
        if (typeof field !== "string") return false;
        break;
      case "visit":
        if (field !== true) return false;
        break;
      case "value":
        if (!isAmount(field)) return false;
        break;
      case "currency":
        if (typeof field !== "string" || !CURRENCY.test(field)) return false;
        break;
      case "order":
        if (typeof field !== "string" || field === "" || field.length > LIMITS.orderMax) return false;
        if (!isPlainIdentifier(field)) return false;
        break;
      case "items":
        if (!Array.isArray(field) || field.length > LIMITS.items || !field.every(isPlainItem)) return false;
        break;
      default:
        return false;
    }
  }
  return seen === 7;
}

function isPlainItem(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  for (const name in value) {
    const field = (value as Record<string, unknown>)[name];
    switch (name) {
      case "id":
      case "name":
      case "brand":
      case "category":
      case "variant":
        if (typeof field !== "string") return false;
        break;
      case "price":
        if (!isAmount(field)) return false;
        break;
      case "quantity":
        if (typeof field !== "number" || !(field >= 0 && field <= 1_000_000)) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

const isTime = (value: unknown): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= LATEST;

const isAmount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
