/**
 * Any sender of Standard Webhooks: touchpoints in our own wire format, for systems without a connector of their own.
 */

import { touchpointId } from "../../ingest/touchpoint-id.ts";
import type { Connector } from "../connector.ts";
import { jsonOf, timeOf, Unreadable } from "../fields.ts";
import { checkSecretHeader } from "../hmac-header.ts";
import { verifyWebhook, webhookKey } from "../signature.ts";

/** What the door takes in one call. */
const MOST = 1_000;

export const webhook: Connector = {
  system: "webhook",
  keeps: ["webhook-id", "webhook-timestamp"],
  settings: [{ name: "secretHeader", meaning: "header that shows the secret, for senders that cannot sign" }],

  verify({ headers, body }, secrets, now, settings) {
    if (settings["secretHeader"] !== undefined)
      return checkSecretHeader(headers, secrets, settings["secretHeader"]);
    const verdict = verifyWebhook(
      {
        id: headers["webhook-id"],
        timestamp: headers["webhook-timestamp"],
        signature: headers["webhook-signature"],
        body,
      },
      secrets.map(webhookKey),
      now,
    );
    return verdict === "genuine" ? verdict : { refused: verdict };
  },

  map(delivery, options) {
    const body = jsonOf(delivery.text);
    const list = listOf(body);
    if (list.length > MOST) throw new Unreadable("touchpoints");
    if (list.length === 0) return { kind: "ignored", reason: "empty" };
    const message = delivery.headers["webhook-id"];
    const ready = list.map((item, index) => {
      if (typeof item !== "object" || item === null || Array.isArray(item))
        throw new Unreadable(`[${index}]`);
      const { id, at } = item as { id?: unknown; at?: unknown };
      if (id !== undefined) return item;
      // Without a message id either, the same body is the same message.
      const key = message ?? delivery.text;
      return { ...item, id: touchpointId(madeAt(at), options.name, "message", `${key} ${index}`) };
    });
    return { kind: "mapped", drafts: [], ready };
  },
};

function listOf(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  const inner = (body as { touchpoints?: unknown } | null)?.touchpoints;
  return Array.isArray(inner) ? inner : [body];
}

/** The time a sender gave, which it repeats when it sends again; the time of sending changes. */
const madeAt = (at: unknown): number =>
  typeof at === "number" && Number.isFinite(at) ? at : typeof at === "string" ? (timeOf(at) ?? 0) : 0;
