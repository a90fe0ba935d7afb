/**
 * What each key figure is measured in, which direction is good, and what it means. Data only.
 */
import type { FigureId, FigureUnit } from "./kpis.ts";

export interface FigureShape {
  unit: FigureUnit;
  good: "up" | "down" | null;
  label: string;
  /** How it is worked out, in a sentence; for documentation and terminals. */
  means: string;
}

export const FIGURE_SHAPES: Readonly<Record<FigureId, FigureShape>> = {
  visitors: { unit: "people", good: "up", label: "Visitors", means: "People with a touch in the period." },
  sign_ups: {
    unit: "people",
    good: "up",
    label: "Sign-ups",
    means: "People who signed up: account, newsletter, lead or trial.",
  },
  new_customers: {
    unit: "people",
    good: "up",
    label: "New customers",
    means: "People whose first order that counts lies in the period.",
  },
  revenue: { unit: "money", good: "up", label: "Revenue", means: "Orders that count, net of refunds." },
  repeat_rate: {
    unit: "rate",
    good: "up",
    label: "Repeat-order rate",
    means: "Of the people who ordered, those for whom it was not only their first order.",
  },
  cac: {
    unit: "money",
    good: "down",
    label: "Cost per new customer",
    means: "Cost of the period / new customers.",
  },
  new_visitors: { unit: "people", good: "up", label: "New visitors", means: "People first heard of." },
  visits: { unit: "count", good: "up", label: "Visits", means: "Visits that began in the period." },
  buyers: { unit: "people", good: "up", label: "Buyers", means: "People with an order that counts." },
  orders: { unit: "count", good: "up", label: "Orders", means: "Orders that count." },
  order_value: {
    unit: "money",
    good: "up",
    label: "Order value",
    means: "Revenue / orders; wholly refunded orders are in neither.",
  },
  sign_up_rate: { unit: "rate", good: "up", label: "Sign-up rate", means: "Sign-ups / visitors." },
  customer_rate: { unit: "rate", good: "up", label: "Customer rate", means: "New customers / visitors." },
  cost: { unit: "money", good: null, label: "Cost", means: "Costs entered for the period." },
  roas: { unit: "ratio", good: "up", label: "Return on spend", means: "Revenue / cost." },
  retention_rate: {
    unit: "rate",
    good: "up",
    label: "Retention",
    means:
      "Customers in the base at the start and at the end / at the start. The base: stages of customers that are not quiet.",
  },
  churn_rate: { unit: "rate", good: "down", label: "Churn", means: "1 - retention." },
  reactivation_rate: {
    unit: "rate",
    good: "up",
    label: "Reactivation",
    means: "People quiet at the start who came back in the period / people quiet at the start.",
  },
  days_to_first_order: {
    unit: "days",
    good: "down",
    label: "Days to first order",
    means: "Median from first touchpoint to first order, of first orders in the period.",
  },
  days_to_second_order: {
    unit: "days",
    good: "down",
    label: "Days to second order",
    means:
      "Median from first to second order, of second orders in the period; notYet: customers with one order.",
  },
  cart_abandonment: {
    unit: "rate",
    good: "down",
    label: "Cart abandonment",
    means: "Carts closed without an order / carts closed (by an order, or 24 hours after the last change).",
  },
  value_left_in_carts: {
    unit: "money",
    good: "down",
    label: "Left in carts",
    means: "Value of the carts closed without an order.",
  },
  nps: {
    unit: "points",
    good: "up",
    label: "NPS",
    means: "Share of 9 and 10 less share of 0 to 6, times 100; latest answer per person in the period.",
  },
  csat: {
    unit: "rate",
    good: "up",
    label: "CSAT",
    means: "Share of answers of 4 and 5; latest answer per person in the period.",
  },
  engagement: {
    unit: "rate",
    good: "up",
    label: "Engagement",
    means: "People who did more than look at pages / people who did anything.",
  },
  stickiness: {
    unit: "rate",
    good: "up",
    label: "Stickiness",
    means: "Mean visitors per day / visitors of the period.",
  },
  focus: {
    unit: "ratio",
    good: null,
    label: "Focus",
    means: "Page views per visit / pages of the site (parameter pages).",
  },
  freshness: {
    unit: "ratio",
    good: "up",
    label: "Freshness",
    means: "Changes of content in the period (parameter contentChanges) / visits per visitor.",
  },
  personalisation: {
    unit: "rate",
    good: "up",
    label: "Personalisation",
    means: "Profile fields used / profile fields collected (parameters profileUsed, profileCollected).",
  },
  clv: {
    unit: "money",
    good: "up",
    label: "Customer value",
    means:
      "Yearly profit per customer x years - cost per new customer; needs margin. Years: 1 / yearly churn.",
  },
};
