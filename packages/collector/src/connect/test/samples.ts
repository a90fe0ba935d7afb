/**
 * Messages as other systems send them, of our own writing after the documented shapes, with what they must become.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConnectorOptions, FetchedAnswer, PersonKey, RawRequest, SystemName } from "../connector.ts";
import { hmac, signWebhook } from "../signature.ts";

export const SECRET = "sojourn-test-secret";
/** When the samples arrive: 2025-12-03T12:00:00Z. */
export const NOW = Date.UTC(2025, 11, 3, 12);

export interface Sample {
  name: string;
  headers: Record<string, string>;
  body: unknown;
  /** What the operator set besides the defaults. */
  options?: Partial<ConnectorOptions>;
  fetched?: Record<string, FetchedAnswer>;
  /** One of these three. */
  becomes?: Record<string, unknown>[];
  /** Whom it asks to forget. */
  forgets?: PersonKey;
  ignored?: string;
  unreadable?: string;
  /** Not sent by a webhook but fetched by a poll. */
  polled?: boolean;
}

const ROOT = join(import.meta.dirname, "../samples");

/** Every sample of a system, by file name. */
export function samplesOf(system: SystemName): Sample[] {
  return readdirSync(join(ROOT, system))
    .filter((file) => file.endsWith(".json"))
    .sort()
    .flatMap((file) => {
      const read = JSON.parse(readFileSync(join(ROOT, system, file), "utf8")) as
        | Omit<Sample, "name">
        | Omit<Sample, "name">[];
      const list = Array.isArray(read) ? read : [read];
      return list.map((one, place) => ({ name: `${file}${list.length > 1 ? ` ${place + 1}` : ""}`, ...one }));
    });
}

export function optionsFor(system: SystemName, more: Partial<ConnectorOptions> = {}): ConnectorOptions {
  return {
    name: `test-${system}`,
    system,
    site: "shop",
    customers: `test-${system}`,
    countOrders: "placed",
    visitor: [],
    map: {},
    orderPrefix: "",
    canFetch: true,
    linksOrders: false,
    settings: {},
    ...more,
  };
}

/** A request as the system would make it, signed with the secret. */
export function requestOf(
  system: SystemName,
  sample: Pick<Sample, "headers" | "body">,
  secret = SECRET,
  now = NOW,
  name = `test-${system}`,
): RawRequest {
  const body = Buffer.from(
    typeof sample.body === "string" ? sample.body : JSON.stringify(sample.body),
    "utf8",
  );
  const path = system === "ga4" ? `/mp/collect?measurement_id=G-TEST&api_secret=${secret}` : `/in/${name}`;
  const url = `https://collect.example${path}`;
  const seconds = Math.floor(now / 1_000);
  return {
    method: "POST",
    url,
    headers: { ...sample.headers, ...signatureOf(system, body, secret, seconds, url) },
    body,
  };
}

function signatureOf(
  system: SystemName,
  body: Buffer,
  secret: string,
  seconds: number,
  url: string,
): Record<string, string> {
  switch (system) {
    case "shopify":
      return { "x-shopify-hmac-sha256": hmac(body, secret, "base64") };
    case "woocommerce":
      return { "x-wc-webhook-signature": hmac(body, secret, "base64") };
    case "typeform":
      return { "typeform-signature": `sha256=${hmac(body, secret, "base64")}` };
    case "stripe":
      return { "stripe-signature": `t=${seconds},v1=${hmac([`${seconds}.`, body], secret, "hex")}` };
    case "zendesk": {
      const time = new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
      return {
        "x-zendesk-webhook-signature": hmac([time, body], secret, "base64"),
        "x-zendesk-webhook-signature-timestamp": time,
      };
    }
    case "hubspot": {
      const ms = String(seconds * 1_000);
      return {
        "x-hubspot-signature-v3": hmac(["POST", url, body, ms], secret, "base64"),
        "x-hubspot-request-timestamp": ms,
      };
    }
    case "webhook":
    case "bigcommerce": {
      const id = `msg_${createHash("sha256").update(body).digest("hex").slice(0, 12)}`;
      return {
        "webhook-id": id,
        "webhook-timestamp": String(seconds),
        "webhook-signature": signWebhook({ id, timestamp: seconds, body }, [secret]),
      };
    }
    case "insightly":
    case "omnisend":
      return { "x-sojourn-secret": secret };
    case "magento":
    case "ga4":
      return {};
  }
}
