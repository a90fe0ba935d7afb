/**
 * Google Analytics 4 as a target: the stage as a user property, and events, by the Measurement Protocol.
 *
 * Shapes from Google's reference (November 2026); never tried against a live property. Google answers 204 to whatever it
 * is sent, also with a wrong secret: only its debug address says what is wrong, and not that.
 */
import { MESSAGE_KINDS } from "../../domain/message.ts";
import { flatData, propertiesFor } from "../outgoing.ts";
import type { OutboxMessage, Step, Target, TargetOptions } from "../target.ts";

/** Google's limits, in characters. */
const PROPERTY_NAME_MAX = 24;
const PROPERTY_VALUE_MAX = 36;
const PARAM_VALUE_MAX = 100;
const MOST_PARAMS = 25;

export const ga4Target: Target = {
  system: "ga4",
  host: "https://www.google-analytics.com",
  events: MESSAGE_KINDS,
  actions: { "stage.entered": "property", "stage.corrected": "property" },
  properties: { stage: "sojourn_stage", at: "", source: "sojourn_source" },
  eventName: (kind) => `sojourn_${kind.replace(".", "_")}`,
  perMinute: 600,
  needs: [
    { name: "measurementId", meaning: "the measurement id of the web stream, such as G-ABC1234567" },
    {
      name: "consent",
      meaning:
        "granted or denied: whether the visitors agreed that Google may use their data for advertising",
    },
  ],
  signIn: (token) => ({ query: { api_secret: token } }),

  addresses: ({ ga }) => (ga === undefined ? [] : [{ kind: "ga", value: ga }]),

  deliver(message, contact, options, parts) {
    const properties = parts.property ? propertiesFor(message, options) : undefined;
    if (properties === undefined && !parts.event) return [];
    const name = (parts.event ? options.events[message.kind] : undefined) ?? "sojourn_stage";
    return [collect("/mp/collect", message, contact.value, name, properties, options)];
  },

  checks(options) {
    const at = 0;
    const sample: OutboxMessage = { id: "check", kind: "stage.entered", at, data: { to: "check", entry: 1 } };
    const name = options.events["stage.entered"] ?? "sojourn_stage";
    const step = collect("/debug/mp/collect", sample, "1.1", name, propertiesFor(sample, options), options);
    return [
      {
        name: "messages",
        step,
        judge({ status, json }) {
          if (status >= 300) return { state: "fail", text: `Google answers HTTP ${status}` };
          const said = (json as { validationMessages?: unknown } | null)?.validationMessages;
          const problems = (Array.isArray(said) ? said : []).map((one: { description?: unknown }) =>
            String(one?.description ?? "not valid").slice(0, 200),
          );
          return problems.length === 0
            ? { state: "ok", text: "Google takes our messages; whether the secret is right it does not say" }
            : { state: "fail", text: problems.join("; ") };
        },
      },
    ];
  },
};

function collect(
  path: string,
  message: OutboxMessage,
  client: string,
  name: string,
  properties: Record<string, string> | undefined,
  { settings }: TargetOptions,
): Step {
  const consent = settings["consent"] === "granted" ? "GRANTED" : "DENIED";
  const params = Object.entries({ message_id: message.id, ...flatData(message) })
    .slice(0, MOST_PARAMS)
    .map(([key, value]) => [key, typeof value === "string" ? value.slice(0, PARAM_VALUE_MAX) : value]);
  return {
    name: "event",
    method: "POST",
    path: `${path}?measurement_id=${encodeURIComponent(String(settings["measurementId"]))}`,
    body: {
      client_id: client,
      ...(message.at > 0 ? { timestamp_micros: message.at * 1_000 } : {}),
      consent: { ad_user_data: consent, ad_personalization: consent },
      ...(properties === undefined
        ? {}
        : {
            user_properties: Object.fromEntries(
              Object.entries(properties).map(([key, value]) => [
                key.slice(0, PROPERTY_NAME_MAX),
                { value: value.slice(0, PROPERTY_VALUE_MAX) },
              ]),
            ),
          }),
      events: [{ name, params: Object.fromEntries(params) }],
    },
  };
}
