/**
 * Typeform: answers to a form, as the kind the operator's table gives it: a survey, a lead, or a name of their own.
 *
 * Shapes from Typeform's webhook reference (November 2026); never tried against a live account. It switches a webhook
 * off at the first 404 or 410.
 */
import { SURVEYS, type Survey } from "@sojourn/sdk/wire";
import type { Connector, ConnectorOptions, Draft, Mapped } from "../connector.ts";
import { emailHash, type Fields, fieldsOf, jsonOf, Unreadable } from "../fields.ts";
import { checkHmac } from "../hmac-header.ts";
import { ruleFor, visitorAt, withRule } from "../map.ts";
import { textAt } from "../path.ts";

export const typeform: Connector = {
  system: "typeform",
  keeps: [],
  settings: [
    { name: "survey", meaning: "nps or csat, for forms whose kind is survey_response" },
    { name: "score", meaning: "ref of the field whose answer is the score" },
  ],
  host: "https://api.typeform.com",
  signIn: (token) => ({ authorization: `Bearer ${token}` }),
  probe: () => ({ name: "probe", method: "GET", path: "/me" }),

  verify({ headers, body }, secrets) {
    const header = headers["typeform-signature"];
    return checkHmac(
      header?.startsWith("sha256=") ? header.slice("sha256=".length) : undefined,
      body,
      secrets,
    );
  },

  map(delivery, options) {
    const body = fieldsOf(jsonOf(delivery.text));
    if (body.text("event_type") !== "form_response") return { kind: "ignored", reason: "other_topic" };
    const response = body.child("form_response");
    const rule = ruleFor(response.text("form_id"), body.raw, options);
    if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
    // A form nobody gave a meaning is no touchpoint.
    if (rule?.kindName === undefined) return { kind: "ignored", reason: "other_topic" };
    return mapResponse(response, rule.kindName, options, (draft) => withRule([draft], rule));
  },
};

function mapResponse(
  response: Fields,
  kind: string,
  options: ConnectorOptions,
  finish: (draft: Draft) => Draft[],
): Mapped {
  const token = response.text("token");
  const answers = response.list("answers");
  const address = answers.find((answer) => answer.maybeText("type") === "email")?.maybeText("email");
  const email = emailHash(address ?? textAt(response.raw, "hidden.email"));
  const customer = textAt(response.raw, "hidden.customer");
  return {
    kind: "mapped",
    drafts: finish({
      kind,
      idKind: "answer",
      key: token,
      madeAt: response.time("landed_at"),
      at: response.time("submitted_at"),
      self: `typeform:${token}`,
      who: {
        ...visitorAt(response.raw, options, ["hidden.sojourn_visitor"]),
        ...(customer ? { customer: `${options.customers}:${customer}` } : {}),
        ...(email === undefined ? {} : { email }),
      },
      ...(kind === "survey_response" ? { fields: scoreOf(response, answers, options) } : {}),
    }),
  };
}

function scoreOf(
  response: Fields,
  answers: readonly Fields[],
  { settings }: ConnectorOptions,
): { survey: Survey; score: number } {
  const survey = SURVEYS.find((name) => name === settings["survey"]);
  if (survey === undefined) throw new Unreadable("settings.survey");
  const ref = settings["score"];
  const answer =
    ref === undefined
      ? answers.find((one) => one.maybeText("type") === "number")
      : answers.find((one) => one.maybeChild("field")?.maybeText("ref") === ref);
  if (answer === undefined) throw new Unreadable(response.at("answers"));
  const score = answer.number("number");
  const [least, most] = survey === "nps" ? [0, 10] : [1, 5];
  if (score < least! || score > most!) throw new Unreadable(answer.at("number"));
  return { survey, score };
}
