/**
 * Copies of the data file that can be trusted: made beside a running collector, with a checksum, looked at before use.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import { SojournError } from "../../errors.ts";
import { DATA_FILE } from "../data-file.ts";
import { APPLICATION_ID, guarded, openForReading } from "./open.ts";
import { MIGRATIONS } from "./schema.ts";

/** What a data file holds, and whether it can be used. */
export interface FileReport {
  file: string;
  bytes: number;
  /** Version of the tables. */
  schema: number;
  touchpoints: number;
  people: number;
  sites: number;
  newestAt: string | null;
  /** Whether the checksum beside the file fits; null when there is none. */
  checksum: "fits" | "differs" | null;
  /** What is wrong, in words; empty: nothing. */
  problems: string[];
}

/** Makes a copy while the collector runs, from one consistent state, and checks it. Throws SojournError. */
export async function backUp(folder: string, target: string, force: boolean): Promise<FileReport> {
  if (existsSync(target) && !force) {
    throw new SojournError("conflict", `${target} exists already`, {
      hint: "Choose another name, or replace it with --force.",
    });
  }
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  const db = openForReading(folder);
  const flusher = startFlushing(partial);
  try {
    // One statement, one state: what is written meanwhile goes to the write-ahead log and is not in the copy.
    guarded(target, () => db.prepare("vacuum into ?").run(partial));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  } finally {
    db.close();
    flusher.postMessage("stop");
    await new Promise((resolve) => flusher.once("exit", resolve));
  }
  sync(partial);
  const report = checkFile(partial);
  if (report.problems.length > 0) {
    rmSync(partial, { force: true });
    throw new SojournError("store_damaged", `The copy cannot be used: ${report.problems[0]}`, {
      hint: "Check the disk of the copy, and the data itself with: sojourn restore --check",
    });
  }
  const checksum = await sha256(partial);
  renameSync(partial, target);
  // The form of sha256sum, so that `sha256sum -c` can check it without us.
  writeFileSync(`${target}.sha256`, `${checksum}  ${basename(target)}\n`);
  sync(dirname(target));
  return { ...report, file: target, checksum: "fits" };
}

function startFlushing(path: string): Worker {
  // The same file name next to this one, in whatever form this one runs.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./flush-thread.${extension}`, import.meta.url), {
    workerData: { path },
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
}

/** Looks at a data file or a copy of one: is it ours, whole, and not newer than we are. Never throws on a bad file. */
export async function inspectFile(file: string): Promise<FileReport> {
  const report = checkFile(file);
  const beside = `${file}.sha256`;
  if (!existsSync(beside)) return report;
  const expected = readFileSync(beside, "utf8").split(/\s/)[0];
  const fits = expected === (await sha256(file));
  if (!fits) report.problems.unshift("its checksum differs from the one beside it");
  return { ...report, checksum: fits ? "fits" : "differs" };
}

/** Puts a copy in the place of the data file. Throws when the copy is not sound, or when data is there already. */
export async function restore(file: string, folder: string, force: boolean): Promise<FileReport> {
  const report = await inspectFile(file);
  if (report.problems.length > 0) {
    throw new SojournError("store_damaged", `${file} cannot be used: ${report.problems[0]}`, {
      hint: "Take an older copy.",
    });
  }
  const path = join(folder, DATA_FILE);
  if (existsSync(path) && !force) {
    throw new SojournError("conflict", `There is data at ${path} already`, {
      hint: "Restore into another folder with --data, or with --force; the present file is then kept beside it.",
    });
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const coming = `${path}.coming`;
  await copyFile(file, coming);
  sync(coming);
  if (existsSync(path)) {
    // A name that no earlier one has; whatever lies in the write-ahead log belongs to the old file and goes with it.
    let n = 1;
    while (existsSync(`${path}.replaced-${n}`)) n += 1;
    for (const end of ["-wal", "-shm", ""]) {
      if (existsSync(path + end)) renameSync(path + end, `${path}.replaced-${n}${end}`);
    }
  }
  renameSync(coming, path);
  sync(folder);
  return report;
}

function checkFile(file: string): FileReport {
  const report: FileReport = {
    file,
    bytes: 0,
    schema: 0,
    touchpoints: 0,
    people: 0,
    sites: 0,
    newestAt: null,
    checksum: null,
    problems: [],
  };
  if (!existsSync(file)) return { ...report, problems: ["there is no such file"] };
  report.bytes = statSync(file).size;
  if (report.bytes === 0) return { ...report, problems: ["it is empty"] };
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true });
    const number = (sql: string) => Number(db!.prepare(sql).pluck().get() ?? 0);
    if (db.pragma("application_id", { simple: true }) !== APPLICATION_ID) {
      return { ...report, problems: ["it is no data file of Sojourn"] };
    }
    report.schema = db.pragma("user_version", { simple: true }) as number;
    if (report.schema > MIGRATIONS.length) {
      report.problems.push(`a newer version wrote it (schema ${report.schema})`);
      return report;
    }
    const found = db.pragma("integrity_check(5)") as { integrity_check: string }[];
    for (const { integrity_check: text } of found) if (text !== "ok") report.problems.push(text);
    report.touchpoints = number("select count(*) from touchpoint");
    report.people = number("select count(*) from person");
    report.sites = number("select count(*) from site");
    const newest = number(
      "select max(received_at) from (select received_at from touchpoint order by seq desc limit 1)",
    );
    report.newestAt = newest === 0 ? null : new Date(newest).toISOString();
  } catch (error) {
    report.problems.push(`SQLite cannot read it (${(error as { code?: string }).code ?? "unknown"})`);
  } finally {
    db?.close();
  }
  return report;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Waits until a file, or a folder's list of names, is on disk. */
function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
