/**
 * Zendesk: a ticket that was opened, and how its requester rated the help, by events or by a trigger with our template.
 *
 * Shapes from Zendesk's webhook and event references (November 2026); never tried against a live account.
 */
import type { Connector, ConnectorOptions, Delivery, Draft, Mapped, Who } from "../connector.ts";
import { emailHash, type Fields, fieldsOf, jsonOf, timeOf, Unreadable } from "../fields.ts";
import { ruleFor, withRule } from "../map.ts";
import { hmac, isFresh, isSameText } from "../signature.ts";

const TOLERANCE_MS = 3_600_000;
const RATINGS: Readonly<Record<string, number>> = { good: 5, bad: 1 };

export const zendesk: Connector = {
  system: "zendesk",
  keeps: ["x-zendesk-webhook-id"],
  signIn: (token) => ({ authorization: `Basic ${Buffer.from(token, "utf8").toString("base64")}` }),
  probe: () => ({ name: "probe", method: "GET", path: "/api/v2/users/me.json" }),

  verify({ headers, body }, secrets, now) {
    const given = headers["x-zendesk-webhook-signature"];
    const time = headers["x-zendesk-webhook-signature-timestamp"];
    if (!given || !time) return { refused: "signature_missing" };
    const fits = secrets.filter((secret) => isSameText(given, hmac([time, body], secret, "base64")));
    if (fits.length === 0) return { refused: "signature_wrong" };
    return isFresh(timeOf(time) ?? Number.NaN, now, TOLERANCE_MS) ? "genuine" : { refused: "too_old" };
  },

  map(delivery, options) {
    const body = fieldsOf(jsonOf(delivery.text));
    const topic = body.maybeText("sojourn") ?? body.text("type");
    const rule = ruleFor(topic, body.raw, options);
    if (rule?.kind === "ignored") return { kind: "ignored", reason: "operator" };
    const mapped =
      body.maybeText("sojourn") !== undefined
        ? mapTemplate(topic, body, options)
        : topic === "zen:event-type:ticket.created"
          ? mapTicket(body.child("detail"), delivery, options)
          : ({ kind: "ignored", reason: isEcho(topic, body) ? "echo" : "other_topic" } as const);
    return mapped.kind === "mapped" && rule !== undefined
      ? { ...mapped, drafts: withRule(mapped.drafts, rule) }
      : mapped;
  },
};

/** A change of a user's field that only we write. */
function isEcho(topic: string, body: Fields): boolean {
  if (topic !== "zen:event-type:user.custom_field_changed") return false;
  const field = body.maybeChild("event")?.maybeChild("custom_field");
  return ["key", "title"].some((name) => /^sojourn[_ ]/i.test(field?.maybeText(name) ?? ""));
}

/** An event knows its requester only by number; their address and our id of them are one question away. */
function mapTicket(ticket: Fields, delivery: Delivery, options: ConnectorOptions): Mapped {
  const requester = ticket.text("requester_id");
  if (!/^\d{1,20}$/.test(requester)) throw new Unreadable(ticket.at("requester_id"));
  const fetch = {
    name: `user ${requester}`,
    method: "GET" as const,
    path: `/api/v2/users/${requester}.json`,
    alsoFine: [404],
  };
  const answer = delivery.fetched[fetch.name];
  if (answer === undefined && options.canFetch) return { kind: "needs", fetches: [fetch] };
  const user =
    answer === undefined || answer.status === 404 ? undefined : fieldsOf(answer.json, "user").child("user");
  const who = whoOf(requester, user?.maybeText("email"), user?.maybeText("external_id"), options);
  return { kind: "mapped", drafts: [contact(ticket.text("id"), ticket.time("created_at"), who)] };
}

/** What the trigger of the documentation sends: a ticket, or a rating. */
function mapTemplate(topic: string, body: Fields, options: ConnectorOptions): Mapped {
  const id = body.text("ticket_id");
  const createdAt = body.time("created_at");
  const who = whoOf(
    body.text("requester_id"),
    body.maybeText("requester_email"),
    body.maybeText("requester_external_id"),
    options,
  );
  if (topic === "ticket") return { kind: "mapped", drafts: [contact(id, createdAt, who)] };
  if (topic !== "rating") return { kind: "ignored", reason: "other_topic" };
  const rating = body.text("rating").toLowerCase();
  // "offered" and "unoffered" are no answers; "Good" may carry a comment: "good_with_comment".
  const score = RATINGS[rating.replace(/[_ ]with[_ ]comment$/, "")];
  if (score === undefined) return { kind: "ignored", reason: "unfinished" };
  const draft: Draft = {
    kind: "survey_response",
    idKind: "rating",
    key: `${id} ${score === 5 ? "good" : "bad"}`,
    madeAt: createdAt,
    at: body.time("updated_at"),
    self: `ticket:${id}`,
    who,
    fields: { survey: "csat", score },
  };
  return { kind: "mapped", drafts: [draft] };
}

const contact = (id: string, at: number, who: Who): Draft => ({
  kind: "support_contact",
  idKind: "ticket",
  key: id,
  madeAt: at,
  at,
  self: `ticket:${id}`,
  who,
});

function whoOf(
  requester: string,
  address: string | undefined,
  external: string | undefined,
  { customers }: ConnectorOptions,
): Who {
  const email = emailHash(address);
  return {
    ...(external === undefined ? {} : { customer: `${customers}:${external}` }),
    ...(email === undefined ? {} : { email }),
    aliases: [`zendesk:${requester}`],
  };
}
