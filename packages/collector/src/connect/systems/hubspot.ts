/**
 * HubSpot: a contact's life-cycle stage, deals that were won, and contacts to be forgotten.
 *
 * Shapes from HubSpot's webhook and CRM references (November 2026); never tried against a live account. It gives up
 * after ten attempts and calls every 4xx a failure.
 */
import { createHash } from "node:crypto";
import { formatMinor } from "../../domain/money.ts";
import type {
  Connector,
  ConnectorOptions,
  Delivery,
  Mapped,
  RawRequest,
  Secret,
  Verdict,
} from "../connector.ts";
import { emailHash, type Fields, fieldsOf, jsonOf, Unreadable } from "../fields.ts";
import { eachPart, ruleFor, visitorAt, withRule } from "../map.ts";
import { currencyOf } from "../money.ts";
import { textAt } from "../path.ts";
import { hmac, isFresh, isSameText } from "../signature.ts";

const WON = ["closedwon"];

export const hubspot: Connector = {
  system: "hubspot",
  keeps: [],
  host: "https://api.hubapi.com",
  settings: [
    { name: "appId", meaning: "id of your own HubSpot app, whose changes are our echo" },
    { name: "wonStages", meaning: "ids of deal stages that count as an order; closedwon without it" },
    {
      name: "stageTrait",
      meaning: "trait a contact's life-cycle stage sets, so that a model's rules may ask for it",
    },
    { name: "signature", meaning: "v1 or v2 for apps that cannot sign v3" },
  ],
  signIn: (token) => ({ authorization: `Bearer ${token}` }),
  probe: () => ({ name: "probe", method: "GET", path: "/crm/v3/objects/contacts?limit=1" }),

  verify(request, secrets, now, settings): Verdict {
    const version = settings["signature"];
    if (version === "v1" || version === "v2") return checkOld(request, secrets, version);
    const { headers, method, url, body } = request;
    const given = headers["x-hubspot-signature-v3"];
    const time = headers["x-hubspot-request-timestamp"];
    if (!given || !time) return { refused: "signature_missing" };
    const fits = secrets.filter((secret) =>
      isSameText(given, hmac([method, url, body, time], secret, "base64")),
    );
    if (fits.length === 0) return { refused: "signature_wrong" };
    return isFresh(Number(time), now) ? "genuine" : { refused: "too_old" };
  },

  map(delivery, options) {
    const body = jsonOf(delivery.text);
    const events = Array.isArray(body) ? body : [body];
    return eachPart(events, (event) => mapEvent(fieldsOf(event), delivery, options), "other_topic");
  },
};

/** Versions 1 and 2: SHA-256 over the secret and what was sent, without a key of its own and without a time. */
function checkOld(
  { headers, method, url, body }: RawRequest,
  secrets: readonly Secret[],
  version: "v1" | "v2",
): Verdict {
  const given = headers["x-hubspot-signature"];
  if (!given) return { refused: "signature_missing" };
  const fits = secrets.filter((secret) => {
    const hash = createHash("sha256").update(secret);
    if (version === "v2") hash.update(method).update(url);
    return isSameText(given, hash.update(body).digest("hex"));
  });
  return fits.length > 0 ? "genuine" : { refused: "signature_wrong" };
}

function mapEvent(event: Fields, delivery: Delivery, options: ConnectorOptions): Mapped {
  const type = event.text("subscriptionType");
  const property = event.maybeText("propertyName");
  const rule = ruleFor(property === undefined ? type : `${type}:${property}`, event.raw, options);
  if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
  if (isEcho(event, options)) return { kind: "ignored", reason: "echo" };
  const mapped = mapChange(type, property, event, delivery, options);
  return mapped.kind === "mapped" && rule !== undefined
    ? { ...mapped, drafts: withRule(mapped.drafts, rule) }
    : mapped;
}

/** A change that our own app had made, or of a property that only we write. */
function isEcho(event: Fields, { settings }: ConnectorOptions): boolean {
  if (event.maybeText("propertyName")?.startsWith("sojourn_") === true) return true;
  const app = settings["appId"];
  if (app === undefined || event.maybeText("changeSource") !== "INTEGRATION") return false;
  const source = event.maybeText("sourceId") ?? "";
  return source === String(app) || source.endsWith(`:${app}`);
}

function mapChange(
  type: string,
  property: string | undefined,
  event: Fields,
  delivery: Delivery,
  options: ConnectorOptions,
): Mapped {
  const id = event.text("objectId");
  if (!/^\d{1,20}$/.test(id)) throw new Unreadable(event.at("objectId"));
  if (type === "contact.privacyDeletion")
    return { kind: "mapped", drafts: [], forget: { aliases: [`hubspot:${id}`] } };
  const value = event.maybeText("propertyValue");
  if (type === "contact.propertyChange" && property === "lifecyclestage" && value !== undefined) {
    const at = event.number("occurredAt");
    return {
      kind: "mapped",
      drafts: [
        {
          kind: "crm_stage",
          idKind: "property",
          key: JSON.stringify([id, property, value, at]),
          madeAt: at,
          at,
          self: `hubspot:${id}`,
          who: {},
          fields: { props: { stage: value.slice(0, 256) }, ...traitOf(value, options) },
        },
      ],
    };
  }
  const won = options.settings["wonStages"];
  const stages: readonly string[] = Array.isArray(won) ? won : WON;
  if (
    type === "deal.propertyChange" &&
    property === "dealstage" &&
    value !== undefined &&
    stages.includes(value)
  )
    return mapDeal(id, event.number("occurredAt"), delivery, options);
  return { kind: "ignored", reason: "other_topic" };
}

/** The stage as a trait, where the operator's table names one: the stage somebody gave by hand. */
function traitOf(value: string, { settings }: ConnectorOptions): { traits?: Record<string, string> } {
  const name = settings["stageTrait"];
  return typeof name === "string" && name !== "" ? { traits: { [name]: value.slice(0, 256) } } : {};
}

/** A deal names its contacts, a contact its address: two questions, the second known after the first. */
function mapDeal(id: string, at: number, delivery: Delivery, options: ConnectorOptions): Mapped {
  const dealFetch = {
    name: `deal ${id}`,
    method: "GET" as const,
    path: `/crm/v3/objects/deals/${id}?properties=amount,deal_currency_code,createdate&associations=contacts`,
  };
  const dealAnswer = delivery.fetched[dealFetch.name];
  if (dealAnswer === undefined) return { kind: "needs", fetches: [dealFetch] };
  const deal = fieldsOf(dealAnswer.json, "deal");
  const contactId = textAt(deal.raw, "associations.contacts.results[0].id");
  let contact: unknown;
  if (contactId !== undefined && /^\d{1,20}$/.test(contactId)) {
    const contactFetch = {
      name: `contact ${contactId}`,
      method: "GET" as const,
      path: `/crm/v3/objects/contacts/${contactId}?properties=email,sojourn_visitor`,
      alsoFine: [404],
    };
    const answer = delivery.fetched[contactFetch.name];
    if (answer === undefined) return { kind: "needs", fetches: [contactFetch] };
    contact = answer.json;
  }
  const properties = deal.child("properties");
  const currency = currencyOf(properties.text("deal_currency_code"));
  if (currency === undefined) throw new Unreadable(properties.at("deal_currency_code"));
  const order = `${options.orderPrefix}${id}`;
  const email = emailHash(textAt(contact, "properties.email"));
  return {
    kind: "mapped",
    drafts: [
      {
        kind: "purchase",
        idKind: "order",
        key: id,
        madeAt: properties.time("createdate"),
        at,
        versionAt: at,
        self: `order:${order}`,
        who: {
          ...visitorAt(contact, options, ["properties.sojourn_visitor"]),
          ...(email === undefined ? {} : { email }),
          aliases: contactId === undefined ? [] : [`hubspot:${contactId}`],
        },
        fields: { order, value: formatMinor(properties.money("amount", currency), currency), currency },
      },
    ],
  };
}
