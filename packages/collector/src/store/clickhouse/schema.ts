/**
 * The tables of the ClickHouse engine, as dated migrations that only go forward.
 *
 * Every table replaces older versions of a row by newer ones (ReplacingMergeTree), so whatever is sent twice, late or out of
 * order leaves the same rows. On a cluster each table is a replicated one on every node with a distributed one before it;
 * rows of a person lie together. Nothing experimental is used.
 */
import { SojournError } from "../../errors.ts";
import { OWN_COLUMNS, SHIPPED } from "../sqlite/shipped.ts";
import type { EngineClient } from "./client.ts";
import { BATCH, COLLECTOR, type Ledger, SITE_CLAIM } from "./ledgers.ts";

/** The batches that a collector remembers to have sent are known to the engine for this many inserts into a table. */
const TOKENS_KEPT = 10_000;

export interface Migration {
  /** Date and what it does; never changed once released. */
  name: string;
  /** Its statements, for one node or for a cluster. */
  statements(target: Target): string[];
}

/** Where tables are made. */
export interface Target {
  database: string;
  cluster?: string;
}

export const MIGRATIONS: readonly Migration[] = [
  {
    name: "2026-11-22 copies of the file's rows, and who ships them",
    statements: (target) =>
      [...SHIPPED, without(COLLECTOR, "url"), BATCH].flatMap((table) => createTable(target, table)),
  },
  {
    name: "2026-11-22 where collectors reach one another, and which sites are whose",
    statements: (target) => [
      `alter table ${target.database}.${COLLECTOR.name}${onCluster(target)} add column if not exists url String after seen_at`,
      ...createTable(target, SITE_CLAIM),
    ],
  },
];

const without = (table: Ledger, column: string): Ledger => ({
  ...table,
  columns: table.columns.filter(([name]) => name !== column),
});

const onCluster = ({ cluster }: Target): string => (cluster === undefined ? "" : ` on cluster ${cluster}`);

function createTable(target: Target, table: Ledger): string[] {
  const { database, cluster } = target;
  const { name, columns, order, lookedFor = [], shard } = table;
  const lines = [
    ...[...columns, ...OWN_COLUMNS].map(([column, type]) => `  ${column} ${type}`),
    // Safe although newer versions replace older ones: these columns are part of what rows are told apart by.
    ...lookedFor.map((column) => `  index by_${column} ${column} type bloom_filter(0.01) granularity 1`),
  ];
  const body = `(\n${lines.join(",\n")}\n)`;
  const keyed = `order by (${order.join(", ")})`;
  if (cluster === undefined) {
    return [
      `create table if not exists ${database}.${name} ${body}\nengine = ReplacingMergeTree(stamp, is_gone)\n${keyed}\nsettings non_replicated_deduplication_window = ${TOKENS_KEPT}`,
    ];
  }
  const at = onCluster(target);
  const replicated = (place: string, replica: string): string =>
    `engine = ReplicatedReplacingMergeTree('/clickhouse/tables/${place}/${database}/${name}', '${replica}', stamp, is_gone)\n${keyed}\nsettings replicated_deduplication_window = ${TOKENS_KEPT}`;
  // What is not spread is whole on every node: all nodes are replicas of one another there.
  if (shard === undefined) {
    return [
      `create table if not exists ${database}.${name}${at} ${body}\n${replicated("all", "{shard}-{replica}")}`,
    ];
  }
  const local = `${name}_local`;
  return [
    `create table if not exists ${database}.${local}${at} ${body}\n${replicated("{shard}", "{replica}")}`,
    `create table if not exists ${database}.${name}${at} as ${database}.${local}\nengine = Distributed(${cluster}, ${database}, ${local}, ${shardBy(shard)})`,
  ];
}

/** A number that spreads people evenly: keys are given out in order, so they are mixed first. */
const shardBy = (shard: string): string => (shard.includes("(") ? shard : `intHash64(${shard})`);

/** All statements that bring an empty engine to the newest schema, for an operator who runs them as another user. */
export function schemaText(target: Target): string {
  const statements = [
    `create database if not exists ${target.database}${onCluster(target)}`,
    ledgerOfSchema(target),
    ...MIGRATIONS.flatMap(({ statements: of }) => of(target)),
    ...MIGRATIONS.map(({ name }, place) => noteSchema(target, place + 1, name)),
  ];
  return `${statements.join(";\n\n")};\n`;
}

const ledgerOfSchema = (target: Target): string =>
  `create table if not exists ${target.database}.schema_version${onCluster(target)} (version UInt32, name String) engine = ${
    target.cluster === undefined
      ? "ReplacingMergeTree"
      : `ReplicatedReplacingMergeTree('/clickhouse/tables/all/${target.database}/schema_version', '{shard}-{replica}')`
  } order by version`;

const noteSchema = ({ database }: Target, version: number, name: string): string =>
  `insert into ${database}.schema_version values (${version}, '${name.replaceAll("'", "''")}')`;

/**
 * Brings the engine to the newest schema. Throws `store_newer` when it is ahead of us, `forbidden` when the user may not
 * make tables and they are not there.
 */
export async function ensureSchema(client: EngineClient, admin: EngineClient): Promise<void> {
  const target = client.address;
  const version = await schemaVersion(client);
  if (version === MIGRATIONS.length) return;
  if (version > MIGRATIONS.length) {
    throw new SojournError(
      "store_newer",
      `The engine's tables were made by a newer version (schema ${version})`,
      { hint: `This version knows schema ${MIGRATIONS.length}. Install the newer version again.` },
    );
  }
  await admin.run(`create database if not exists ${target.database}${onCluster(target)}`);
  await admin.run(ledgerOfSchema(target));
  for (let next = version; next < MIGRATIONS.length; next++) {
    const migration = MIGRATIONS[next]!;
    for (const statement of migration.statements(target)) await admin.run(statement);
    await admin.run(noteSchema(target, next + 1, migration.name));
  }
}

/** 0: there is nothing yet. */
export async function schemaVersion(client: EngineClient): Promise<number> {
  const { database } = client.address;
  try {
    const [row] = await client.rows<[number]>(`select max(version) from ${database}.schema_version`);
    return row?.[0] ?? 0;
  } catch (error) {
    // 60: no such table; 81: no such database.
    const { engineCode } = error as { engineCode?: number };
    if (engineCode === 60 || engineCode === 81) return 0;
    throw error;
  }
}
