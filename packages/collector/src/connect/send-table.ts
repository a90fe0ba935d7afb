/**
 * The part of the operator's table that says what is sent: which messages become a property or an event of a target, and
 * what its values are called. Every error in words.
 */
import { z } from "zod";
import { MESSAGE_KINDS, type MessageKind } from "../domain/message.ts";
import type { SystemName } from "./connector.ts";
import { STAGE_KINDS } from "./outgoing.ts";
import { HUBSPOT_LIFECYCLE } from "./systems/hubspot-out.ts";
import {
  ACTIONS,
  type Action,
  LIFECYCLE_MODES,
  TARGET_SYSTEMS,
  type Target,
  type TargetOptions,
  type TargetSystem,
} from "./target.ts";
import { targetOf } from "./targets.ts";

const word = z.string().min(1).max(100);
const kind = z.enum(MESSAGE_KINDS, `name messages: ${MESSAGE_KINDS.join(", ")}`);
/** `lifecyclestage: on` is the careful way; YAML may give it as true. */
const mode = z.preprocess(
  (raw) => (raw === true || raw === "on" ? "peak" : raw === false ? "off" : raw),
  z.enum(LIFECYCLE_MODES, `write ${LIFECYCLE_MODES.join(", ")}`),
);

/** The entry `send` of a connector. */
export const sendSchema = z.strictObject({
  messages: z.partialRecord(kind, z.enum(ACTIONS, `write ${ACTIONS.join(", ")}`)).default({}),
  model: word.optional(),
  stages: z.record(word, word).default({}),
  properties: z
    .strictObject({
      stage: word.optional(),
      at: z.string().max(100).optional(),
      source: z.string().max(100).optional(),
    })
    .default({}),
  events: z.partialRecord(kind, word).default({}),
  lifecyclestage: mode.default("off"),
  lifecycle: z.record(word, word).default({}),
  customerProperty: word.optional(),
  perMinute: z.number().int().min(1).max(6_000).optional(),
  lookUp: z.boolean().default(true),
});
export type SendEntry = z.infer<typeof sendSchema>;

/** What of the rest of a connector's entry a target needs. */
export interface SendContext {
  name: string;
  system: SystemName;
  site: string;
  customers: string;
  host: string | undefined;
  hasToken: boolean;
  /** Whether the same entry takes what the system sends. */
  receives: boolean;
  keepEmail: boolean;
  settings: TargetOptions["settings"];
}

/** The options of a target, or what is wrong with them: each problem as "field: what to do". */
export function readSend(
  send: SendEntry,
  context: SendContext,
): { options?: TargetOptions; problems: string[] } {
  const { system, name, site, customers, host, keepEmail, settings } = context;
  const target = targetOf(system);
  if (target === undefined)
    return { problems: [`send: ${system} cannot be told anything; ${TARGET_SYSTEMS.join(", ")} can`] };
  const problems: string[] = [];
  if (!context.hasToken) problems.push("send: it needs a token. Add: token: { file: <file> }");
  if (host === undefined && target.host === undefined)
    problems.push("send: it needs host, the address of its API, such as https://shop.zendesk.com");
  for (const { name: setting, meaning } of target.needs ?? []) {
    if (settings[setting] === undefined) problems.push(`settings: ${setting} is missing (${meaning})`);
  }
  const consent = settings["consent"];
  if (system === "ga4" && consent !== undefined && consent !== "granted" && consent !== "denied")
    problems.push("settings.consent: write granted or denied");

  const actions = {} as Record<MessageKind, Action>;
  const events: Partial<Record<MessageKind, string>> = {};
  for (const one of MESSAGE_KINDS) {
    const wanted = send.messages[one];
    const action = wanted ?? target.actions[one] ?? "nothing";
    actions[one] = action;
    problems.push(...problemsOf(one, action, target));
    if (action !== "event" && action !== "both") continue;
    const event = send.events[one] ?? target.eventName(one);
    if (event !== undefined) events[one] = event;
    else if (target.events.includes(one))
      problems.push(
        `send.events: name the ${system} event for ${one}, such as pe1234567_${one.replace(".", "_")}`,
      );
  }
  if (
    system === "hubspot" &&
    send.lifecyclestage !== "off" &&
    context.receives &&
    settings["appId"] === undefined
  )
    problems.push(
      "settings: appId is missing (your own app's id: without it, what we write comes back as news)",
    );
  if (system !== "hubspot") {
    if (send.lifecyclestage !== "off") problems.push("send.lifecyclestage: only HubSpot has it");
    if (Object.keys(send.lifecycle).length > 0) problems.push("send.lifecycle: only HubSpot has it");
  }
  const properties = { ...target.properties };
  for (const part of ["stage", "at", "source"] as const) {
    const named = send.properties[part];
    if (named !== undefined) properties[part] = named;
  }
  return {
    problems,
    options: {
      name,
      system: system as TargetSystem,
      site,
      customers,
      ...(host === undefined ? {} : { host }),
      actions,
      ...(send.model === undefined ? {} : { model: send.model }),
      stages: send.stages,
      properties,
      events,
      lifecyclestage: send.lifecyclestage,
      lifecycle: Object.keys(send.lifecycle).length > 0 ? send.lifecycle : HUBSPOT_LIFECYCLE,
      ...(send.customerProperty === undefined ? {} : { customerProperty: send.customerProperty }),
      perMinute: send.perMinute ?? target.perMinute,
      keepEmail,
      lookUp: send.lookUp,
      settings,
    },
  };
}

function problemsOf(kind: MessageKind, action: Action, target: Target): string[] {
  const problems: string[] = [];
  const isStage = (STAGE_KINDS as readonly string[]).includes(kind);
  if ((action === "property" || action === "both") && !isStage)
    problems.push(`send.messages.${kind}: it carries no stage, so it can be event or nothing`);
  if ((action === "event" || action === "both") && !target.events.includes(kind)) {
    problems.push(
      target.events.length === 0
        ? `send.messages.${kind}: ${target.system} has no events; write property, and hang a trigger on the field`
        : `send.messages.${kind}: ${target.system} takes only ${target.events.join(", ")} as an event`,
    );
  }
  return problems;
}
