/**
 * Magento (Adobe Commerce): it sends nothing by itself, so orders and credit memos are asked for.
 *
 * Shapes from Adobe's REST reference (November 2026); never tried against a live shop. The integration's access token
 * works as a bearer only with `oauth/consumer/enable_integration_as_bearer` = 1; with its four keys every request is
 * signed as OAuth 1.0a and needs no such setting. Either refusal looks like a missing permission.
 */
import { formatMinor } from "../../domain/money.ts";
import type { Connector, ConnectorOptions, Draft, Mapped, PollPlan } from "../connector.ts";
import { emailHash, type Fields, fieldsOf, jsonOf, Unreadable } from "../fields.ts";
import { orderAlias } from "../identify.ts";
import { itemsOf } from "../items.ts";
import { eachPart, ruleFor, versionOf, visitorAt, withRule } from "../map.ts";
import { currencyOf } from "../money.ts";
import { type OAuthKeys, oauthHeader } from "../oauth1.ts";
import { textAt, valueAt } from "../path.ts";
import { nextPage } from "../poll.ts";

const PLACED = new Set(["new", "processing", "complete", "closed", "holded", "payment_review"]);
const PAID = new Set(["processing", "complete", "closed"]);
const PAGE = 50;

export const magento: Connector = {
  system: "magento",
  isShop: true,
  needsNoSecret: true,
  needsToken: true,
  pollsOnly: true,
  keeps: ["x-sojourn-poll"],
  signIn(token, { method, url, now, nonce }) {
    const keys = oauthKeysOf(token);
    if (keys === undefined) return { authorization: `Bearer ${token}` };
    return { authorization: oauthHeader({ method, url, timestamp: Math.floor(now / 1_000), nonce }, keys) };
  },
  tokenKind: (token) => (oauthKeysOf(token) === undefined ? "as a bearer" : "signed as OAuth 1.0a"),
  refusedHint(status, token) {
    if (status !== 401 && status !== 403) return undefined;
    return oauthKeysOf(token) === undefined
      ? "as a bearer it works only after bin/magento config:set oauth/consumer/enable_integration_as_bearer 1, or give all four keys of the integration, which are signed as OAuth 1.0a"
      : "it was signed as OAuth 1.0a: look whether the four keys stand in their order, the integration is active and may read orders and credit memos, and this clock is right";
  },
  probe: () => ({ name: "probe", method: "GET", path: `/rest/V1/orders?searchCriteria[pageSize]=1` }),

  // Nobody sends; whoever does is not Magento.
  verify: () => ({ refused: "signature_missing" }),

  map(delivery, options) {
    const items = valueAt(jsonOf(delivery.text), "items");
    if (!Array.isArray(items)) throw new Unreadable("items");
    const stream = delivery.headers["x-sojourn-poll"];
    return eachPart(
      items,
      (item) => (stream === "creditmemos" ? mapMemo(item, options) : mapOrder(item, options)),
      "unfinished",
    );
  },

  poll: (cursors, _options, now): readonly PollPlan[] =>
    (["orders", "creditmemos"] as const).map((stream) =>
      nextPage(
        {
          stream,
          path: (since, page) => searchPath(stream, since, page),
          pageSize: PAGE,
          entries: (json) => {
            const items = valueAt(json, "items");
            return Array.isArray(items) ? items : undefined;
          },
          changedAt: (item) => textAt(item, "updated_at"),
          // Asked for a page behind the last one, Magento gives the last one again.
          goesOn(json, page) {
            const total = textAt(json, "total_count");
            return total === undefined ? undefined : Number(total) > page * PAGE;
          },
        },
        cursors[stream],
        now,
      ),
    ),
};

/**
 * The keys of an integration as they stand in the token's file: consumer key, consumer secret, access token, access token
 * secret, divided by colons, blanks or lines. Undefined for an access token alone.
 */
function oauthKeysOf(token: string): OAuthKeys | undefined {
  const [consumerKey, consumerSecret, access, tokenSecret, more] = token.split(/[\s:]+/);
  return consumerKey && consumerSecret && access && tokenSecret && more === undefined
    ? { consumerKey, consumerSecret, token: access, tokenSecret }
    : undefined;
}

function searchPath(stream: string, since: number, page: number): string {
  const filter = "searchCriteria[filterGroups][0][filters][0]";
  const query = new URLSearchParams({
    [`${filter}[field]`]: "updated_at",
    [`${filter}[value]`]: new Date(since).toISOString().slice(0, 19).replace("T", " "),
    [`${filter}[conditionType]`]: "gteq",
    "searchCriteria[sortOrders][0][field]": "updated_at",
    "searchCriteria[sortOrders][0][direction]": "ASC",
    "searchCriteria[pageSize]": String(PAGE),
    "searchCriteria[currentPage]": String(page),
  });
  // Magento decodes a query for its signature as paths are decoded, where a plus is no blank.
  return `/rest/V1/${stream}?${query.toString().replaceAll("+", "%20")}`;
}

function mapOrder(raw: unknown, options: ConnectorOptions): Mapped {
  const order = fieldsOf(raw);
  const rule = ruleFor("orders", order.raw, options);
  if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
  const state = order.text("state");
  const id = order.text("entity_id");
  const number = `${options.orderPrefix}${id}`;
  const createdAt = order.time("created_at");
  const common = { key: id, madeAt: createdAt, self: `order:${number}`, who: whoOf(order, options) };
  const drafts: Draft[] = [];
  if ((options.countOrders === "paid" ? PAID : PLACED).has(state)) {
    const currency = currencyIn(order);
    const value = order.money("base_grand_total", currency);
    if (value < 0) throw new Unreadable(order.at("base_grand_total"));
    drafts.push({
      ...common,
      kind: "purchase",
      idKind: "order",
      at: createdAt,
      ...versionOf(order.maybeTime("updated_at")),
      fields: {
        order: number,
        value: formatMinor(value, currency),
        currency,
        ...itemsOf(
          order.raw["items"],
          { id: ["sku", "product_id"], name: "name", price: "base_price_incl_tax", quantity: "qty_ordered" },
          currency,
        ),
      },
    });
  }
  if (state === "canceled") {
    drafts.push({
      ...common,
      kind: "cancel_order",
      idKind: "cancel",
      at: order.time("updated_at"),
      fields: { order: number },
    });
  }
  if (drafts.length === 0) return { kind: "ignored", reason: state === "new" ? "not_paid" : "unfinished" };
  return { kind: "mapped", drafts: rule === undefined ? drafts : withRule(drafts, rule) };
}

function mapMemo(raw: unknown, options: ConnectorOptions): Mapped {
  const memo = fieldsOf(raw);
  const currency = currencyIn(memo);
  const at = memo.time("created_at");
  const number = `${options.orderPrefix}${memo.text("order_id")}`;
  const value = memo.money("base_grand_total", currency);
  if (value <= 0) return { kind: "ignored", reason: "empty" };
  const draft: Draft = {
    kind: "refund",
    idKind: "refund",
    key: memo.text("entity_id"),
    madeAt: at,
    at,
    self: `order:${number}`,
    who: {},
    fields: { order: number, value: formatMinor(value, currency), currency },
  };
  return { kind: "mapped", drafts: [draft] };
}

function currencyIn(object: Fields): string {
  const currency = currencyOf(object.text("base_currency_code"));
  if (currency === undefined) throw new Unreadable(object.at("base_currency_code"));
  return currency;
}

function whoOf(order: Fields, options: ConnectorOptions): Draft["who"] {
  const customer = order.maybeText("customer_id");
  const email = emailHash(order.maybeText("customer_email"));
  const number = order.maybeText("increment_id");
  return {
    ...visitorAt(order.raw, options, ["extension_attributes.sojourn_visitor"]),
    ...(customer === undefined || customer === "0" ? {} : { customer: `${options.customers}:${customer}` }),
    ...(email === undefined ? {} : { email }),
    aliases: number === undefined ? [] : [orderAlias(`${options.orderPrefix}${number}`)],
  };
}
