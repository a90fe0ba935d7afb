/**
 * Stripe: payments by Checkout, paid invoices and refunds, from its events.
 *
 * Shapes from Stripe's API reference (November 2026); never tried against a live account. An invoice's refund names its
 * payment, not the invoice: it meets its order only where the invoice names the payment too (API versions before 2025).
 */
import { formatMinor } from "../../domain/money.ts";
import type { Connector, ConnectorOptions, Draft, Mapped, Verdict, Who } from "../connector.ts";
import { emailHash, type Fields, fieldsOf, jsonOf, Unreadable } from "../fields.ts";
import { orderAlias } from "../identify.ts";
import { ruleFor, visitorAt, withRule } from "../map.ts";
import { currencyOf, stripeMinor } from "../money.ts";
import { hmac, isFresh, isSameText } from "../signature.ts";

const VISITOR = ["client_reference_id", "metadata.sojourn_visitor"];

export const stripe: Connector = {
  system: "stripe",
  isShop: true,
  keeps: [],
  host: "https://api.stripe.com",
  signIn: (token) => ({ authorization: `Bearer ${token}` }),
  probe: () => ({ name: "probe", method: "GET", path: "/v1/events?limit=1" }),

  verify({ headers, body }, secrets, now): Verdict {
    const header = headers["stripe-signature"];
    if (header === undefined) return { refused: "signature_missing" };
    const entries = header.split(",").map((entry) => entry.trim().split("=") as [string, string?]);
    const time = entries.find(([name]) => name === "t")?.[1];
    const given = entries.flatMap(([name, value]) => (name === "v1" && value !== undefined ? [value] : []));
    if (time === undefined || !/^\d{1,12}$/.test(time) || given.length === 0)
      return { refused: "signature_missing" };
    const isGenuine = secrets.some((secret) => {
      // The whole text of the secret is the key, whsec_ included.
      const expected = hmac([`${time}.`, body], secret, "hex");
      return given.filter((one) => isSameText(one, expected)).length > 0;
    });
    if (!isGenuine) return { refused: "signature_wrong" };
    return isFresh(Number(time) * 1_000, now) ? "genuine" : { refused: "too_old" };
  },

  map(delivery, options) {
    const event = fieldsOf(jsonOf(delivery.text));
    const type = event.text("type");
    const rule = ruleFor(type, event.raw, options);
    if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
    if (event.raw["livemode"] === false) return { kind: "ignored", reason: "test" };
    const mapped = mapEvent(type, event.child("data").child("object"), options);
    return mapped.kind === "mapped" && rule !== undefined
      ? { ...mapped, drafts: withRule(mapped.drafts, rule) }
      : mapped;
  },
};

function mapEvent(type: string, object: Fields, options: ConnectorOptions): Mapped {
  switch (type) {
    case "checkout.session.completed":
    case "checkout.session.async_payment_succeeded":
      return mapSession(object, options);
    case "invoice.paid":
      return mapInvoice(object, options);
    case "refund.created":
    case "refund.updated":
      return mapRefund(object, options);
    // It says the sum of all refunds so far; refund.created says each once.
    case "charge.refunded":
      return { kind: "ignored", reason: "duplicate_topic" };
    default:
      return { kind: "ignored", reason: "other_topic" };
  }
}

function mapSession(session: Fields, options: ConnectorOptions): Mapped {
  // A subscription's money comes with its invoices.
  if (session.text("mode") !== "payment") return { kind: "ignored", reason: "duplicate_topic" };
  const status = session.text("payment_status");
  if (status !== "paid" && status !== "no_payment_required") return { kind: "ignored", reason: "not_paid" };
  const id = session.text("id");
  const order = referenceOf(session, "payment_intent") ?? id;
  const details = session.maybeChild("customer_details");
  return purchase(order, session, "amount_total", options, {
    ...whoOf(session, options, details?.maybeText("email") ?? session.maybeText("customer_email")),
    aliases: [orderAlias(`${options.orderPrefix}${id}`)],
  });
}

function mapInvoice(invoice: Fields, options: ConnectorOptions): Mapped {
  if (amountOf(invoice, "amount_paid") === 0) return { kind: "ignored", reason: "empty" };
  const order = referenceOf(invoice, "payment_intent") ?? invoice.text("id");
  const number = invoice.maybeText("number");
  return purchase(order, invoice, "amount_paid", options, {
    ...whoOf(invoice, options, invoice.maybeText("customer_email")),
    aliases: number === undefined ? [] : [orderAlias(`${options.orderPrefix}${number}`)],
  });
}

function purchase(key: string, object: Fields, amount: string, options: ConnectorOptions, who: Who): Mapped {
  const at = secondsOf(object, "created");
  const currency = mustCurrency(object);
  const order = `${options.orderPrefix}${key}`;
  const draft: Draft = {
    kind: "purchase",
    idKind: "order",
    key,
    madeAt: at,
    at,
    self: `order:${order}`,
    who,
    fields: { order, value: formatMinor(amountOf(object, amount), currency), currency },
  };
  return { kind: "mapped", drafts: [draft] };
}

function mapRefund(refund: Fields, options: ConnectorOptions): Mapped {
  if (refund.maybeText("status") !== "succeeded") return { kind: "ignored", reason: "unfinished" };
  const paid = referenceOf(refund, "payment_intent") ?? referenceOf(refund, "charge");
  if (paid === undefined) throw new Unreadable(refund.at("payment_intent"));
  const at = secondsOf(refund, "created");
  const currency = mustCurrency(refund);
  const order = `${options.orderPrefix}${paid}`;
  const draft: Draft = {
    kind: "refund",
    idKind: "refund",
    key: refund.text("id"),
    madeAt: at,
    at,
    self: `order:${order}`,
    who: {},
    fields: { order, value: formatMinor(amountOf(refund, "amount"), currency), currency },
  };
  return { kind: "mapped", drafts: [draft] };
}

/** An id, or the id of the object that was expanded in its place. */
function referenceOf(object: Fields, name: string): string | undefined {
  const value = object.raw[name];
  return typeof value === "object" && value !== null ? object.child(name).text("id") : object.maybeText(name);
}

function whoOf(object: Fields, options: ConnectorOptions, address: string | undefined): Who {
  const customer = referenceOf(object, "customer");
  const email = emailHash(address);
  return {
    ...visitorAt(object.raw, options, VISITOR),
    ...(customer === undefined ? {} : { customer: `${options.customers}:${customer}` }),
    ...(email === undefined ? {} : { email }),
  };
}

const secondsOf = (object: Fields, name: string): number => object.number(name) * 1_000;

function mustCurrency(object: Fields): string {
  const currency = currencyOf(object.text("currency"));
  if (currency === undefined) throw new Unreadable(object.at("currency"));
  return currency;
}

function amountOf(object: Fields, name: string): number {
  const minor = stripeMinor(object.raw[name], mustCurrency(object));
  if (minor === undefined || minor < 0) throw new Unreadable(object.at(name));
  return minor;
}
