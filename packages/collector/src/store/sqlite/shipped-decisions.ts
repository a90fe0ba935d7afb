/**
 * What is shipped of what nobody can compute again: costs, goals, decisions of operators, what shops said, who was forgotten. See shipped.ts.
 */
import { key, type TableDraft, TIME, UINT, WORD } from "./shipped-table.ts";

export const DECISIONS: readonly TableDraft[] = [
  {
    name: "cost",
    file: "cost",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["key", UINT, key("d.a")],
      ["site", UINT, key("r.site")],
      ["day", "String"],
      ["channel", "String"],
      ["source", "String"],
      ["medium", "String"],
      ["campaign", "String"],
      ["amount", "Int64"],
      ["currency", WORD],
      ["origin", "String"],
    ],
    order: ["key"],
  },
  {
    name: "segment",
    file: "segment",
    captured: ["site", "name"],
    walk: ["site", "name"],
    columns: [
      ["site", UINT, key("d.a")],
      ["name", "String", "d.b"],
      ["rule", "String"],
      ["created_at", TIME],
    ],
    order: ["site", "name"],
  },
  {
    name: "target",
    file: "target",
    captured: ["site", "figure", "period"],
    walk: ["site", "figure", "period"],
    columns: [
      ["site", UINT, key("d.a")],
      ["figure", "String", "d.b"],
      ["period", "String", "d.c"],
      // JSON of SQLite writes fifteen digits; a number needs seventeen to come back as itself.
      ["goal", "Float64", "json(printf('%!.17g', r.goal))"],
    ],
    order: ["site", "figure", "period"],
  },
  {
    // What a person's removed touchpoints add up to; nothing else can compute it again.
    name: "seal",
    file: "seal",
    captured: ["person"],
    walk: ["person"],
    columns: [
      ["person", UINT, key("d.a")],
      ["site", UINT, key("r.site")],
      ["sealed_to", TIME],
      ["state", "String"],
    ],
    order: ["person"],
    shard: "person",
  },
  {
    // Only what "everything kept about a person" shows; delivery itself is the collector's.
    name: "message",
    file: "outbox",
    captured: ["key", "person"],
    walk: ["key"],
    columns: [
      ["person", UINT, key("d.b")],
      ["key", UINT, key("d.a")],
      ["body", "String"],
    ],
    order: ["person", "key"],
    shard: "person",
    watched: ["body"],
  },
  {
    // What shops say of an order after its first version.
    name: "order_news",
    file: "order_news",
    captured: ["site", "number"],
    walk: ["site", "number"],
    columns: [
      ["site", UINT, key("d.a")],
      ["number", "String", "d.b"],
      ["visitor", "String"],
      ["version_at", "Nullable(Int64)"],
      ["value", "Nullable(Int64)"],
      ["currency", "Nullable(String)"],
      ["least", "Nullable(Int64)"],
      ["cancelled_at", "Nullable(Int64)"],
    ],
    order: ["site", "number"],
  },
  {
    // What was refused and why, without what was sent.
    name: "refusal",
    file: "refused",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["key", UINT, key("d.a")],
      ["site_id", "Nullable(String)", "r.site"],
      ["at", TIME],
      ["code", WORD],
    ],
    order: ["key"],
  },
  {
    name: "unlinked",
    file: "decision_unlink",
    captured: ["site", "visitor", "claim"],
    walk: ["site", "visitor", "claim"],
    columns: [
      ["site", UINT, key("d.a")],
      ["visitor", "String", "d.b"],
      ["claim", "String", "d.c"],
      ["at", TIME],
    ],
    order: ["site", "visitor", "claim"],
  },
  {
    // Hashes of who asked to be forgotten. A new row also asks the engine to let go of what it marked as gone.
    name: "forgotten",
    file: "forgotten",
    captured: ["site", "visitor"],
    walk: ["site", "visitor"],
    columns: [
      ["site", UINT, key("d.a")],
      ["visitor", "String", "lower(hex(d.b))"],
      ["at", TIME],
    ],
    order: ["site", "visitor"],
  },
];
