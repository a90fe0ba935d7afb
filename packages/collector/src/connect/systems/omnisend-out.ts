/**
 * Omnisend as a target: an event that starts an automation, with the stage as custom properties in the same call.
 *
 * Shapes from Omnisend's events reference (version 2026-03-15); never tried against a live account. It limits a brand to
 * 400 requests a minute and says nothing in headers, so we stay well below.
 */
import { MESSAGE_KINDS } from "../../domain/message.ts";
import { flatData, propertiesFor } from "../outgoing.ts";
import type { Target } from "../target.ts";

export const OMNISEND_VERSION = "2026-03-15";
/** What carries a property that no event goes with; hang no automation on it. */
const PROPERTY_EVENT = "sojourn stage set";

export const omnisendTarget: Target = {
  system: "omnisend",
  host: "https://api.omnisend.com",
  events: MESSAGE_KINDS,
  actions: {
    "stage.entered": "both",
    "stage.corrected": "property",
    "cart.left": "event",
    "lapse.due": "event",
    "survey.due": "event",
    "lead.passed": "event",
    // Shops tell Omnisend of orders themselves.
    "order.counted": "nothing",
    "order.refunded": "nothing",
  },
  properties: { stage: "sojourn_stage", at: "sojourn_stage_at", source: "sojourn_source" },
  eventName: (kind) => `sojourn ${kind.replace(".", " ")}`,
  perMinute: 300,
  signIn: (token) => ({
    headers: { authorization: `Omnisend-API-Key ${token}`, "omnisend-version": OMNISEND_VERSION },
  }),

  addresses: ({ ids, email }) => [
    ...ids.map((value) => ({ kind: "id" as const, value })),
    ...(email === undefined ? [] : [{ kind: "email" as const, value: email }]),
  ],

  deliver(message, contact, options, parts) {
    const properties = parts.property ? propertiesFor(message, options) : undefined;
    if (properties === undefined && !parts.event) return [];
    const name = parts.event ? options.events[message.kind] : undefined;
    return [
      {
        name: "event",
        method: "POST",
        path: "/api/events",
        body: {
          eventName: name ?? PROPERTY_EVENT,
          eventID: message.id,
          eventTime: new Date(message.at).toISOString(),
          origin: "api",
          contact: {
            ...(contact.kind === "id" ? { id: contact.value } : { email: contact.value }),
            ...(properties === undefined ? {} : { customProperties: properties }),
          },
          properties: flatData(message),
        },
      },
    ];
  },

  checks: () => [
    {
      name: "token",
      step: { name: "token", method: "GET", path: "/api/contacts?limit=1" },
      judge: ({ status }) =>
        status < 300
          ? { state: "ok", text: "the key works" }
          : { state: "fail", text: `the key is refused or may not read contacts (HTTP ${status})` },
    },
  ],
};
