/**
 * Reads a message as targets need it: the stage it is about, and its data as flat properties of an event.
 */
import { formatMinor } from "../domain/money.ts";
import type { OutboxMessage, Parts, TargetOptions } from "./target.ts";

/** The kinds that carry a stage. */
export const STAGE_KINDS = ["stage.entered", "stage.corrected"] as const;

/** A stage as it is written to a contact. */
export interface StageValue {
  /** Our own name. */
  stage: string;
  /** What the operator's table makes of it. */
  value: string;
  /** The stage furthest along the path that was ever entered. */
  peak: string | undefined;
  /** ISO 8601. */
  at: string;
  /** Channel of the first touch; empty when there is none. */
  source: string;
}

/** The stage a message is about; undefined for messages about something else. */
export function stageIn(
  message: OutboxMessage,
  options: Pick<TargetOptions, "stages">,
): StageValue | undefined {
  const { kind, data, at } = message;
  const stage = text(
    kind === "stage.entered" ? data["to"] : kind === "stage.corrected" ? data["stage"] : undefined,
  );
  if (stage === undefined) return undefined;
  const changes = Array.isArray(data["changes"]) ? (data["changes"] as { at?: unknown }[]) : [];
  const since =
    text(kind === "stage.entered" ? data["at"] : changes.at(-1)?.at) ?? new Date(at).toISOString();
  return {
    stage,
    value: Object.hasOwn(options.stages, stage) ? options.stages[stage]! : stage,
    peak: text(data["peak"]),
    at: since,
    source: text((data["firstSource"] as { channel?: unknown } | null | undefined)?.channel) ?? "",
  };
}

/** What is written to the contact, by the operator's names of properties; undefined when the message has no stage. */
export function propertiesFor(
  message: OutboxMessage,
  options: Pick<TargetOptions, "stages" | "properties">,
): Record<string, string> | undefined {
  const stage = stageIn(message, options);
  if (stage === undefined) return undefined;
  const { properties } = options;
  return Object.fromEntries(
    [
      [properties.stage, stage.value],
      [properties.at, stage.at],
      [properties.source, stage.source],
    ].filter(([name, value]) => name !== "" && value !== ""),
  ) as Record<string, string>;
}

/** Which halves of a message the operator's table wants sent. */
export function partsOf(
  { kind }: Pick<OutboxMessage, "kind">,
  { actions }: Pick<TargetOptions, "actions">,
): Parts {
  const action = actions[kind];
  return {
    property: action === "property" || action === "both",
    event: action === "event" || action === "both",
  };
}

/** Amounts of a message, which it carries in minor units. */
const AMOUNTS = ["value", "refunded"] as const;
/** Plain fields that are passed on under their own names. */
const PLAIN = [
  "from", "to", "was", "peak", "entry", "cause", "rule", "model", "order", "nth", "counts", "currency", "url",
  "due", "score", "limit", "survey",
] as const; // biome-ignore format: a list of words

/** A message's data, flat: text, numbers, yes or no. Never an address, never an id of a visitor. */
export function flatData({ data }: OutboxMessage): Record<string, string | number | boolean> {
  const flat: Record<string, string | number | boolean> = {};
  for (const name of PLAIN) {
    const value = data[name];
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      flat[name] = value;
  }
  const stage = text(data["to"]) ?? text(data["stage"]);
  if (stage !== undefined) flat["stage"] = stage;
  const currency = text(data["currency"]);
  for (const name of AMOUNTS) {
    const value = data[name];
    if (typeof value === "number" && currency !== undefined)
      flat[name] = Number(formatMinor(value, currency));
  }
  for (const [field, prefix] of [
    ["firstSource", "first"],
    ["lastSource", "last"],
  ] as const) {
    const source = data[field] as Record<string, unknown> | null | undefined;
    for (const part of ["channel", "source", "campaign"]) {
      const value = text(source?.[part]);
      if (value !== undefined) flat[`${prefix}_${part}`] = value;
    }
  }
  for (const [field, name] of [
    ["lastViewed", "last_viewed"],
    ["lastBought", "last_bought"],
  ] as const) {
    const products = data[field];
    if (Array.isArray(products) && products.length > 0) flat[name] = products.join(", ");
  }
  const items = data["items"];
  if (Array.isArray(items) && items.length > 0) {
    const names = items.map((item: { id?: unknown; name?: unknown }) => text(item.name) ?? text(item.id));
    flat["items"] = names.filter((name) => name !== undefined).join(", ");
  }
  return flat;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
