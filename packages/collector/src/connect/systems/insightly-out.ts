/**
 * Insightly as a target: the stage as custom fields of a contact, and a lead when somebody's score passes the limit.
 *
 * Shapes from Insightly's API reference 3.1 (November 2026); never tried against a live account. Its allowance is by day,
 * and it says how much of it is left.
 */
import { flatData, propertiesFor } from "../outgoing.ts";
import type { ContactAddress, Step, Target } from "../target.ts";

export const insightlyTarget: Target = {
  system: "insightly",
  events: ["lead.passed"],
  actions: { "stage.entered": "property", "stage.corrected": "property", "lead.passed": "event" },
  properties: { stage: "SOJOURN_STAGE__c", at: "SOJOURN_STAGE_AT__c", source: "SOJOURN_SOURCE__c" },
  eventName: () => "Sojourn",
  // Ten a second are allowed.
  perMinute: 300,
  signIn: (token) => ({
    headers: { authorization: `Basic ${Buffer.from(`${token}:`, "utf8").toString("base64")}` },
  }),

  addresses({ ids, customers, email }, { customerProperty }, parts, kind) {
    if (kind === "lead.passed" && parts.event) {
      // A lead is a record of its own; whoever is a contact already is none.
      if (ids.length > 0) return ids.map((value) => ({ kind: "id", value }));
      return [
        ...(email === undefined ? [] : [{ kind: "email" as const, value: email }]),
        { kind: "new", value: customers[0] ?? "" },
      ];
    }
    const addresses: ContactAddress[] = ids.map((value) => ({ kind: "id", value }));
    if (customerProperty !== undefined)
      addresses.push(...customers.map((value) => ({ kind: "customer" as const, value })));
    if (email !== undefined) addresses.push({ kind: "email", value: email });
    return addresses;
  },

  lookUp({ kind, value }, { customerProperty = "" }, parts) {
    if (parts.event || kind === "id" || kind === "new") return undefined;
    const field = kind === "email" ? "EMAIL_ADDRESS" : customerProperty;
    return {
      name: "look-up",
      method: "GET",
      path: `/v3.1/Contacts/Search?field_name=${encodeURIComponent(field)}&field_value=${encodeURIComponent(value)}&top=2`,
      unknown: [404],
    };
  },

  found({ json }) {
    if (!Array.isArray(json) || json.length !== 1) return undefined;
    const id = (json[0] as { CONTACT_ID?: unknown } | null)?.CONTACT_ID;
    return typeof id === "number" || typeof id === "string" ? String(id) : undefined;
  },

  deliver(message, contact, options, parts) {
    if (parts.event) return contact.kind === "id" ? [] : [leadStep(message, contact)];
    const fields = propertiesFor(message, options);
    if (fields === undefined) return [];
    return [
      {
        name: "property",
        method: "PUT",
        path: "/v3.1/Contacts",
        body: {
          CONTACT_ID: Number(contact.value),
          CUSTOMFIELDS: Object.entries(fields).map(([name, value]) => ({
            FIELD_NAME: name,
            FIELD_VALUE: value,
          })),
        },
        unknown: [404],
      },
    ];
  },

  pauseAfter(headers, status, now) {
    const left = headers["x-ratelimit-remaining"];
    if (left === undefined || !/^-?\d{1,9}$/.test(left) || Number(left) > 0) return undefined;
    // The day's allowance is used up. When its day begins is not said; UTC midnight, or an hour when it was refused then.
    const midnight = 86_400_000 - (now % 86_400_000);
    return status === 429 ? Math.min(midnight, 3_600_000) : midnight;
  },

  checks: ({ properties }) => [
    {
      name: "token",
      step: { name: "token", method: "GET", path: "/v3.1/Contacts?top=1" },
      judge: ({ status }) =>
        status < 300
          ? { state: "ok", text: "the key works" }
          : { state: "fail", text: `the key is refused, or the pod is another one (HTTP ${status})` },
    },
    {
      name: "fields",
      step: { name: "fields", method: "GET", path: "/v3.1/CustomFields/Contacts" },
      judge({ status, json }) {
        if (status >= 300) return { state: "warn", text: `custom fields cannot be read (HTTP ${status})` };
        const known = (Array.isArray(json) ? json : []).map(
          (one: { FIELD_NAME?: unknown }) => one?.FIELD_NAME,
        );
        const names = Object.values(properties).filter((name) => name !== "");
        const missing = names.filter((name) => !known.includes(name));
        return missing.length === 0
          ? { state: "ok", text: `custom fields ${names.join(", ")} are there` }
          : {
              state: "fail",
              text: `there is no custom field ${missing.join(", ")} of contacts: make it, of type text`,
            };
      },
    },
  ],
};

function leadStep(message: Parameters<Target["deliver"]>[0], contact: ContactAddress): Step {
  const data = flatData(message);
  const lines = Object.entries(data).map(([name, value]) => `${name}: ${value}`);
  // A lead must have a last name, and we know none.
  const known = contact.kind === "email" ? contact.value.slice(0, contact.value.indexOf("@")) : contact.value;
  const name = known === "" ? `Visitor ${String(message.data["person"] ?? "").slice(0, 36)}` : known;
  return {
    name: "event",
    method: "POST",
    path: "/v3.1/Leads",
    body: {
      LAST_NAME: name,
      ...(contact.kind === "email" ? { EMAIL: contact.value } : {}),
      LEAD_DESCRIPTION: ["Their score passed the limit.", ...lines].join("\n"),
    },
  };
}
