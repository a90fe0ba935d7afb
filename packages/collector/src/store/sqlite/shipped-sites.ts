/**
 * What is shipped of sites: their settings and models, and the words that rows of people point at. See shipped.ts.
 */
import { key, type TableDraft, TIME, UINT, WORD } from "./shipped-table.ts";

export const SITES: readonly TableDraft[] = [
  {
    name: "site",
    file: "site",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["key", UINT, key("d.a")],
      ["id", "String"],
      ["settings", "String"],
      ["created_at", TIME],
    ],
    order: ["key"],
  },
  {
    name: "model",
    file: "model",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["key", UINT, key("d.a")],
      ["site", UINT, key("r.site")],
      ["id", "String"],
      ["version", "UInt32"],
      ["source", "String"],
      ["calibration", "String"],
      ["state", WORD],
      ["built_to", "Int64"],
      ["applied_at", TIME],
    ],
    order: ["key"],
  },
  {
    name: "meta",
    file: "meta",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["owner_of", "UInt16", "@owner"],
      ["name", "String", "d.a"],
      ["value", "String"],
    ],
    order: ["owner_of", "name"],
    // By which rules touches were classified, and since when keys mean what they mean.
    only: (row) =>
      `(${row}.key = 'replayed' or ${row}.key like 'classified:%' or ${row}.key like 'reclassify:%')`,
  },
  {
    name: "source",
    file: "source",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["key", UINT, key("d.a")],
      ["site", UINT, key("r.site")],
      ["source", "String"],
      ["medium", "String"],
      ["channel", "String"],
      ["campaign", "Nullable(String)"],
      ["term", "Nullable(String)"],
      ["content", "Nullable(String)"],
      ["rule", WORD],
      ["detail", "String"],
    ],
    order: ["key"],
  },
  {
    name: "page",
    file: "page",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["key", UINT, key("d.a")],
      ["site", UINT, key("r.site")],
      ["path", "String"],
    ],
    order: ["key"],
  },
];
