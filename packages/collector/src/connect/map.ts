/**
 * Reads one kept message: the system's own mapping, then the operator's table over it.
 */
import { CUSTOM_KIND, LIMITS, type WireValue } from "@sojourn/sdk/wire";
import type {
  Connector,
  ConnectorOptions,
  Delivery,
  Draft,
  Fetch,
  IgnoreReason,
  Mapped,
  PersonKey,
  TopicRule,
} from "./connector.ts";
import { Unreadable } from "./fields.ts";
import { textAt } from "./path.ts";

/** What a message means. Never throws: what cannot be read says where. */
export function readDelivery(connector: Connector, delivery: Delivery, options: ConnectorOptions): Mapped {
  try {
    return withLimits(connector.map(delivery, options));
  } catch (error) {
    if (error instanceof Unreadable) return { kind: "unreadable", path: error.path };
    // A body nobody thought of must not stop those behind it. The message of the error may repeat the body.
    return { kind: "unreadable", path: error instanceof RangeError ? "body" : "mapping" };
  }
}

/**
 * The operator's rule for a topic: undefined when there is none, `ignored` when it does not want the message, else the
 * properties to add and the kind to use.
 */
export function ruleFor(
  topic: string,
  body: unknown,
  options: ConnectorOptions,
): { kind: "ignored" } | { kind: "rule"; kindName?: string; props?: Record<string, WireValue> } | undefined {
  const rule = Object.hasOwn(options.map, topic) ? options.map[topic] : undefined;
  if (rule === undefined) return undefined;
  if (rule.kind === "ignore" || !isWanted(rule, body)) return { kind: "ignored" };
  const props = propsOf(rule, body);
  return {
    kind: "rule",
    ...(rule.kind === undefined ? {} : { kindName: rule.kind }),
    ...(props === undefined ? {} : { props }),
  };
}

/** Drafts with the operator's kind (first draft) and properties. */
export function withRule(
  drafts: readonly Draft[],
  rule: { kindName?: string; props?: Record<string, WireValue> },
): Draft[] {
  return drafts.map((draft, place) => {
    const kind = place === 0 && rule.kindName !== undefined ? rule.kindName : draft.kind;
    if (rule.props === undefined) return { ...draft, kind };
    return { ...draft, kind, fields: { ...draft.fields, props: { ...draft.fields?.props, ...rule.props } } };
  });
}

/**
 * Reads every part of a page or a list; a part that cannot be read does not take its neighbours with it.
 *
 * @param nothing why the whole is ignored when no part means anything
 */
export function eachPart(
  parts: readonly unknown[],
  read: (part: unknown, place: number) => Mapped,
  nothing: IgnoreReason,
): Mapped {
  const drafts: Draft[] = [];
  const fetches: Fetch[] = [];
  let unreadable: string | undefined;
  let reason: IgnoreReason = nothing;
  let forget: PersonKey | undefined;
  for (const [place, part] of parts.entries()) {
    const mapped = readPart(() => read(part, place));
    if (mapped.kind === "mapped") {
      drafts.push(...mapped.drafts);
      forget ??= mapped.forget;
    } else if (mapped.kind === "needs") fetches.push(...mapped.fetches);
    else if (mapped.kind === "ignored") reason = mapped.reason;
    else unreadable ??= `[${place}].${mapped.path}`;
  }
  if (fetches.length > 0) return { kind: "needs", fetches };
  if (drafts.length === 0 && forget === undefined && unreadable === undefined)
    return { kind: "ignored", reason };
  return {
    kind: "mapped",
    drafts,
    ...(forget === undefined ? {} : { forget }),
    ...(unreadable === undefined ? {} : { unreadable }),
  };
}

function readPart(read: () => Mapped): Mapped {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) return { kind: "unreadable", path: error.path };
    throw error;
  }
}

/** When the system made this version of an order, where it says so. */
export const versionOf = (at: number | undefined): { versionAt?: number } =>
  at === undefined ? {} : { versionAt: at };

/** Our visitor id: where the operator says it lies, else at the system's usual places. */
export function visitorAt(
  body: unknown,
  options: Pick<ConnectorOptions, "visitor">,
  usual: readonly string[],
): { visitor?: string } {
  for (const path of [...options.visitor, ...usual]) {
    const visitor = textAt(body, path)?.trim();
    if (visitor) return { visitor };
  }
  return {};
}

function isWanted(rule: TopicRule, body: unknown): boolean {
  return Object.entries(rule.when ?? {}).every(([path, wanted]) => {
    const value = textAt(body, path);
    return value !== undefined && (typeof wanted === "string" ? wanted === value : wanted.includes(value));
  });
}

function propsOf(rule: TopicRule, body: unknown): Record<string, WireValue> | undefined {
  const found: [string, WireValue][] = [];
  for (const [name, path] of Object.entries(rule.props ?? {})) {
    const value = textAt(body, path);
    if (value !== undefined) found.push([name, value.slice(0, LIMITS.propValueMax)]);
  }
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

const CUSTOM = new RegExp(CUSTOM_KIND);

/** Names that are too long to be kept are no reason to lose the rest; a thing without a usable name is. */
function withLimits(mapped: Mapped): Mapped {
  if (mapped.kind !== "mapped") return mapped;
  const { drafts, ready = [], forget, unreadable } = mapped;
  if (drafts.length + ready.length === 0 && forget === undefined) {
    return unreadable === undefined
      ? { kind: "ignored", reason: "empty" }
      : { kind: "unreadable", path: unreadable };
  }
  for (const { key, kind, fields } of drafts) {
    if (key.length === 0 || key.length > 200) return { kind: "unreadable", path: "key" };
    if (!CUSTOM.test(kind)) return { kind: "unreadable", path: "kind" };
    if ((fields?.order?.length ?? 1) > LIMITS.orderMax) return { kind: "unreadable", path: "order" };
  }
  return mapped;
}
