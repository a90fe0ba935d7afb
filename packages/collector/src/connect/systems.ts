/**
 * Every system we can be connected with, by name.
 */
import type { Connector, SystemName } from "./connector.ts";
import { bigcommerce } from "./systems/bigcommerce.ts";
import { ga4 } from "./systems/ga4.ts";
import { hubspot } from "./systems/hubspot.ts";
import { insightly } from "./systems/insightly.ts";
import { magento } from "./systems/magento.ts";
import { omnisend } from "./systems/omnisend.ts";
import { shopify } from "./systems/shopify.ts";
import { stripe } from "./systems/stripe.ts";
import { typeform } from "./systems/typeform.ts";
import { webhook } from "./systems/webhook.ts";
import { woocommerce } from "./systems/woocommerce.ts";
import { zendesk } from "./systems/zendesk.ts";

export const CONNECTORS: Readonly<Record<SystemName, Connector>> = {
  shopify,
  woocommerce,
  bigcommerce,
  magento,
  stripe,
  typeform,
  zendesk,
  hubspot,
  insightly,
  omnisend,
  ga4,
  webhook,
};
