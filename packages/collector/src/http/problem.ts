/**
 * Errors as RFC 9457 problem documents: a stable code, what was wrong, and what to do next. Never the visitor's data.
 */
import { SojournError } from "../errors.ts";
import type { RefusalReason } from "../ingest/refusals.ts";

export interface Problem {
  type: "about:blank";
  title: string;
  status: number;
  code: string;
  /** The parameter or field it is about. */
  param?: string;
  hint?: string;
  request_id?: string;
}

const STATUS: Partial<Record<SojournError["code"], number>> = {
  bad_input: 400,
  bad_model: 400,
  bad_usage: 400,
  bad_config: 400,
  conflict: 409,
  forbidden: 403,
  not_found: 404,
  password_needed: 401,
  store_busy: 503,
  store_damaged: 503,
  store_full: 503,
  store_newer: 503,
  store_unwritable: 503,
  too_many_tries: 429,
  unauthorized: 401,
  unavailable: 503,
};

export function problemOf(error: unknown): Problem {
  if (error instanceof SojournError) {
    const status = STATUS[error.code] ?? 500;
    return {
      type: "about:blank",
      title: error.message,
      status,
      code: error.code,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  return { type: "about:blank", title: "Something went wrong on our side", status: 500, code: "internal" };
}

/** What a refusal means and what the sender can do. */
export const REFUSAL_HINTS: Record<RefusalReason, string> = {
  bad_json: "The body is no JSON. Send the beacon of wire version 1 as text/plain.",
  bad_beacon: "The envelope has another shape. Needed: v, site, sentAt, visitor, touchpoints (1 to 50).",
  bad_touchpoint: "A field has the wrong type or is too long; path names it.",
  bad_currency: "Use an ISO 4217 code such as EUR.",
  bad_value: "Use a decimal amount without more digits than the currency has, not negative.",
  id_missing: "Every touchpoint needs an id that stays the same through retries.",
  identify_empty: "identify needs a customer, an email hash, traits or aliases.",
  order_missing: "purchase, refund and cancel_order need the order number.",
  origin_not_allowed:
    "Add the page's origin to the site: sojourn site set <id> --origin https://shop.example",
  overloaded: "The collector is behind. Send it again after Retry-After seconds.",
  rate_limited: "Too many requests. Send it again after Retry-After seconds.",
  score_out_of_range: "csat scores go from 1 to 5, nps scores from 0 to 10.",
  survey_missing: "survey_response needs survey (nps or csat) and score.",
  too_large: "A beacon may have 64 KiB, a server's call 1 MiB.",
  too_many: "A beacon may carry 50 touchpoints, a server's call 1,000.",
  unknown_site: "There is no site with this id. Make it: sojourn site add <id>",
  unknown_version: "This collector knows wire version 1.",
  visitor_forgotten: "This visitor asked to be forgotten.",
  visitor_missing: "Name the visitor or the customer.",
};
