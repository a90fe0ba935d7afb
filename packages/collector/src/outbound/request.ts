/**
 * One request to a target, as a step describes it: signed in, on the target's host, its answer read.
 */
import type { Step, Target, TargetOptions } from "../connect/target.ts";
import { type CallAnswer, call } from "./post.ts";

export interface TargetCaller {
  target: Target;
  options: TargetOptions;
  token: string;
}

export interface RequestOptions {
  allowPrivate: boolean;
  version: string;
  timeoutMs?: number;
}

/** Answers larger than this are cut; a list of a few people fits. */
const MOST_BYTES = 512 * 1024;

export type StepOutcome = Exclude<CallAnswer, { kind: "answered" }> | Answered;

interface Answered {
  kind: "answered";
  status: number;
  headers: Record<string, string>;
  json: unknown;
}

/** Makes the request of a step. Never rejects. */
export async function requestStep(
  { target, options, token }: TargetCaller,
  { method, path, body }: Step,
  { allowPrivate, version, timeoutMs }: RequestOptions,
): Promise<StepOutcome> {
  const host = options.host ?? target.host ?? "";
  const { headers = {}, query = {} } = target.signIn(token);
  if (!URL.canParse(host + path)) return { kind: "refused", reason: "the host is no address" };
  const url = new URL(host + path);
  // A path must not lead to another host: "//elsewhere" or "@elsewhere" would take the token there.
  if (!path.startsWith("/") || url.origin !== new URL(host).origin)
    return { kind: "refused", reason: "the path leads to another host" };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const answer = await call(
    {
      method,
      url: url.href,
      headers: {
        accept: "application/json",
        "user-agent": `Sojourn/${version}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? "" : JSON.stringify(body),
    },
    allowPrivate,
    { mostBytes: MOST_BYTES, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
  );
  if (answer.kind !== "answered") return answer;
  const { status, headers: given, text } = answer;
  return { kind: "answered", status, headers: given, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // An empty answer, mostly; whoever needs something in it finds nothing.
  }
}
