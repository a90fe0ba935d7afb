/**
 * Turns what happened into touchpoints that carry all we know of who it was.
 *
 * A thing (an order, a ticket) keeps its events together under a visitor of its own, so that a refund finds its order
 * without knowing anybody. Names claimed beside it join that visitor with a person: the customer, the address, the cart
 * that a browser named. A browser's own visitor id is only linked, by a touchpoint of that browser, so that a forged id
 * can at most add a thing to a person and never move what a person had.
 */
import { createHash } from "node:crypto";
import { LIMITS, type WireTouchpoint } from "@sojourn/sdk/wire";
import { touchpointId } from "../ingest/touchpoint-id.ts";
import type { Draft } from "./connector.ts";

/** A touchpoint as the server door takes it. */
export type ServerTouchpoint = WireTouchpoint & { visitor: string };

// A visitor id that our script makes or a site owner gives; never one of the names this file makes up.
const VISITOR = /^[A-Za-z0-9._~-]{8,64}$/;

/** The touchpoints of what happened; the same drafts give the same ones, ids included. */
export function touchpointsOf(connector: string, drafts: readonly Draft[]): ServerTouchpoint[] {
  return drafts.flatMap((draft) => {
    const { kind, idKind, key, madeAt, at, who, fields } = draft;
    const aliases = [draft.self, ...(who.aliases ?? [])].filter(
      (alias, place, all) => alias.length <= LIMITS.aliasMax && all.indexOf(alias) === place,
    );
    const event: ServerTouchpoint = {
      ...fields,
      id: touchpointId(madeAt, connector, idKind, key),
      at,
      kind,
      visitor: visitorName(draft.self),
      ...(who.customer === undefined || who.customer.length > LIMITS.customerMax
        ? {}
        : { customer: who.customer }),
      ...(who.email === undefined ? {} : { email: who.email }),
      aliases: aliases.slice(0, LIMITS.aliases),
    };
    if (who.visitor === undefined || !VISITOR.test(who.visitor)) return [event];
    const link: ServerTouchpoint = {
      id: touchpointId(madeAt, connector, `${idKind}/visitor`, key),
      at,
      kind: "identify",
      visitor: who.visitor,
      aliases: [draft.self],
    };
    return [event, link];
  });
}

/**
 * What drafts say of who it was, as touchpoints of their own: for a thing whose first version is in the log already and
 * keeps its place there, while a later one knows more names. The same names give the same touchpoint.
 */
export function namesOf(connector: string, drafts: readonly Draft[]): ServerTouchpoint[] {
  const all = touchpointsOf(
    connector,
    drafts.map(({ fields: _, ...draft }) => ({ ...draft, kind: "identify" })),
  );
  const named = new Map<string, ServerTouchpoint>();
  for (const touchpoint of all) {
    const { customer, email, aliases = [], visitor } = touchpoint;
    // The thing's own name is all it has: that is known since its first version.
    if (customer === undefined && email === undefined && aliases.length < 2) continue;
    const names = [visitor, customer ?? null, email ?? null, ...aliases.toSorted()];
    const id = touchpointId(touchpoint.at, connector, "names", JSON.stringify(names));
    named.set(id, { ...touchpoint, id });
  }
  return [...named.values()];
}

/** The visitor under which a thing's events are kept; long names by their hash. */
export function visitorName(self: string): string {
  if (self.length <= LIMITS.visitorMax) return self;
  const kind = self.slice(0, Math.max(0, self.indexOf(":")));
  return `${kind.slice(0, 16)}:${createHash("sha256").update(self).digest("base64url")}`;
}

/** An order number as both sides write it: shops show "#1001" where a data layer says "1001". */
export const orderAlias = (number: string): string => `order:${number.trim().replace(/^#/, "")}`;
