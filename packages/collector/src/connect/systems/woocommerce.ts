/**
 * WooCommerce: orders with their cancellations and refunds, from its webhooks and its REST list.
 *
 * Shapes from WooCommerce's REST reference and source (November 2026); never tried against a live shop. It never sends
 * a webhook again, and switches one off after a few failures: reconcile.
 */
import { formatMinor } from "../../domain/money.ts";
import type { Connector, ConnectorOptions, Draft, Mapped, RawRequest, Who } from "../connector.ts";
import { emailHash, type Fields, fieldsOf, jsonOf, Unreadable } from "../fields.ts";
import { checkHmac } from "../hmac-header.ts";
import { orderAlias } from "../identify.ts";
import { itemsOf } from "../items.ts";
import { eachPart, ruleFor, versionOf, visitorAt, withRule } from "../map.ts";
import { currencyOf } from "../money.ts";
import { textAt } from "../path.ts";
import { nextPage } from "../poll.ts";

/** `refunded`: it was paid once; its refunds say what is left. */
const PLACED = new Set(["processing", "on-hold", "completed", "refunded"]);
const PAID = new Set(["processing", "completed", "refunded"]);
const CANCELLED = new Set(["cancelled", "trash"]);
const TOPICS = new Set(["order.created", "order.updated", "order.restored"]);
const VISITOR = ["meta_data[key=_wc_order_attribution_sojourn_visitor].value"];
const ATTRIBUTION = ["source_type", "utm_source", "utm_medium", "utm_campaign", "referrer", "session_entry"];
const PAGE = 50;
/** What is asked for, by the name its cursor is kept under, and the status that means it. */
const STREAMS = [
  ["orders", "any"],
  ["trash", "trash"],
] as const;

export const woocommerce: Connector = {
  system: "woocommerce",
  isShop: true,
  keeps: ["x-wc-webhook-topic", "x-wc-webhook-source", "x-sojourn-poll"],

  verify(request, secrets) {
    if (isPing(request)) return "ping";
    // WordPress stores the secret as HTML and signs with its plain form; people paste either.
    const keys = secrets.flatMap((secret) => [...new Set([secret, withoutEntities(secret)])]);
    return checkHmac(request.headers["x-wc-webhook-signature"], request.body, keys);
  },

  map(delivery, options) {
    const body = jsonOf(delivery.text);
    const stream = delivery.headers["x-sojourn-poll"];
    if (STREAMS.some(([name]) => name === stream)) {
      if (!Array.isArray(body)) throw new Unreadable("body");
      return eachPart(body, (order) => mapTopic("order.updated", order, options), "unfinished");
    }
    return mapTopic(delivery.headers["x-wc-webhook-topic"] ?? "", body, options);
  },

  // "any" leaves out what lies in the trash, which is a list of its own.
  poll: (cursors, _options, now) =>
    STREAMS.map(([stream, status]) =>
      nextPage(
        {
          stream,
          path: (since, page) =>
            `/wp-json/wc/v3/orders?${new URLSearchParams({
              // It means later than, not from.
              modified_after: new Date(since - 1_000).toISOString().slice(0, 19),
              dates_are_gmt: "true",
              orderby: "modified",
              order: "asc",
              status,
              per_page: String(PAGE),
              page: String(page),
            })}`,
          pageSize: PAGE,
          entries: (json) => (Array.isArray(json) ? json : undefined),
          changedAt: (order) => textAt(order, "date_modified_gmt"),
        },
        cursors[stream],
        now,
      ),
    ),
  // The token is "consumer key:consumer secret".
  signIn: (token) => ({ authorization: `Basic ${Buffer.from(token, "utf8").toString("base64")}` }),
  probe: () => ({ name: "probe", method: "GET", path: "/wp-json/wc/v3/orders?per_page=1" }),
};

/** A new webhook first sends its number as a form, unsigned. */
function isPing({ headers, body }: RawRequest): boolean {
  return (
    headers["x-wc-webhook-signature"] === undefined &&
    body.byteLength < 100 &&
    /^webhook_id=\d+$/.test(Buffer.from(body).toString("latin1").trim())
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#039;": "'",
  "&#39;": "'",
};

const withoutEntities = (secret: string): string =>
  secret.replace(/&(?:amp|lt|gt|quot|#0?39);/g, (entity) => ENTITIES[entity] ?? entity);

function mapTopic(topic: string, raw: unknown, options: ConnectorOptions): Mapped {
  if (!TOPICS.has(topic)) return { kind: "ignored", reason: "other_topic" };
  const rule = ruleFor(topic, raw, options);
  if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
  const order = fieldsOf(raw);
  const status = order.text("status");
  const drafts: Draft[] = [];
  if ((options.countOrders === "paid" ? PAID : PLACED).has(status)) drafts.push(purchaseOf(order, options));
  if (CANCELLED.has(status)) drafts.push(cancelOf(order, options));
  for (const refund of order.list("refunds")) drafts.push(refundOf(refund, order, options));
  const main = rule === undefined ? drafts : withRule(drafts, rule);
  const step = stepOf(status, order, options);
  if (step !== undefined) main.push(step);
  if (main.length === 0) return { kind: "ignored", reason: status === "on-hold" ? "not_paid" : "unfinished" };
  return { kind: "mapped", drafts: main };
}

const idOf = (order: Fields, options: ConnectorOptions): string =>
  `${options.orderPrefix}${order.text("id")}`;

/** Times lack their zone in every field; those named so are UTC. */
const createdAt = (order: Fields): number => order.time("date_created_gmt");

function purchaseOf(order: Fields, options: ConnectorOptions): Draft {
  const currency = mustCurrency(order);
  const value = order.money("total", currency);
  if (value < 0) throw new Unreadable(order.at("total"));
  const id = idOf(order, options);
  return {
    kind: "purchase",
    idKind: "order",
    key: order.text("id"),
    madeAt: createdAt(order),
    at: createdAt(order),
    ...versionOf(order.maybeTime("date_modified_gmt")),
    self: `order:${id}`,
    who: whoOf(order, options),
    fields: {
      order: id,
      value: formatMinor(value, currency),
      currency,
      ...itemsOf(
        order.raw["line_items"],
        { id: ["sku", "product_id"], name: "name", price: "price", quantity: "quantity" },
        currency,
      ),
      ...attributionOf(order),
    },
  };
}

/** WooCommerce's own opinion on where the order came from. */
function attributionOf(order: Fields): { props?: Record<string, string> } {
  const props: Record<string, string> = {};
  for (const name of ATTRIBUTION) {
    const text = textAt(order.raw, `meta_data[key=_wc_order_attribution_${name}].value`);
    if (text) props[`wc_${name}`] = text.slice(0, 256);
  }
  return Object.keys(props).length === 0 ? {} : { props };
}

function cancelOf(order: Fields, options: ConnectorOptions): Draft {
  return {
    kind: "cancel_order",
    idKind: "cancel",
    key: order.text("id"),
    madeAt: createdAt(order),
    at: order.time("date_modified_gmt"),
    self: `order:${idOf(order, options)}`,
    who: whoOf(order, options),
    fields: { order: idOf(order, options) },
  };
}

function refundOf(refund: Fields, order: Fields, options: ConnectorOptions): Draft {
  const currency = mustCurrency(order);
  // Written as a negative amount.
  const value = Math.abs(refund.money("total", currency));
  return {
    kind: "refund",
    idKind: "refund",
    key: refund.text("id"),
    madeAt: createdAt(order),
    at: order.time("date_modified_gmt"),
    self: `order:${idOf(order, options)}`,
    who: {},
    fields: { order: idOf(order, options), value: formatMinor(value, currency), currency },
  };
}

/** A status the operator's table gives a kind: `status:completed: order_shipped`. */
function stepOf(status: string, order: Fields, options: ConnectorOptions): Draft | undefined {
  const rule = ruleFor(`status:${status}`, order.raw, options);
  if (rule?.kind !== "rule" || rule.kindName === undefined) return undefined;
  const draft: Draft = {
    kind: rule.kindName,
    idKind: `status:${status}`,
    key: order.text("id"),
    madeAt: createdAt(order),
    at:
      (status === "completed" ? order.maybeTime("date_completed_gmt") : undefined) ??
      order.time("date_modified_gmt"),
    self: `order:${idOf(order, options)}`,
    who: whoOf(order, options),
  };
  return withRule([draft], rule)[0];
}

function whoOf(order: Fields, options: ConnectorOptions): Who {
  const customer = order.maybeText("customer_id");
  const email = emailHash(order.maybeChild("billing")?.maybeText("email"));
  const number = order.maybeText("number");
  return {
    ...visitorAt(order.raw, options, VISITOR),
    // 0 is a guest.
    ...(customer === undefined || customer === "0" ? {} : { customer: `${options.customers}:${customer}` }),
    ...(email === undefined ? {} : { email }),
    aliases: number === undefined ? [] : [orderAlias(`${options.orderPrefix}${number.replace(/^#/, "")}`)],
  };
}

function mustCurrency(order: Fields): string {
  const currency = currencyOf(order.text("currency"));
  if (currency === undefined) throw new Unreadable(order.at("currency"));
  return currency;
}
