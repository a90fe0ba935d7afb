/**
 * Says what is wrong with a Measurement Protocol body, in the form Google's debug address answers.
 */
import { LIMITS } from "@sojourn/sdk/wire";
import { GA4_MOST_EVENTS } from "./systems/ga4.ts";

export interface ValidationMessage {
  fieldPath: string;
  description: string;
  validationCode: "VALUE_REQUIRED" | "VALUE_INVALID" | "NAME_INVALID" | "EXCEEDED_MAX_ENTITIES";
}

/** An empty list: it would be taken. */
export function checkGa4(text: string): ValidationMessage[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return [{ fieldPath: "", description: "The body is no JSON.", validationCode: "VALUE_INVALID" }];
  }
  const { client_id: client, events } = (body ?? {}) as { client_id?: unknown; events?: unknown };
  const messages: ValidationMessage[] = [];
  const say = (fieldPath: string, description: string, validationCode: ValidationMessage["validationCode"]) =>
    messages.push({ fieldPath, description, validationCode });
  if (client === undefined || client === "")
    say("client_id", "Measurement requires a client_id.", "VALUE_REQUIRED");
  if (!Array.isArray(events) || events.length === 0) {
    say("events", "A list of one to 25 events is needed.", "VALUE_REQUIRED");
    return messages;
  }
  if (events.length > GA4_MOST_EVENTS)
    say("events", `At most ${GA4_MOST_EVENTS} events are taken at once.`, "EXCEEDED_MAX_ENTITIES");
  for (const [place, event] of events.entries()) checkEvent(event, `events[${place}]`, say);
  return messages;
}

function checkEvent(
  event: unknown,
  path: string,
  say: (path: string, description: string, code: ValidationMessage["validationCode"]) => void,
): void {
  const { name, params } = (event ?? {}) as { name?: unknown; params?: Record<string, unknown> };
  if (typeof name !== "string" || !/^[a-z][a-z0-9_]{0,39}$/.test(name)) {
    say(`${path}.name`, "A name has small letters, digits and _, at most 40.", "NAME_INVALID");
    return;
  }
  if (name !== "purchase" && name !== "refund") return;
  const order = params?.["transaction_id"];
  if (order === undefined || order === "")
    say(`${path}.params.transaction_id`, `${name} needs the order's number.`, "VALUE_REQUIRED");
  else if (String(order).length > LIMITS.orderMax)
    say(`${path}.params.transaction_id`, `At most ${LIMITS.orderMax} characters.`, "VALUE_INVALID");
  const currency = params?.["currency"];
  if (params?.["value"] !== undefined && (typeof currency !== "string" || !/^[A-Za-z]{3}$/.test(currency)))
    say(`${path}.params.currency`, "An amount needs a currency such as EUR.", "VALUE_REQUIRED");
}
