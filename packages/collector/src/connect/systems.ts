/**
 * Every system we can be connected with, by name.
 */
import type { Connector, SystemName } from "./connector.ts";
import { ga4 } from "./systems/ga4.ts";
import { shopify } from "./systems/shopify.ts";
import { stripe } from "./systems/stripe.ts";
import { typeform } from "./systems/typeform.ts";
import { webhook } from "./systems/webhook.ts";
import { woocommerce } from "./systems/woocommerce.ts";

export const CONNECTORS = { shopify, woocommerce, stripe, typeform, ga4, webhook } as unknown as Readonly<
  Record<SystemName, Connector>
>;
