/**
 * Reads the file of an import: lines or rows, with a bar for how much of it was read.
 */
import { createReadStream, statSync } from "node:fs";
import { type CsvRow, csvReader } from "../csv.ts";
import type { Zone } from "../domain/zone.ts";
import { SojournError } from "../errors.ts";
import { touchpointsOfGa4Row } from "../import/ga4.ts";
import type { ImportedTouchpoint, LineProblem } from "../import/orders.ts";
import { touchpointColumns, touchpointOfLine, touchpointOfRow } from "../import/touchpoints.ts";
import { openProgress } from "./bar.ts";
import { type Io, linesOf } from "./command.ts";

/** What is read, and how its times are meant. */
export interface ImportFile {
  io: Io;
  /** A path, or "-" for standard input. */
  file: string;
  zone: Zone;
}

/** Touchpoints of newline-delimited JSON. */
export async function* readLines(job: ImportFile): AsyncGenerator<ImportedTouchpoint | LineProblem> {
  let line = 0;
  for await (const text of linesOf(open(job))) {
    line += 1;
    if (text.trim() === "") continue;
    const read = touchpointOfLine(line === 1 ? text.replace(/^\ufeff/, "") : text, line, job.zone);
    yield typeof read === "string" ? { line, reason: read } : read;
  }
}

/** Touchpoints of Google's BigQuery export; several of one line, or none. */
export async function* readGa4(
  job: ImportFile,
  source: string,
): AsyncGenerator<ImportedTouchpoint | LineProblem> {
  let line = 0;
  for await (const text of linesOf(open(job))) {
    line += 1;
    if (text.trim() === "") continue;
    const read = touchpointsOfGa4Row(line === 1 ? text.replace(/^\ufeff/, "") : text, line, source);
    if (typeof read === "string") yield { line, reason: read };
    else yield* read;
  }
}

/** Touchpoints of a table whose columns are their fields. */
export async function* readTable(job: ImportFile): AsyncGenerator<ImportedTouchpoint | LineProblem> {
  let columns: string[] | undefined;
  for await (const row of csvRows(job)) {
    if (columns === undefined) {
      columns = touchpointColumns(row.cells);
      continue;
    }
    const read = touchpointOfRow(row, columns, job.zone);
    yield typeof read === "string" ? { line: row.line, reason: read } : read;
  }
}

/** Rows of a table. */
export async function* csvRows(job: ImportFile): AsyncGenerator<CsvRow> {
  const reader = csvReader();
  const decoder = new TextDecoder();
  for await (const chunk of open(job)) {
    yield* reader.push(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
  }
  yield* reader.push(decoder.decode());
  yield* reader.end();
}

/** The file's bytes, with a bar for how many were read. */
async function* open({ file, io }: ImportFile): AsyncGenerator<string | Buffer> {
  if (file === "-") {
    yield* io.stdin;
    return;
  }
  let progress: ReturnType<typeof openProgress> | undefined;
  let read = 0;
  try {
    progress = openProgress(io, "Reading, bytes", statSync(file).size);
    for await (const chunk of createReadStream(file)) {
      read += (chunk as Buffer).length;
      progress.at(read);
      yield chunk as Buffer;
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw cause;
    throw new SojournError("bad_input", `${file} cannot be read (${code})`, { cause });
  } finally {
    progress?.end();
  }
}
