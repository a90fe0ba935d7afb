/**
 * Zendesk as a target: the stage as fields of a user who is there. A trigger on the field does the rest.
 *
 * Shapes from Zendesk's users reference (November 2026); never tried against a live account. People are never made
 * (`create_or_update` would), and tags are never written (they would replace the user's own).
 */
import { propertiesFor } from "../outgoing.ts";
import type { ContactAddress, StepAnswer, Target } from "../target.ts";

interface User {
  id?: unknown;
  email?: unknown;
  external_id?: unknown;
}

export const zendeskTarget: Target = {
  system: "zendesk",
  events: [],
  actions: { "stage.entered": "property", "stage.corrected": "property" },
  properties: { stage: "sojourn_stage", at: "sojourn_stage_at", source: "sojourn_source" },
  eventName: () => undefined,
  // The smallest plan allows 200 a minute, for everybody together.
  perMinute: 120,
  perContactPerMinute: 5,
  signIn: (token) => ({
    headers: { authorization: `Basic ${Buffer.from(token, "utf8").toString("base64")}` },
  }),

  addresses: ({ ids, customers, email }) => [
    ...ids.map((value) => ({ kind: "id" as const, value })),
    ...customers.map((value) => ({ kind: "customer" as const, value })),
    ...(email === undefined ? [] : [{ kind: "email" as const, value: email }]),
  ],

  lookUp({ kind, value }) {
    if (kind === "id") return undefined;
    const query =
      kind === "customer"
        ? `external_id=${encodeURIComponent(value)}`
        : `query=${encodeURIComponent(`type:user email:"${value.replaceAll('"', "")}"`)}`;
    return { name: "look-up", method: "GET", path: `/api/v2/users/search.json?${query}`, unknown: [404] };
  },

  found(answer, address) {
    const fitting = usersIn(answer).filter((user) => isMeant(user, address));
    const [user] = fitting;
    return fitting.length === 1 && user?.id !== undefined ? String(user.id) : undefined;
  },

  deliver(message, contact, options, parts) {
    const fields = parts.property ? propertiesFor(message, options) : undefined;
    if (fields === undefined) return [];
    return [
      {
        name: "property",
        method: "PUT",
        path: `/api/v2/users/${encodeURIComponent(contact.value)}.json`,
        body: { user: { user_fields: fields } },
        unknown: [404],
      },
    ];
  },

  checks: ({ properties, stages }) => [
    {
      name: "token",
      step: { name: "token", method: "GET", path: "/api/v2/users/me.json" },
      judge({ status, json }) {
        // A wrong token is answered as an anonymous user, not refused.
        const id = (json as { user?: { id?: unknown } } | null)?.user?.id;
        return status < 300 && id !== undefined && id !== null
          ? { state: "ok", text: "the token works" }
          : { state: "fail", text: `the token is refused (HTTP ${status})` };
      },
    },
    {
      name: "fields",
      step: { name: "fields", method: "GET", path: "/api/v2/user_fields.json" },
      judge({ status, json }) {
        if (status >= 300) return { state: "warn", text: `user fields cannot be read (HTTP ${status})` };
        const fields = listIn(json, "user_fields") as { key?: unknown; custom_field_options?: unknown }[];
        const names = Object.values(properties).filter((name) => name !== "");
        const missing = names.filter((name) => !fields.some(({ key }) => key === name));
        if (missing.length > 0)
          return {
            state: "fail",
            text: `there is no user field ${missing.join(", ")}: make it, of type text`,
          };
        const options = fields.find(({ key }) => key === properties.stage)?.custom_field_options;
        const values = Array.isArray(options) ? options.map(({ value }: { value?: unknown }) => value) : [];
        const refused =
          values.length === 0 ? [] : Object.values(stages).filter((one) => !values.includes(one));
        return refused.length === 0
          ? { state: "ok", text: `user fields ${names.join(", ")} are there` }
          : { state: "fail", text: `field ${properties.stage} does not allow ${refused.join(", ")}` };
      },
    },
  ],
};

function isMeant(user: User, { kind, value }: ContactAddress): boolean {
  return kind === "customer"
    ? String(user.external_id) === value
    : typeof user.email === "string" && user.email.trim().toLowerCase() === value;
}

const usersIn = ({ json }: StepAnswer): User[] => listIn(json, "users") as User[];

function listIn(json: unknown, name: string): unknown[] {
  const list = (json as Record<string, unknown> | null)?.[name];
  return Array.isArray(list) ? list.filter((one) => typeof one === "object" && one !== null) : [];
}
