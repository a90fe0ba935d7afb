/**
 * Why something was refused, as stable codes.
 */

/** Why something was refused. Stable codes, counted in `/metrics`. */
export const REFUSAL_REASONS = [
  "bad_json",
  "bad_beacon",
  "bad_touchpoint",
  "bad_currency",
  "bad_value",
  "id_missing",
  "identify_empty",
  "order_missing",
  "origin_not_allowed",
  "overloaded",
  "rate_limited",
  "score_out_of_range",
  "survey_missing",
  "too_large",
  "too_many",
  "unknown_site",
  "unknown_version",
  "visitor_forgotten",
  "visitor_missing",
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];
