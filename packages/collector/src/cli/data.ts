/**
 * How commands reach the data: questions read the file beside a running collector; changes go through the collector when
 * one is running, and straight to the file when none is.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../config.ts";
import { SojournError } from "../errors.ts";
import { answerQuestion, type QuestionName, type Questions } from "../report/questions.ts";
import { packBytes } from "../store/bytes.ts";
import { openAccess } from "../store/sqlite/access.ts";
import { type CommandName, type Commands, runCommand } from "../store/sqlite/commands.ts";
import { openForReading } from "../store/sqlite/open.ts";
import { openWriter } from "../store/sqlite/writer.ts";
import type { Io, Words } from "./command.ts";
import { openAnswers } from "./store.ts";

/** Where a running collector can be reached by whoever may read its data folder. */
export interface Running {
  url: string;
  token: string;
  pid: number;
}

export const RUNNING_FILE = "running.json";

export const folderOf = (words: Words, io: Io): string =>
  readConfig({ data: words.text("data"), config: words.text("config") }, io.env).config.data;

/** Answers a question from the file, or from the engine that is set. */
export async function ask<N extends QuestionName>(
  words: Words,
  io: Io,
  name: N,
  params: Questions[N]["take"],
): Promise<Questions[N]["give"]> {
  const { config } = readConfig({ data: words.text("data"), config: words.text("config") }, io.env);
  const { reads, close } = openAnswers(config);
  try {
    return await answerQuestion(reads, name, params, io.now());
  } finally {
    await close();
  }
}

/** The site a command is about: the one it names, or the only one there is. */
export function siteOf(words: Words, io: Io): string {
  const named = words.text("site");
  if (named !== undefined) return named;
  const access = openAccess(openForReading(folderOf(words, io)));
  const sites = access.sites();
  access.close();
  if (sites.length === 1) return sites[0]!.id;
  throw new SojournError(
    "bad_usage",
    sites.length === 0 ? "There is no site yet" : "There are several sites",
    {
      hint:
        sites.length === 0
          ? "Make one: sojourn site add shop"
          : `Name one: --site ${sites.map(({ id }) => id).join(" | ")}`,
    },
  );
}

/** Makes a change, through the running collector or in the file. */
export async function change<N extends CommandName>(
  words: Words,
  io: Io,
  name: N,
  take: Commands[N]["take"],
): Promise<Commands[N]["give"]> {
  const folder = folderOf(words, io);
  const running = runningIn(folder);
  if (running !== undefined) return changeThrough(running, name, take);
  const writer = openWriter(folder);
  try {
    return runCommand(writer, name, take);
  } finally {
    writer.close();
  }
}

/** The collector that is running on this folder, if one is. */
export function runningIn(folder: string): Running | undefined {
  const path = join(folder, RUNNING_FILE);
  if (!existsSync(path)) return undefined;
  try {
    const running = JSON.parse(readFileSync(path, "utf8")) as Running;
    process.kill(running.pid, 0);
    return running;
  } catch {
    return undefined; // Left behind by a collector that was killed.
  }
}

async function changeThrough<N extends CommandName>(
  running: Running,
  name: N,
  take: Commands[N]["take"],
): Promise<Commands[N]["give"]> {
  const response = await fetch(`${running.url}/api/v1/control`, {
    method: "POST",
    headers: { authorization: `Bearer ${running.token}`, "content-type": "application/json" },
    body: JSON.stringify({ name, take }, packBytes),
  });
  const body = (await response.json()) as {
    value: Commands[N]["give"];
    code?: string;
    title?: string;
    hint?: string;
  };
  if (!response.ok) {
    throw new SojournError(
      (body.code as "bad_input") ?? "unavailable",
      body.title ?? `HTTP ${response.status}`,
      {
        ...(body.hint === undefined ? {} : { hint: body.hint }),
      },
    );
  }
  return body.value;
}
