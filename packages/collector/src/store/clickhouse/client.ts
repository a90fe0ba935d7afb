/**
 * Talks to the engine through the official client: questions, statements, inserts; and says in one sentence what went wrong.
 *
 * Every setting that an answer depends on is sent with each request, because their defaults differ between releases.
 */
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { type ClickHouseClient, type ClickHouseSettings, createClient } from "@clickhouse/client";
import type { EngineAddress } from "./address.ts";
import { explained } from "./client-errors.ts";

/** What a question may be asked with: `{name:Type}` in its text. */
export type Params = Record<string, unknown>;

export interface EngineClient {
  readonly address: EngineAddress;
  /** Rows as arrays, in the order of the columns. */
  rows<Row extends readonly unknown[]>(sql: string, params?: Params): Promise<Row[]>;
  /** One table of numbers, row after row; every column must be a Float64. Cheap by the million. */
  floats(sql: string, params?: Params): Promise<Float64Array>;
  /** A statement without an answer. */
  run(sql: string, params?: Params, settings?: ClickHouseSettings): Promise<void>;
  /** Adds rows in the format JSONCompactEachRow. A second call with the same token adds nothing. */
  insert(table: string, columns: readonly string[], text: string, token: string): Promise<void>;
  close(): Promise<void>;
}

/** Settings of every question. */
const ASKED: ClickHouseSettings = {
  // Only the newest version of every row counts, wherever a question reads.
  final: 1,
  // Parts of different age overlap where people came back; a skipped granule must not hide a newer version.
  use_skip_indexes_if_final: 1,
  // What is missing on the other side of a join is null, as in SQL.
  join_use_nulls: 1,
  // Each person's rows lie on one node, so that a question inside a question stays there.
  distributed_product_mode: "local",
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  // An error in the middle becomes the answer's status, instead of the end of a stream that looks whole.
  wait_end_of_query: 1,
  // Lists of people travel inside the question.
  max_query_size: "1073741824",
};

/** Settings of every insert. */
const ADDED: ClickHouseSettings = {
  // The batch is whole already; waiting for others in the engine's memory would answer before it is kept.
  async_insert: 0,
  insert_deduplicate: 1,
  // With Distributed tables: answered when the nodes have it.
  distributed_foreground_insert: 1,
  input_format_null_as_default: 1,
  // Imports bring years at once.
  max_partitions_per_insert_block: "0",
};

/** Longest wait for an answer. */
const TIMEOUT_MS = 120_000;

export function openClient(address: EngineAddress, timeoutMs = TIMEOUT_MS): EngineClient {
  const client: ClickHouseClient = createClient({
    url: address.url,
    username: address.username,
    password: address.password,
    database: address.database,
    request_timeout: timeoutMs,
    application: "sojourn",
    // Its own retries would hide what the forwarder counts; its own log writes to the console.
    log: { LoggerClass: Silent },
  });
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explained(address, error);
    }
  };

  return {
    address,

    rows: <Row extends readonly unknown[]>(sql: string, params: Params = {}) =>
      told(async () => {
        const answer = await client.query({
          query: sql,
          query_params: params,
          format: "JSONCompact",
          clickhouse_settings: ASKED,
        });
        return ((await answer.json()) as unknown as { data: Row[] }).data;
      }),

    floats: (sql, params = {}) =>
      told(async () => {
        const { stream } = await client.exec({
          query: `${sql} format RowBinary`,
          query_params: params,
          clickhouse_settings: ASKED,
        });
        const parts: Buffer[] = [];
        for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
        const bytes = Buffer.concat(parts);
        // A view needs a place that is a multiple of eight; a pooled buffer has any.
        return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      }),

    run: (sql, params = {}, settings = {}) =>
      told(async () => {
        await client.command({
          query: sql,
          query_params: params,
          clickhouse_settings: { wait_end_of_query: 1, ...settings },
        });
      }),

    insert: (table, columns, text, token) =>
      told(async () => {
        const { stream } = await client.exec({
          query: `insert into ${table} (${columns.join(", ")}) format JSONCompactEachRow`,
          values: Readable.from([Buffer.from(text)], { objectMode: false }),
          clickhouse_settings: { ...ADDED, insert_deduplication_token: token },
        });
        // Read to its end, so that the connection can be used again.
        stream.resume();
        await finished(stream);
      }),

    close: () => client.close(),
  };
}

/** A logger of the client that says nothing: errors reach us as rejections. */
class Silent {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}
