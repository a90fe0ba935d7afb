/**
 * BigCommerce: its webhooks name only ids, so orders and refunds are fetched; carts come as they are.
 *
 * Shapes from BigCommerce's webhook and order references (November 2026); never tried against a live store.
 */
import { formatMinor } from "../../domain/money.ts";
import type { Connector, ConnectorOptions, Delivery, Draft, Fetch, Mapped } from "../connector.ts";
import { emailHash, type Fields, fieldsOf, jsonOf, mailTimeOf, timeOf, Unreadable } from "../fields.ts";
import { eachPart, ruleFor, versionOf, withRule } from "../map.ts";
import { currencyOf } from "../money.ts";
import { textAt } from "../path.ts";
import { nextPage } from "../poll.ts";
import { verifyWebhook } from "../signature.ts";

/** 0: not finished, 5: cancelled, 6: declined. */
const NOT_COUNTED = new Set(["0", "5", "6"]);
const CANCELLED = new Set(["5", "6"]);
/** 4: refunded, 14: refunded in part. */
const REFUNDED = new Set(["4", "14"]);
/** Not yet paid: pending, awaiting payment, manual verification. */
const NOT_PAID = new Set(["1", "7", "12"]);
const ORDER_SCOPES = new Set(["store/order/created", "store/order/updated", "store/order/statusUpdated"]);
const PAGE = 50;

export const bigcommerce: Connector = {
  system: "bigcommerce",
  isShop: true,
  keeps: ["webhook-id", "x-sojourn-poll"],
  needsToken: true,
  host: "https://api.bigcommerce.com",
  settings: [{ name: "storeHash", meaning: "the store's hash, as in its API path", required: true }],
  signIn: (token) => ({ "x-auth-token": token }),
  probe: (options) => ({ name: "probe", method: "GET", path: `${storePath(options)}/v2/store` }),

  verify({ headers, body }, secrets, now) {
    const verdict = verifyWebhook(
      {
        id: headers["webhook-id"],
        timestamp: headers["webhook-timestamp"],
        signature: headers["webhook-signature"],
        body,
      },
      // The bytes of the client secret are the key, as they stand.
      secrets,
      now,
    );
    return verdict === "genuine" ? verdict : { refused: verdict };
  },

  map(delivery, options) {
    const body = jsonOf(delivery.text);
    if (delivery.headers["x-sojourn-poll"] === "orders") {
      if (!Array.isArray(body)) throw new Unreadable("body");
      return eachPart(
        body,
        (order) => mapOrder(order, "store/order/updated", delivery, options),
        "unfinished",
      );
    }
    const event = fieldsOf(body);
    const scope = event.text("scope");
    const rule = ruleFor(scope, event.raw, options);
    if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
    const mapped = mapScope(scope, event, delivery, options);
    return mapped.kind === "mapped" && rule !== undefined
      ? { ...mapped, drafts: withRule(mapped.drafts, rule) }
      : mapped;
  },

  poll: (cursors, options, now) => [
    nextPage(
      {
        stream: "orders",
        path: (since, page) =>
          `${storePath(options)}/v2/orders?${new URLSearchParams({
            min_date_modified: new Date(since).toISOString(),
            sort: "date_modified:asc",
            limit: String(PAGE),
            page: String(page),
          })}`,
        pageSize: PAGE,
        entries: (json) => (Array.isArray(json) ? json : undefined),
        changedAt: (order) => {
          const at = whenOf(textAt(order, "date_modified"));
          return at === undefined ? undefined : new Date(at).toISOString();
        },
      },
      cursors["orders"],
      now,
    ),
  ],
};

const storePath = ({ settings }: ConnectorOptions): string =>
  `/stores/${encodeURIComponent(String(settings["storeHash"]))}`;

function mapScope(scope: string, event: Fields, delivery: Delivery, options: ConnectorOptions): Mapped {
  const data = event.child("data");
  if (ORDER_SCOPES.has(scope)) return fetchOrder(data.text("id"), scope, delivery, options);
  if (scope === "store/order/refund/created") return fetchRefunds(data.text("id"), delivery, options);
  if (scope === "store/cart/abandoned" || scope === "store/cart/converted") {
    const cart = data.maybeText("id") ?? data.text("token");
    const at = event.number("created_at") * 1_000;
    const order = data.maybeText("orderId");
    const isConverted = scope.endsWith("converted");
    if (isConverted && order === undefined) throw new Unreadable(data.at("orderId"));
    const draft: Draft = {
      kind: isConverted ? "identify" : "cart_abandoned",
      idKind: scope,
      key: cart,
      madeAt: at,
      at,
      self: isConverted ? `order:${options.orderPrefix}${order}` : `cart:${cart}`,
      who: isConverted ? { aliases: [`cart:${cart}`] } : {},
    };
    return { kind: "mapped", drafts: [draft] };
  }
  return { kind: "ignored", reason: "other_topic" };
}

/** An id goes into a path: digits only, so that a message cannot choose another one. */
function digits(id: string): string {
  if (!/^\d{1,20}$/.test(id)) throw new Unreadable("data.id");
  return id;
}

function fetchOrder(id: string, scope: string, delivery: Delivery, options: ConnectorOptions): Mapped {
  const fetch: Fetch = {
    name: `order ${digits(id)}`,
    method: "GET",
    path: `${storePath(options)}/v2/orders/${id}`,
    alsoFine: [404],
  };
  const answer = delivery.fetched[fetch.name];
  if (answer === undefined) return { kind: "needs", fetches: [fetch] };
  if (answer.status === 404) return { kind: "ignored", reason: "empty" };
  return mapOrder(answer.json, scope, delivery, options);
}

function mapOrder(raw: unknown, scope: string, delivery: Delivery, options: ConnectorOptions): Mapped {
  const order = fieldsOf(raw);
  const status = order.text("status_id");
  const id = order.text("id");
  const createdAt = whenOf(order.text("date_created"));
  if (createdAt === undefined) throw new Unreadable(order.at("date_created"));
  const currency = currencyOf(order.text("currency_code"));
  if (currency === undefined) throw new Unreadable(order.at("currency_code"));
  // Its refunds lie elsewhere, and the message that told of them may have been lost.
  const refunds = REFUNDED.has(status) ? refundsIn(id, delivery, options) : { answer: null };
  if ("fetch" in refunds) return { kind: "needs", fetches: [refunds.fetch] };
  const number = `${options.orderPrefix}${id}`;
  const common = { madeAt: createdAt, self: `order:${number}`, who: whoOf(order, options) };
  const changedAt = whenOf(order.maybeText("date_modified"));
  const drafts: Draft[] = [];
  if (!NOT_COUNTED.has(status) && (options.countOrders === "placed" || !NOT_PAID.has(status))) {
    const value = order.money("total_inc_tax", currency);
    if (value < 0) throw new Unreadable(order.at("total_inc_tax"));
    drafts.push({
      ...common,
      kind: "purchase",
      idKind: "order",
      key: id,
      at: createdAt,
      ...versionOf(changedAt),
      fields: { order: number, value: formatMinor(value, currency), currency },
    });
  }
  if (CANCELLED.has(status)) {
    if (changedAt === undefined) throw new Unreadable(order.at("date_modified"));
    drafts.push({
      ...common,
      kind: "cancel_order",
      idKind: "cancel",
      key: id,
      at: changedAt,
      fields: { order: number },
    });
  }
  const step = ruleFor(`status:${status}`, order.raw, options);
  if (step?.kind === "rule" && step.kindName !== undefined && scope !== "store/order/created") {
    const at = whenOf(order.maybeText("date_shipped")) ?? changedAt ?? createdAt;
    const draft: Draft = { ...common, kind: step.kindName, idKind: `status:${status}`, key: id, at };
    drafts.push(...withRule([draft], step));
  }
  if (refunds.answer !== null) drafts.push(...refundDrafts(refunds.answer, number, currency));
  if (drafts.length === 0)
    return { kind: "ignored", reason: NOT_PAID.has(status) ? "not_paid" : "unfinished" };
  return { kind: "mapped", drafts };
}

/** What the list of an order's refunds said, or the request for it. */
function refundsIn(
  id: string,
  delivery: Delivery,
  options: ConnectorOptions,
): { answer: unknown } | { fetch: Fetch } {
  const fetch: Fetch = {
    name: `refunds ${digits(id)}`,
    method: "GET",
    path: `${storePath(options)}/v3/orders/${id}/payment_actions/refunds`,
  };
  const answer = delivery.fetched[fetch.name];
  return answer === undefined ? { fetch } : { answer: answer.json };
}

function fetchRefunds(id: string, delivery: Delivery, options: ConnectorOptions): Mapped {
  const order: Fetch = {
    name: `order ${digits(id)}`,
    method: "GET",
    path: `${storePath(options)}/v2/orders/${id}`,
  };
  const answer = delivery.fetched[order.name];
  const refunds = refundsIn(id, delivery, options);
  if (answer === undefined || "fetch" in refunds)
    return { kind: "needs", fetches: [order, ...("fetch" in refunds ? [refunds.fetch] : [])] };
  const currency = currencyOf(fieldsOf(answer.json, "order").text("currency_code"));
  if (currency === undefined) throw new Unreadable("order.currency_code");
  return {
    kind: "mapped",
    drafts: refundDrafts(refunds.answer, `${options.orderPrefix}${id}`, currency),
  };
}

function refundDrafts(answer: unknown, number: string, currency: string): Draft[] {
  return fieldsOf(answer, "refunds")
    .list("data")
    .map((refund): Draft => {
      const at = whenOf(refund.text("created"));
      if (at === undefined) throw new Unreadable(refund.at("created"));
      return {
        kind: "refund",
        idKind: "refund",
        key: refund.text("id"),
        madeAt: at,
        at,
        self: `order:${number}`,
        who: {},
        fields: {
          order: number,
          value: formatMinor(Math.abs(refund.money("total_amount", currency)), currency),
          currency,
        },
      };
    });
}

function whoOf(order: Fields, options: ConnectorOptions): Draft["who"] {
  const customer = order.maybeText("customer_id");
  const email = emailHash(textAt(order.raw, "billing_address.email"));
  const cart = order.maybeText("cart_id");
  return {
    // 0 is a guest.
    ...(customer === undefined || customer === "0" ? {} : { customer: `${options.customers}:${customer}` }),
    ...(email === undefined ? {} : { email }),
    aliases: cart === undefined ? [] : [`cart:${cart}`],
  };
}

/** Version 2 writes mail times, version 3 ISO ones. */
const whenOf = (text: string | undefined): number | undefined =>
  text === undefined || text === "" ? undefined : (mailTimeOf(text) ?? timeOf(text));
