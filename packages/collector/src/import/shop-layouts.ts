/**
 * How shop systems lay out their own order exports: what each column is called, and what a state of theirs means.
 *
 * Names as in exports of 2026; a plugin's names are taken too, where they are common. Compared without regard to case.
 */
import type { ConnectorOptions } from "../connect/connector.ts";

/** What a column of an export can hold. */
export const SHOP_COLUMNS = [
  "id",
  "number",
  "createdAt",
  "createdAtUtc",
  "cancelledAt",
  "status",
  "total",
  "currency",
  "refunded",
  "customer",
  "email",
  "visitor",
  "notes",
  "payment",
  "sku",
  "item",
  "price",
  "quantity",
] as const;
export type ShopColumn = (typeof SHOP_COLUMNS)[number];

/** One order of an export, its amounts and times as the system's own messages write them. */
export interface ExportedOrder {
  id: string;
  number: string | undefined;
  /** ISO 8601 in UTC. */
  createdAt: string;
  cancelledAt: string | undefined;
  status: string;
  total: string;
  currency: string;
  customer: string | undefined;
  email: string | undefined;
  visitor: string | undefined;
  isTest: boolean;
  items: readonly { sku: string; name: string; price: string; quantity: string }[];
}

export interface ShopLayout {
  system: ConnectorOptions["system"];
  names: Readonly<Partial<Record<ShopColumn, readonly string[]>>>;
  /** Headers and body of the message in which the system would tell the same, so that the connector reads both. */
  message(order: ExportedOrder): { headers: Record<string, string>; body: unknown };
  /** True for a state that means that all of the money went back. */
  isRefunded(status: string): boolean;
}

export const SHOP_LAYOUTS: Readonly<Record<"shopify" | "woocommerce", ShopLayout>> = {
  // Orders -> Export -> CSV. Further lines of an order repeat its name and hold one item each.
  shopify: {
    system: "shopify",
    names: {
      id: ["id", "order id"],
      number: ["name"],
      createdAt: ["created at"],
      cancelledAt: ["cancelled at"],
      status: ["financial status"],
      total: ["total"],
      currency: ["currency"],
      refunded: ["refunded amount"],
      customer: ["customer id"],
      email: ["email"],
      notes: ["note attributes"],
      payment: ["payment method"],
      sku: ["lineitem sku"],
      item: ["lineitem name"],
      price: ["lineitem price"],
      quantity: ["lineitem quantity"],
    },
    message: (order) => ({
      headers: { "x-shopify-topic": "orders/updated" },
      body: {
        id: order.id,
        ...(order.number === undefined ? {} : { name: order.number }),
        test: order.isTest,
        created_at: order.createdAt,
        ...(order.cancelledAt === undefined ? {} : { cancelled_at: order.cancelledAt }),
        ...(order.status === "" ? {} : { financial_status: order.status }),
        currency: order.currency,
        total_price: order.total,
        ...(order.email === undefined ? {} : { email: order.email }),
        ...(order.customer === undefined ? {} : { customer: { id: order.customer } }),
        note_attributes:
          order.visitor === undefined ? [] : [{ name: "sojourn_visitor", value: order.visitor }],
        line_items: order.items.map(({ sku, name, price, quantity }) => ({
          sku,
          title: name,
          price,
          quantity,
        })),
      },
    }),
    isRefunded: (status) => status === "refunded",
  },
  // WooCommerce has no export of its own for orders; these are the names of its "Customer / Order / Coupon Export" and
  // "Import Export Suite" extensions, of the REST list as a table, and of the widely used "Advanced Order Export".
  woocommerce: {
    system: "woocommerce",
    names: {
      id: ["order_id", "order id", "id"],
      number: ["order_number", "order number", "order_number_formatted", "number"],
      createdAt: ["order_date", "order date", "date", "date_created", "created_at"],
      createdAtUtc: ["date_created_gmt", "order_date_gmt"],
      status: ["status", "order_status", "order status"],
      total: ["order_total", "total", "order total amount", "order total"],
      currency: ["order_currency", "currency", "order currency"],
      refunded: [
        "refunded_total",
        "total_refunded",
        "order refund amount",
        "refunded amount",
        "refund_total",
      ],
      customer: ["customer_id", "customer_user", "customer user id", "user id"],
      email: ["billing_email", "email (billing)", "billing email", "customer_email"],
      visitor: ["meta:_wc_order_attribution_sojourn_visitor", "_wc_order_attribution_sojourn_visitor"],
      sku: ["item_sku", "sku"],
      item: ["item_name", "item name"],
      price: ["item_price", "item cost"],
      quantity: ["item_quantity", "quantity"],
    },
    message: (order) => ({
      headers: { "x-wc-webhook-topic": "order.updated" },
      body: {
        id: order.id,
        number: order.number ?? order.id,
        status: order.status
          .replace(/^wc-/, "")
          .replaceAll("_", "-")
          .replace(/^pending-payment$/, "pending"),
        currency: order.currency,
        total: order.total,
        date_created_gmt: order.createdAt,
        // An export tells only that it happened, so what became of an order counts from the order's own time on.
        date_modified_gmt: order.createdAt,
        ...(order.customer === undefined ? {} : { customer_id: order.customer }),
        ...(order.email === undefined ? {} : { billing: { email: order.email } }),
        meta_data:
          order.visitor === undefined
            ? []
            : [{ key: "_wc_order_attribution_sojourn_visitor", value: order.visitor }],
        line_items: order.items,
        refunds: [],
      },
    }),
    isRefunded: (status) => status.replace(/^wc-/, "") === "refunded",
  },
};
