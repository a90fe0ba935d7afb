/**
 * Insightly: opportunities that were won and leads that were made, from a workflow's webhook.
 *
 * Shapes from Insightly's API reference (November 2026), names of value and currency fields as the operator's account
 * has them; never tried against a live account.
 */
import { formatMinor } from "../../domain/money.ts";
import type { Connector, ConnectorOptions, Delivery, Draft, Mapped } from "../connector.ts";
import { dotNetTimeOf, emailHash, type Fields, fieldsOf, jsonOf, timeOf, Unreadable } from "../fields.ts";
import { checkSecretHeader } from "../hmac-header.ts";
import { eachPart, ruleFor, withRule } from "../map.ts";
import { currencyOf } from "../money.ts";
import { textAt } from "../path.ts";

export const insightly: Connector = {
  system: "insightly",
  keeps: [],
  settings: [
    { name: "secretHeader", meaning: "header that shows the secret; x-sojourn-secret without it" },
    { name: "valueField", meaning: "field with the opportunity's value; OPPORTUNITY_VALUE without it" },
    { name: "currencyField", meaning: "field with its currency; BID_CURRENCY without it" },
  ],
  signIn: (token) => ({ authorization: `Basic ${Buffer.from(`${token}:`, "utf8").toString("base64")}` }),
  probe: () => ({ name: "probe", method: "GET", path: "/v3.1/Contacts?top=1" }),

  verify: ({ headers }, secrets, _now, settings) =>
    checkSecretHeader(headers, secrets, settings["secretHeader"]),

  map(delivery, options) {
    const body = jsonOf(delivery.text);
    const records = Array.isArray(body) ? body : [body];
    return eachPart(records, (record) => mapRecord(entityOf(record), delivery, options), "other_topic");
  },
};

/** A workflow sends the record itself, or under `entity`. */
function entityOf(record: unknown): Fields {
  const fields = fieldsOf(record);
  return fields.maybeChild("entity") ?? fields;
}

function mapRecord(record: Fields, delivery: Delivery, options: ConnectorOptions): Mapped {
  const topic =
    record.maybeText("OPPORTUNITY_ID") !== undefined
      ? "opportunity"
      : record.maybeText("LEAD_ID") !== undefined
        ? "lead"
        : undefined;
  if (topic === undefined) return { kind: "ignored", reason: "other_topic" };
  const rule = ruleFor(topic, record.raw, options);
  if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
  const mapped = topic === "lead" ? mapLead(record) : mapOpportunity(record, delivery, options);
  return mapped.kind === "mapped" && rule !== undefined
    ? { ...mapped, drafts: withRule(mapped.drafts, rule) }
    : mapped;
}

function mapLead(lead: Fields): Mapped {
  const id = lead.text("LEAD_ID");
  const at = whenIn(lead, "DATE_CREATED_UTC");
  const email = emailHash(lead.maybeText("EMAIL"));
  const draft: Draft = {
    kind: "generate_lead",
    idKind: "lead",
    key: id,
    madeAt: at,
    at,
    self: `insightly:lead:${id}`,
    who: email === undefined ? {} : { email },
  };
  return { kind: "mapped", drafts: [draft] };
}

function mapOpportunity(opportunity: Fields, delivery: Delivery, options: ConnectorOptions): Mapped {
  if (opportunity.text("OPPORTUNITY_STATE").toUpperCase() !== "WON")
    return { kind: "ignored", reason: "unfinished" };
  const id = opportunity.text("OPPORTUNITY_ID");
  const contactId = contactOf(opportunity);
  let address: string | undefined;
  if (contactId !== undefined && options.canFetch) {
    const fetch = {
      name: `contact ${contactId}`,
      method: "GET" as const,
      path: `/v3.1/Contacts/${contactId}`,
      alsoFine: [404],
    };
    const answer = delivery.fetched[fetch.name];
    if (answer === undefined) return { kind: "needs", fetches: [fetch] };
    address = textAt(answer.json, "EMAIL_ADDRESS");
  }
  const valueField = String(options.settings["valueField"] ?? "OPPORTUNITY_VALUE");
  const currencyField = String(options.settings["currencyField"] ?? "BID_CURRENCY");
  const currency = currencyOf(opportunity.text(currencyField));
  if (currency === undefined) throw new Unreadable(opportunity.at(currencyField));
  const email = emailHash(address);
  const order = `${options.orderPrefix}${id}`;
  const madeAt = whenIn(opportunity, "DATE_CREATED_UTC");
  const wonAt = ["ACTUAL_CLOSE_DATE", "DATE_UPDATED_UTC"].find(
    (name) => opportunity.maybeText(name) !== undefined,
  );
  const draft: Draft = {
    kind: "purchase",
    idKind: "order",
    key: id,
    madeAt,
    at: wonAt === undefined ? madeAt : whenIn(opportunity, wonAt),
    self: `order:${order}`,
    who: {
      ...(email === undefined ? {} : { email }),
      aliases: contactId === undefined ? [] : [`insightly:${contactId}`],
    },
    fields: { order, value: formatMinor(opportunity.money(valueField, currency), currency), currency },
  };
  return { kind: "mapped", drafts: [draft] };
}

/** The contact an opportunity is linked with. */
function contactOf(opportunity: Fields): string | undefined {
  const link = opportunity.list("LINKS").find((one) => one.maybeText("LINK_OBJECT_NAME") === "Contact");
  const id = link?.maybeText("LINK_OBJECT_ID") ?? opportunity.maybeText("PRIMARY_CONTACT_ID");
  return id !== undefined && /^\d{1,20}$/.test(id) ? id : undefined;
}

function whenIn(record: Fields, name: string): number {
  const text = record.text(name);
  const at = dotNetTimeOf(text) ?? timeOf(text);
  if (at === undefined) throw new Unreadable(record.at(name));
  return at;
}
