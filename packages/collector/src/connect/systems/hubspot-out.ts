/**
 * HubSpot as a target: the stage as properties of the contact, its own life-cycle stage if wanted, and custom events.
 *
 * Shapes from HubSpot's CRM and events references (2026-03); never tried against a live account. Its own stage only moves
 * forward when it is written; to move it back it must be cleared first, in a request of its own.
 */
import { MESSAGE_KINDS } from "../../domain/message.ts";
import { flatData, propertiesFor, stageIn } from "../outgoing.ts";
import type {
  ContactAddress,
  OutboxMessage,
  Step,
  StepAnswer,
  Target,
  TargetCheck,
  TargetOptions,
} from "../target.ts";

const CONTACTS = "/crm/objects/2026-03/contacts";
const PROPERTIES = "/crm/properties/2026-03/contacts";
const OWN_STAGE = "lifecyclestage";

/** Values every account has at the beginning. */
export const HUBSPOT_STAGES = [
  "subscriber",
  "lead",
  "marketingqualifiedlead",
  "salesqualifiedlead",
  "opportunity",
  "customer",
  "evangelist",
  "other",
] as const;

/** What the stages of our presets are in HubSpot's words, unless the operator says otherwise. */
export const HUBSPOT_LIFECYCLE: Readonly<Record<string, (typeof HUBSPOT_STAGES)[number]>> = {
  reach: "subscriber",
  acquisition: "lead",
  conversion: "customer",
  retention: "customer",
  loyalty: "evangelist",
  lapsed: "other",
  winback: "customer",
  awareness: "subscriber",
  consideration: "lead",
  engagement: "lead",
  evaluation: "opportunity",
  purchase: "customer",
  post_purchase: "customer",
  advocacy: "evangelist",
  advocacy_retention: "evangelist",
  prospect: "lead",
  new: "customer",
  active: "customer",
  inactive: "other",
  former: "other",
  bevidsthed: "subscriber",
  overvejelse: "lead",
  koeb: "customer",
  fastholdelse: "customer",
  fortaler: "evangelist",
};

export const hubspotTarget: Target = {
  system: "hubspot",
  host: "https://api.hubapi.com",
  events: MESSAGE_KINDS,
  // Custom events need a definition in the account, so none is sent before the operator names one.
  actions: { "stage.entered": "property", "stage.corrected": "property" },
  properties: { stage: "sojourn_stage", at: "sojourn_stage_at", source: "sojourn_source" },
  eventName: () => undefined,
  // 100 requests in ten seconds are the least any account has; a third of it is left to others.
  perMinute: 400,
  signIn: (token) => ({ headers: { authorization: `Bearer ${token}` } }),

  addresses({ ids, customers, email, hutk }, { customerProperty }, parts) {
    const addresses: ContactAddress[] = ids.map((value) => ({ kind: "id", value }));
    if (customerProperty !== undefined)
      addresses.push(...customers.map((value) => ({ kind: "customer" as const, value })));
    if (email !== undefined) addresses.push({ kind: "email", value: email });
    // A visitor without a record has no properties; an event finds them by their cookie.
    if (hutk !== undefined && parts.event) addresses.push({ kind: "hutk", value: hutk });
    return addresses;
  },

  lookUp({ kind, value }, { customerProperty = "" }, parts) {
    // Properties are written under the unique property itself; only an event must know the id.
    if (kind !== "customer" || !parts.event) return undefined;
    return {
      name: "look-up",
      method: "GET",
      path: `${CONTACTS}/${encodeURIComponent(value)}?idProperty=${encodeURIComponent(customerProperty)}`,
      unknown: [404],
    };
  },

  found({ json }) {
    const id = (json as { id?: unknown } | null)?.id;
    return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
  },

  deliver(message, contact, options, parts) {
    const steps: Step[] = [];
    if (parts.property && contact.kind !== "hutk") steps.push(...propertySteps(message, contact, options));
    if (parts.event) steps.push(eventStep(message, contact, options));
    return steps;
  },

  pauseAfter(headers, status) {
    // A day's allowance that is used up is refused until midnight; the next hour is soon enough to look again.
    const left = headers["x-hubspot-ratelimit-daily-remaining"];
    if (status === 429 && left !== undefined && Number(left) <= 0) return 3_600_000;
    const interval = headers["x-hubspot-ratelimit-interval-milliseconds"];
    return status === 429 && interval !== undefined && /^\d{1,7}$/.test(interval)
      ? Number(interval)
      : undefined;
  },

  allowed({ lifecyclestage }) {
    if (lifecyclestage === "off") return undefined;
    return {
      step: { name: "allowed", method: "GET", path: `${PROPERTIES}/${OWN_STAGE}` },
      read: (answer) => new Set(valuesIn(answer)),
    };
  },

  checks(options) {
    const { properties, lifecyclestage, customerProperty } = options;
    const checks: TargetCheck[] = [
      {
        name: "token",
        step: { name: "token", method: "GET", path: `${CONTACTS}?limit=1` },
        judge: ({ status }) =>
          status < 300
            ? { state: "ok", text: "the token works" }
            : { state: "fail", text: `the token is refused or may not read contacts (HTTP ${status})` },
      },
      ...Object.values(properties)
        .filter((name) => name !== "")
        .map((name) => propertyCheck(name, name === properties.stage ? Object.values(options.stages) : [])),
    ];
    if (customerProperty !== undefined) checks.push(uniqueCheck(customerProperty));
    if (lifecyclestage !== "off") checks.push(lifecycleCheck(Object.values(options.lifecycle)));
    return checks;
  },
};

function propertySteps(message: OutboxMessage, contact: ContactAddress, options: TargetOptions): Step[] {
  const properties = propertiesFor(message, options);
  if (properties === undefined) return [];
  const own = lifecycleFor(message, options);
  const write = (name: string, values: Record<string, string>): Step => ({
    name,
    method: "PATCH",
    path: pathOf(contact, options),
    body: { properties: values },
    unknown: [404],
  });
  if (own === undefined) return [write("property", properties)];
  // Clearing and setting in one request or one batch would be taken as one change, and a step back is no change there.
  const clear = options.lifecyclestage === "follow" ? [write("clear", { [OWN_STAGE]: "" })] : [];
  return [...clear, write("property", { ...properties, [OWN_STAGE]: own })];
}

/** HubSpot's value for the stage, or for the furthest one; undefined when it is off, unmapped or not allowed there. */
function lifecycleFor(message: OutboxMessage, options: TargetOptions): string | undefined {
  const { lifecyclestage, lifecycle, allowedLifecycle } = options;
  if (lifecyclestage === "off") return undefined;
  const told = stageIn(message, options);
  const stage = lifecyclestage === "peak" ? told?.peak : told?.stage;
  const value = stage !== undefined && Object.hasOwn(lifecycle, stage) ? lifecycle[stage] : undefined;
  return value !== undefined && allowedLifecycle?.has(value) !== false ? value : undefined;
}

function pathOf({ kind, value }: ContactAddress, { customerProperty = "" }: TargetOptions): string {
  const path = `${CONTACTS}/${encodeURIComponent(value)}`;
  if (kind === "id") return path;
  return `${path}?idProperty=${encodeURIComponent(kind === "email" ? "email" : customerProperty)}`;
}

function eventStep(message: OutboxMessage, contact: ContactAddress, { events }: TargetOptions): Step {
  const { id, kind, at } = message;
  return {
    name: "event",
    method: "POST",
    path: "/events/2026-03/send",
    body: {
      eventName: events[kind],
      ...(contact.kind === "email"
        ? { email: contact.value }
        : contact.kind === "hutk"
          ? { utk: contact.value }
          : { objectId: contact.value }),
      uuid: id,
      occurredAt: new Date(at).toISOString(),
      properties: Object.fromEntries(
        Object.entries(flatData(message)).map(([name, value]) => [name, String(value)]),
      ),
    },
  };
}

/** The values of a property that is chosen from a list; none for free text. */
function valuesIn({ json }: StepAnswer): string[] {
  const options = (json as { options?: unknown } | null)?.options;
  if (!Array.isArray(options)) return [];
  return options.flatMap(({ value }: { value?: unknown }) => (typeof value === "string" ? [value] : []));
}

const propertyStep = (name: string): Step => ({
  name: `property ${name}`,
  method: "GET",
  path: `${PROPERTIES}/${encodeURIComponent(name)}`,
});

function propertyCheck(name: string, wanted: readonly string[]): TargetCheck {
  return {
    name: `property ${name}`,
    step: propertyStep(name),
    judge(answer) {
      if (answer.status === 404)
        return {
          state: "fail",
          text: `there is no contact property ${name}: make one of type single-line text`,
        };
      if (answer.status >= 300)
        return { state: "warn", text: `${name} cannot be read (HTTP ${answer.status})` };
      const values = valuesIn(answer);
      const missing = values.length === 0 ? [] : wanted.filter((value) => !values.includes(value));
      return missing.length === 0
        ? { state: "ok", text: `property ${name} is there` }
        : { state: "fail", text: `property ${name} does not allow ${missing.join(", ")}` };
    },
  };
}

const uniqueCheck = (name: string): TargetCheck => ({
  name: `property ${name}`,
  step: propertyStep(name),
  judge({ status, json }) {
    if (status === 404) return { state: "fail", text: `there is no contact property ${name}` };
    if (status >= 300) return { state: "warn", text: `${name} cannot be read (HTTP ${status})` };
    return (json as { hasUniqueValue?: unknown } | null)?.hasUniqueValue === true
      ? { state: "ok", text: `property ${name} is unique` }
      : { state: "fail", text: `property ${name} does not require unique values, so it names nobody` };
  },
});

const lifecycleCheck = (wanted: readonly string[]): TargetCheck => ({
  name: OWN_STAGE,
  step: propertyStep(OWN_STAGE),
  judge(answer) {
    if (answer.status >= 300)
      return { state: "warn", text: `allowed values of ${OWN_STAGE} cannot be read (HTTP ${answer.status})` };
    const values = valuesIn(answer);
    const missing = [...new Set(wanted)].filter((value) => !values.includes(value));
    return missing.length === 0
      ? { state: "ok", text: `${OWN_STAGE} allows every value of the table` }
      : {
          state: "fail",
          text: `${OWN_STAGE} does not allow ${missing.join(", ")}; it has ${values.join(", ")}`,
        };
  },
});
