/**
 * The way to the collector: the public API only, with its problems as they are told there.
 */

import { snapshot } from "./snapshot.ts";

/** A problem document of the API, or what stands for it when no answer came. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  hint?: string;
  request_id?: string;
}

export type Query = Readonly<Record<string, string | undefined>>;

export const API = "/api/v1";

/** How the page asks for the sites: without the size of the log, which takes longer than all the rest. */
export const SITES_QUERY: Query = { brief: "true" };

/** The address of a question. Undefined and empty parameters are left out. */
export function apiUrl(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") params.set(name, value);
  }
  const text = params.toString();
  return `${API}${path}${text === "" ? "" : `?${text}`}`;
}

/** The same question for a terminal; the key is the reader's own. */
export function asCurl(url: string, origin: string): string {
  return `curl -H "Authorization: Bearer $SOJOURN_KEY" '${origin}${url.replaceAll("'", "%27")}'`;
}

let shareToken: string | undefined;
let passwordOfShare: string | undefined;

/** The password of the share link, kept as long as the page is open. */
export function sharePassword(password: string): void {
  passwordOfShare = password;
}

/** From now on the page asks as whoever holds this share link. */
export function askAsShare(token: string | undefined): void {
  shareToken = token;
}

export const isShared = (): boolean => shareToken !== undefined;

export function headersFor(extra: Record<string, string> = {}): Record<string, string> {
  if (shareToken === undefined) return extra;
  const headers = { ...extra, authorization: `Bearer ${shareToken}` };
  // Header values are Latin; a password may be anything.
  return passwordOfShare === undefined
    ? headers
    : { ...headers, "sojourn-share-password": encodeURIComponent(passwordOfShare) };
}

/** Asks, or changes something when there is a method. Rejects with a {@link Problem}. */
export async function call<T>(
  url: string,
  options: {
    method?: string;
    body?: unknown;
    signal?: AbortSignal;
    text?: { body: string; type: string };
  } = {},
): Promise<T> {
  const { method = "GET", body, signal, text } = options;
  const kept = snapshot();
  if (kept !== undefined) {
    const answer = kept.answers[url.slice(API.length).split("?")[0]!];
    if (method === "GET" && answer !== undefined) return answer as T;
    const problem: Problem = { status: 0, code: "not_in_report", title: "" };
    throw problem;
  }
  const headers = headersFor(
    text !== undefined
      ? { "content-type": text.type }
      : body === undefined
        ? {}
        : { "content-type": "application/json" },
  );
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (text !== undefined) init.body = text.body;
  else if (body !== undefined) init.body = JSON.stringify(body);
  if (signal !== undefined) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    const problem: Problem = { status: 0, code: "unreachable", title: "" };
    throw problem;
  }
  if (response.status === 204) return undefined as T;
  const type = response.headers.get("content-type") ?? "";
  if (response.ok) return (type.includes("json") ? response.json() : response.text()) as Promise<T>;
  throw await problemOf(response, type);
}

async function problemOf(response: Response, type: string): Promise<Problem> {
  const fallback = { status: response.status, code: `http_${response.status}`, title: response.statusText };
  if (!type.includes("json")) return fallback;
  try {
    return { ...fallback, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return fallback; // The connection broke inside the answer.
  }
}

export const isProblem = (thrown: unknown): thrown is Problem =>
  typeof thrown === "object" && thrown !== null && "code" in thrown && "status" in thrown;

export const isNotSignedIn = (problem: Problem): boolean => problem.status === 401 || problem.status === 403;
