/**
 * Shopify: orders, cancellations, refunds and checkouts from its webhooks and its REST lists.
 *
 * Shapes from Shopify's webhook reference (November 2026); never tried against a live shop.
 */
import { formatMinor } from "../../domain/money.ts";
import type { Connector, ConnectorOptions, Draft, Mapped, Who } from "../connector.ts";
import { emailHash, type Fields, fieldsOf, jsonOf, Unreadable } from "../fields.ts";
import { checkHmac } from "../hmac-header.ts";
import { orderAlias } from "../identify.ts";
import { itemsOf } from "../items.ts";
import { eachPart, ruleFor, versionOf, visitorAt, withRule } from "../map.ts";
import { currencyOf } from "../money.ts";
import { textAt, valueAt } from "../path.ts";
import { nextPage } from "../poll.ts";

const PAID = new Set(["paid", "partially_refunded", "refunded"]);
const VISITOR = ["note_attributes[name=sojourn_visitor].value"];
const PAGE = 100;

export const shopify: Connector = {
  system: "shopify",
  isShop: true,
  keeps: ["x-shopify-topic", "x-shopify-shop-domain", "x-shopify-triggered-at", "x-sojourn-poll"],

  verify: ({ headers, body }, secrets) =>
    checkHmac(headers["x-shopify-hmac-sha256"] ?? headers["shopify-hmac-sha256"], body, secrets),

  map(delivery, options) {
    const body = jsonOf(delivery.text);
    if (delivery.headers["x-sojourn-poll"] === "orders") {
      const orders = valueAt(body, "orders");
      if (!Array.isArray(orders)) throw new Unreadable("orders");
      return eachPart(orders, (order) => mapTopic("orders/updated", order, options), "not_counted");
    }
    return mapTopic(delivery.headers["x-shopify-topic"] ?? "", body, options);
  },

  poll: (cursors, _options, now) => [
    nextPage(
      {
        stream: "orders",
        path: (since) =>
          `/admin/api/2026-01/orders.json?${new URLSearchParams({
            status: "any",
            updated_at_min: new Date(since).toISOString(),
            order: "updated_at asc",
            limit: String(PAGE),
          })}`,
        pageSize: PAGE,
        entries: (json) => listAt(json, "orders"),
        changedAt: (order) => textAt(order, "updated_at"),
      },
      cursors["orders"],
      now,
    ),
  ],
  signIn: (token) => ({ "x-shopify-access-token": token }),
  probe: () => ({ name: "probe", method: "GET", path: "/admin/api/2026-01/shop.json" }),
};

function mapTopic(topic: string, body: unknown, options: ConnectorOptions): Mapped {
  const rule = ruleFor(topic, body, options);
  if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
  const mapped = mapKnown(topic, body, options, rule?.kindName);
  return mapped.kind === "mapped" && rule !== undefined
    ? { ...mapped, drafts: withRule(mapped.drafts, rule) }
    : mapped;
}

function mapKnown(topic: string, raw: unknown, options: ConnectorOptions, kind: string | undefined): Mapped {
  const body = fieldsOf(raw);
  switch (topic) {
    case "orders/create":
    case "orders/updated":
    case "orders/paid":
      return mapOrder(body, options);
    case "orders/cancelled":
      return isTest(body) ? IS_TEST : { kind: "mapped", drafts: [cancelOf(body, options)] };
    case "refunds/create":
      return mapRefund(body, options);
    case "checkouts/create":
    case "checkouts/update":
      return mapCheckout(body, options);
    case "customers/redact": {
      const customer = body.child("customer");
      const id = customer.maybeText("id");
      const email = emailHash(customer.maybeText("email"));
      return {
        kind: "mapped",
        drafts: [],
        forget: {
          ...(id === undefined ? {} : { customer: `${options.customers}:${id}` }),
          ...(email === undefined ? {} : { email }),
        },
      };
    }
    default:
      return kind === undefined
        ? { kind: "ignored", reason: "other_topic" }
        : mapOther(topic, body, options, kind);
  }
}

const IS_TEST: Mapped = { kind: "ignored", reason: "test" };
const isTest = (order: Fields): boolean => order.raw["test"] === true;

const orderId = (id: string, options: ConnectorOptions): string => `${options.orderPrefix}${id}`;

function mapOrder(order: Fields, options: ConnectorOptions): Mapped {
  if (isTest(order)) return IS_TEST;
  const drafts: Draft[] = [];
  const status = order.maybeText("financial_status");
  const isPaid = status !== undefined && PAID.has(status);
  const counts = status !== "voided" && (options.countOrders === "placed" || isPaid);
  if (counts) drafts.push(purchaseOf(order, options));
  if (order.maybeText("cancelled_at") !== undefined) drafts.push(cancelOf(order, options));
  for (const refund of order.list("refunds")) {
    const mapped = mapRefund(refund, options);
    if (mapped.kind === "mapped") drafts.push(...mapped.drafts);
  }
  if (drafts.length === 0)
    return { kind: "ignored", reason: status === "voided" ? "not_counted" : "not_paid" };
  return { kind: "mapped", drafts };
}

function purchaseOf(order: Fields, options: ConnectorOptions): Draft {
  const id = order.text("id");
  const currency = mustCurrency(order, "currency");
  const createdAt = order.time("created_at");
  const value = order.money("total_price", currency);
  if (value < 0) throw new Unreadable(order.at("total_price"));
  return {
    kind: "purchase",
    idKind: "order",
    key: id,
    madeAt: createdAt,
    at: createdAt,
    ...versionOf(order.maybeTime("updated_at")),
    self: `order:${orderId(id, options)}`,
    who: whoOf(order, options),
    fields: {
      order: orderId(id, options),
      value: formatMinor(value, currency),
      currency,
      ...itemsOf(
        order.raw["line_items"],
        { id: ["sku", "product_id"], name: "title", price: "price", quantity: "quantity" },
        currency,
      ),
      ...propsOf(order, currency),
    },
  };
}

/** The shop's own opinion on where the order came from, and what the shopper saw as the price. */
function propsOf(order: Fields, currency: string): { props?: Record<string, string> } {
  const props: Record<string, string> = {};
  for (const name of ["landing_site", "referring_site", "source_name"]) {
    const text = order.maybeText(name);
    if (text !== undefined) props[name] = text.slice(0, 256);
  }
  const shown = textAt(order.raw, "total_price_set.presentment_money.currency_code");
  if (shown !== undefined && shown !== currency) {
    props["shown_currency"] = shown;
    props["shown_total"] = textAt(order.raw, "total_price_set.presentment_money.amount") ?? "";
  }
  return Object.keys(props).length === 0 ? {} : { props };
}

function cancelOf(order: Fields, options: ConnectorOptions): Draft {
  const id = order.text("id");
  return {
    kind: "cancel_order",
    idKind: "cancel",
    key: id,
    madeAt: order.time("created_at"),
    at: order.time("cancelled_at"),
    self: `order:${orderId(id, options)}`,
    who: whoOf(order, options),
    fields: { order: orderId(id, options) },
  };
}

function mapRefund(refund: Fields, options: ConnectorOptions): Mapped {
  const id = refund.text("id");
  const order = orderId(refund.text("order_id"), options);
  const createdAt = refund.time("created_at");
  let currency: string | undefined;
  let value = 0;
  for (const transaction of refund.list("transactions")) {
    if (transaction.maybeText("kind") !== "refund" || transaction.maybeText("status") !== "success") continue;
    const its = mustCurrency(transaction, "currency");
    currency ??= its;
    // Two currencies in one refund cannot be added.
    if (its !== currency) throw new Unreadable(transaction.at("currency"));
    value += transaction.money("amount", its);
  }
  if (currency === undefined || value <= 0) return { kind: "ignored", reason: "empty" };
  return {
    kind: "mapped",
    drafts: [
      {
        kind: "refund",
        idKind: "refund",
        key: id,
        madeAt: createdAt,
        at: createdAt,
        self: `order:${order}`,
        who: {},
        fields: { order, value: formatMinor(value, currency), currency },
      },
    ],
  };
}

function mapCheckout(checkout: Fields, options: ConnectorOptions): Mapped {
  const token = checkout.text("token");
  const createdAt = checkout.time("created_at");
  const currency = mustCurrency(checkout, "currency");
  return {
    kind: "mapped",
    drafts: [
      {
        kind: "begin_checkout",
        idKind: "checkout",
        key: token,
        madeAt: createdAt,
        at: createdAt,
        self: `checkout:${token}`,
        who: whoOf(checkout, options),
        fields: { value: formatMinor(checkout.money("total_price", currency), currency), currency },
      },
    ],
  };
}

/** What the operator's table names beyond orders: fulfilments, rewards. Under the order when there is one. */
function mapOther(topic: string, body: Fields, options: ConnectorOptions, kind: string): Mapped {
  const id = body.text("id");
  const createdAt = body.time("created_at");
  const order = body.maybeText("order_id");
  return {
    kind: "mapped",
    drafts: [
      {
        kind,
        idKind: topic,
        key: id,
        madeAt: createdAt,
        at: createdAt,
        self: order === undefined ? `${topic}:${id}` : `order:${orderId(order, options)}`,
        who: whoOf(body, options),
      },
    ],
  };
}

function whoOf(body: Fields, options: ConnectorOptions): Who {
  const customer = body.maybeChild("customer");
  const id = customer?.maybeText("id");
  const email = emailHash(
    body.maybeText("email") ?? body.maybeText("contact_email") ?? customer?.maybeText("email"),
  );
  const aliases: string[] = [];
  for (const name of ["order_number", "name"]) {
    const number = body.maybeText(name);
    if (number !== undefined) aliases.push(orderAlias(`${options.orderPrefix}${number.replace(/^#/, "")}`));
  }
  const checkout = body.maybeText("checkout_token");
  if (checkout !== undefined) aliases.push(`checkout:${checkout}`);
  const cart = body.maybeText("cart_token");
  if (cart !== undefined) aliases.push(`cart:${cart}`);
  return {
    ...visitorAt(body.raw, options, VISITOR),
    ...(id === undefined ? {} : { customer: `${options.customers}:${id}` }),
    ...(email === undefined ? {} : { email }),
    aliases,
  };
}

function mustCurrency(body: Fields, name: string): string {
  const currency = currencyOf(body.text(name));
  if (currency === undefined) throw new Unreadable(body.at(name));
  return currency;
}

function listAt(json: unknown, path: string): readonly unknown[] | undefined {
  const list = valueAt(json, path);
  return Array.isArray(list) ? list : undefined;
}
