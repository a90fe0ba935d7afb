/**
 * Omnisend: what people did with its messages, from an automation's webhook with the template of the documentation.
 *
 * Whether Omnisend lets an operator set a header is not verified; never tried against a live account.
 */
import { CUSTOM_KIND } from "@sojourn/sdk/wire";
import type { Connector } from "../connector.ts";
import { emailHash, fieldsOf, jsonOf, Unreadable } from "../fields.ts";
import { checkSecretHeader } from "../hmac-header.ts";
import { ruleFor, withRule } from "../map.ts";

const CUSTOM = new RegExp(CUSTOM_KIND);
/** Events the template names; the operator's table may name more. */
const KINDS: Readonly<Record<string, string>> = {
  email_click: "email_click",
  email_open: "email_open",
  sms_click: "sms_click",
  subscribed: "newsletter_signup",
  unsubscribed: "newsletter_unsubscribe",
};

export const omnisend: Connector = {
  system: "omnisend",
  keeps: [],
  settings: [{ name: "secretHeader", meaning: "header that shows the secret; x-sojourn-secret without it" }],
  host: "https://api.omnisend.com",
  signIn: (token) => ({ authorization: `Omnisend-API-Key ${token}`, "omnisend-version": "2026-03-15" }),
  probe: () => ({ name: "probe", method: "GET", path: "/api/contacts?limit=1" }),

  verify: ({ headers }, secrets, _now, settings) =>
    checkSecretHeader(headers, secrets, settings["secretHeader"]),

  map(delivery, options) {
    const body = fieldsOf(jsonOf(delivery.text));
    const event = body.text("event");
    const rule = ruleFor(event, body.raw, options);
    if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
    const kind = rule?.kindName ?? (Object.hasOwn(KINDS, event) ? KINDS[event] : undefined);
    if (kind === undefined) return { kind: "ignored", reason: "other_topic" };
    if (!CUSTOM.test(kind)) throw new Unreadable("event");
    const contact = body.text("contact_id");
    const at = body.time("at");
    const email = emailHash(body.maybeText("email"));
    const list = body.maybeText("list");
    const draft = {
      kind,
      idKind: event,
      key: JSON.stringify([body.maybeText("message_id") ?? at, contact]),
      madeAt: at,
      at,
      self: `omnisend:${contact}`,
      who: email === undefined ? {} : { email },
      ...(list !== undefined && kind.startsWith("newsletter_") ? { fields: { list } } : {}),
    };
    return { kind: "mapped", drafts: rule === undefined ? [draft] : withRule([draft], rule) };
  },
};
