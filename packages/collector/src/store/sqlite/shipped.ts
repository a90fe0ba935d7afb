/**
 * What is shipped from the collector's file to the engine: one entry per table, with the columns of both sides.
 *
 * The file is the log and folds the people; the engine holds a copy of every row that a question needs. A row of the copy
 * has an identity that never changes (`captured`), a version, and a mark when it is gone, so a row that is sent twice, or
 * late, changes nothing: the newest version stands. Keys of the file are moved by an offset per collector, so that the
 * copies of several collectors lie side by side.
 */

/** A column of the engine: its name, its type, and the SQL that gives it from the file. */
type Column = readonly [name: string, type: string, sql: string];

export interface ShippedTable {
  /** Its name in the engine. */
  name: string;
  /** Its name in the file. */
  file: string;
  /** Columns of the file that tell one row of the copy from all others, and never change; at most five. */
  captured: readonly string[];
  /** Columns of the file to walk it by, from the smallest on. */
  walk: readonly string[];
  /**
   * `d.a` to `d.e` are the captured columns, `r` is the row (all null when it is gone), `@o` is the collector's offset. The
   * first columns, as many as are in `order`, are the identity and know only `d`.
   */
  columns: readonly Column[];
  /** How the engine sorts, which is also what it tells rows apart by. */
  order: readonly string[];
  /** What a cluster spreads the rows by; undefined: every node has all of them. */
  shard?: string;
  /** Columns of the identity that questions look for out of order. */
  lookedFor?: readonly string[];
  /** Columns whose change is worth shipping; all of them when left out. */
  watched?: readonly string[];
  /** New rows are found by their number in the log, so that an append writes nothing beside itself. */
  isLog?: true;
  /** SQL that must hold of a row, by its alias, for it to be shipped. */
  only?(row: string): string;
}

/** A key of the file as a key of the engine. */
const key = (sql: string): string => `${sql} + @o`;
/** The same, where 0 stands for none. */
const keyOrNone = (sql: string): string => `iif(${sql} = 0, 0, ${sql} + @o)`;
const kindName = (sql: string): string => `(select name from kind where key = ${sql})`;
const UINT = "UInt64";
const TIME = "Int64";
const WORD = "LowCardinality(String)";

/** All tables, in the order in which a batch sends them: what others point at comes first. */
export const SHIPPED: readonly ShippedTable[] = [
  {
    name: "site",
    file: "site",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["key", UINT, key("d.a")],
      ["id", "String", "r.id"],
      ["settings", "String", "r.settings"],
      ["created_at", TIME, "r.created_at"],
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
      ["id", "String", "r.id"],
      ["version", "UInt32", "r.version"],
      ["source", "String", "r.source"],
      ["calibration", "String", "r.calibration"],
      ["state", WORD, "r.state"],
      ["built_to", "Int64", "r.built_to"],
      ["applied_at", TIME, "r.applied_at"],
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
      ["value", "String", "r.value"],
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
      ["source", "String", "r.source"],
      ["medium", "String", "r.medium"],
      ["channel", "String", "r.channel"],
      ["campaign", "Nullable(String)", "r.campaign"],
      ["term", "Nullable(String)", "r.term"],
      ["content", "Nullable(String)", "r.content"],
      ["rule", WORD, "r.rule"],
      ["detail", "String", "r.detail"],
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
      ["path", "String", "r.path"],
    ],
    order: ["key"],
  },
  {
    // The log itself: what everything else can be computed from again.
    name: "touchpoint",
    file: "touchpoint",
    captured: ["visitor", "seq"],
    walk: ["seq"],
    columns: [
      ["visitor", UINT, key("d.a")],
      ["seq", UINT, key("d.b")],
      ["site", UINT, key("r.site")],
      ["id", "String", "lower(hex(r.id))"],
      ["at", TIME, "r.at"],
      ["received_at", TIME, "r.received_at"],
      ["kind", WORD, kindName("r.kind")],
      ["traffic", "UInt8", "r.traffic"],
      ["marks", "UInt32", "r.marks"],
      ["body", "String", "r.body"],
    ],
    order: ["visitor", "seq"],
    shard: "visitor",
    lookedFor: ["seq"],
    watched: ["marks", "body"],
    isLog: true,
  },
  {
    name: "visitor",
    file: "visitor",
    captured: ["site", "id"],
    walk: ["key"],
    columns: [
      ["site", UINT, key("d.a")],
      ["id", "String", "d.b"],
      ["key", UINT, key("r.key")],
      ["person", UINT, key("r.person")],
    ],
    order: ["site", "id"],
    shard: "cityHash64(id)",
    watched: ["person"],
  },
  {
    // The same from the other side: which visitors a person is. A row moves when people turn out to be one.
    name: "member",
    file: "visitor",
    captured: ["person", "key"],
    walk: ["key"],
    columns: [
      ["person", UINT, key("d.a")],
      ["key", UINT, key("d.b")],
      ["id", "String", "r.id"],
    ],
    order: ["person", "key"],
    shard: "person",
    watched: ["person"],
  },
  {
    name: "person",
    file: "person",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["key", UINT, key("d.a")],
      ["site", UINT, key("r.site")],
      ["first_at", TIME, "r.first_at"],
      ["last_at", TIME, "r.last_at"],
      ["first_source", UINT, keyOrNone("r.first_source")],
      ["last_source", UINT, keyOrNone("r.last_source")],
      ["orders", "UInt32", "r.orders"],
      ["customer", "Nullable(String)", "r.customer"],
      ["state", "String CODEC(ZSTD(1))", "r.state"],
    ],
    order: ["key"],
    shard: "key",
  },
  {
    name: "claim",
    file: "claim",
    captured: ["site", "name"],
    walk: ["site", "name"],
    columns: [
      ["site", UINT, key("d.a")],
      ["name", "String", "d.b"],
      ["person", UINT, key("r.person")],
      ["visitor", UINT, key("r.visitor")],
      ["seq", UINT, key("r.seq")],
    ],
    order: ["site", "name"],
    shard: "cityHash64(name)",
  },
  {
    name: "claim_conflict",
    file: "claim_conflict",
    captured: ["site", "visitor", "name"],
    walk: ["site", "visitor", "name"],
    columns: [
      ["site", UINT, key("d.a")],
      ["visitor", UINT, key("d.b")],
      ["name", "String", "d.c"],
      ["seq", UINT, key("r.seq")],
      ["at", TIME, "r.at"],
    ],
    order: ["site", "visitor", "name"],
    shard: "visitor",
  },
  {
    name: "touch",
    file: "touch",
    captured: ["person", "at", "seq", "site"],
    walk: ["person", "at", "seq"],
    columns: [
      ["site", UINT, key("d.d")],
      ["at", TIME, "d.b"],
      ["person", UINT, key("d.a")],
      ["seq", UINT, key("d.c")],
      ["source", UINT, keyOrNone("r.source")],
      ["page", UINT, key("r.page")],
      ["opens_visit", "UInt8", "r.opens_visit"],
    ],
    order: ["site", "at", "person", "seq"],
    shard: "person",
    lookedFor: ["person"],
  },
  {
    name: "activity",
    file: "activity",
    captured: ["site", "kind", "day", "person"],
    walk: ["site", "kind", "day", "person"],
    columns: [
      ["site", UINT, key("d.a")],
      ["kind", WORD, kindName("d.b")],
      ["day", "Int32", "d.c"],
      ["person", UINT, key("d.d")],
      ["n", "UInt32", "r.n"],
      ["first_at", TIME, "r.first_at"],
    ],
    order: ["site", "kind", "day", "person"],
    shard: "person",
  },
  {
    name: "purchase",
    file: "purchase",
    captured: ["person", "number"],
    walk: ["person", "number"],
    columns: [
      ["person", UINT, key("d.a")],
      ["number", "String", "d.b"],
      ["site", UINT, key("r.site")],
      ["at", TIME, "r.at"],
      ["value", "Int64", "r.value"],
      ["currency", WORD, "r.currency"],
      ["refunded", "Int64", "r.refunded"],
      ["void_at", "Nullable(Int64)", "r.void_at"],
      ["nth", "UInt32", "r.nth"],
    ],
    order: ["person", "number"],
    shard: "person",
  },
  {
    name: "moment",
    file: "moment",
    captured: ["person", "at", "seq", "site", "kind"],
    walk: ["person", "at", "seq"],
    columns: [
      ["site", UINT, key("d.d")],
      ["kind", "UInt8", "d.e"],
      ["at", TIME, "d.b"],
      ["person", UINT, key("d.a")],
      ["seq", UINT, key("d.c")],
      ["amount", "Nullable(Int64)", "r.amount"],
      ["unit", "Nullable(String)", "r.unit"],
    ],
    order: ["site", "kind", "at", "person", "seq"],
    shard: "person",
  },
  {
    name: "transition",
    file: "transition",
    captured: ["model", "at", "key", "person"],
    walk: ["key"],
    columns: [
      ["model", UINT, key("d.a")],
      ["at", TIME, "d.b"],
      ["key", UINT, key("d.c")],
      ["person", UINT, key("d.d")],
      ["site", UINT, key("r.site")],
      ["from_stage", "Nullable(Int16)", "r.from_stage"],
      ["to_stage", "Int16", "r.to_stage"],
      ["cause", "UInt8", "r.cause"],
      ["touchpoint", "Nullable(String)", "r.touchpoint"],
      ["rule", "Int32", "r.rule"],
      ["entry", "UInt32", "r.entry"],
      ["recorded_at", TIME, "r.recorded_at"],
      ["superseded_at", "Nullable(Int64)", "r.superseded_at"],
    ],
    order: ["model", "at", "key", "person"],
    shard: "person",
    lookedFor: ["person"],
  },
  {
    name: "person_stage",
    file: "person_stage",
    captured: ["model", "person"],
    walk: ["model", "person"],
    columns: [
      ["model", UINT, key("d.a")],
      ["person", UINT, key("d.b")],
      ["stage", "Int16", "r.stage"],
      ["since", TIME, "r.since"],
      ["entry", "UInt32", "r.entry"],
      ["due", "Nullable(Int64)", "r.due"],
    ],
    order: ["model", "person"],
    shard: "person",
  },
  {
    name: "stage_delta",
    file: "stage_delta",
    captured: ["model", "bucket", "stage", "source"],
    walk: ["model", "bucket", "stage", "source"],
    columns: [
      ["model", UINT, key("d.a")],
      ["bucket", "Int32", "d.b"],
      ["stage", "Int16", "d.c"],
      ["source", UINT, keyOrNone("d.d")],
      ["n", "Int64", "r.n"],
    ],
    order: ["model", "bucket", "stage", "source"],
  },
  {
    name: "cost",
    file: "cost",
    captured: ["key"],
    walk: ["key"],
    columns: [
      ["key", UINT, key("d.a")],
      ["site", UINT, key("r.site")],
      ["day", "String", "r.day"],
      ["channel", "String", "r.channel"],
      ["source", "String", "r.source"],
      ["medium", "String", "r.medium"],
      ["campaign", "String", "r.campaign"],
      ["amount", "Int64", "r.amount"],
      ["currency", WORD, "r.currency"],
      ["origin", "String", "r.origin"],
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
      ["rule", "String", "r.rule"],
      ["created_at", TIME, "r.created_at"],
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
      ["sealed_to", TIME, "r.sealed_to"],
      ["state", "String", "r.state"],
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
      ["body", "String", "r.body"],
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
      ["visitor", "String", "r.visitor"],
      ["version_at", "Nullable(Int64)", "r.version_at"],
      ["value", "Nullable(Int64)", "r.value"],
      ["currency", "Nullable(String)", "r.currency"],
      ["least", "Nullable(Int64)", "r.least"],
      ["cancelled_at", "Nullable(Int64)", "r.cancelled_at"],
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
      ["at", TIME, "r.at"],
      ["code", WORD, "r.code"],
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
      ["at", TIME, "r.at"],
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
      ["at", TIME, "r.at"],
    ],
    order: ["site", "visitor"],
  },
];

/** Columns that every table of the engine has after its own. */
export const OWN_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ["owner", "UInt16"],
  ["stamp", "UInt64"],
  ["is_gone", "UInt8"],
];

/** Room for the keys of one collector. 2^53 leaves 8,192 collectors. */
export const KEYS_PER_OWNER = 2 ** 40;

/** The shipped table of a name. */
export function shipped(name: string): ShippedTable {
  return SHIPPED.find((table) => table.name === name)!;
}
