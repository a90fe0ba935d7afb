/**
 * One outbound request to an address an operator named: checked, pinned, without redirects, for ten seconds at most.
 *
 * The name is resolved once and the connection goes to the very address that was checked, so that a name cannot point
 * elsewhere between the check and the call.
 */
import { lookup as resolveName } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPrivateAddress } from "./addresses.ts";

export const TIMEOUT_MS = 10_000;
/** More of an answer than this is not read; nothing of it is shown to anybody. */
const MOST_ANSWER_BYTES = 64 * 1024;

export interface Outbound {
  url: string;
  headers: Record<string, string>;
  /** Empty: none is sent. */
  body: string;
}

/** A request whose answer is read. */
export interface Call extends Outbound {
  method: "GET" | "POST" | "PUT" | "PATCH";
}

export type CallAnswer =
  | {
      kind: "answered";
      status: number;
      /** By lower-case name. */
      headers: Record<string, string>;
      /** As far as it was read. */
      text: string;
    }
  | Exclude<PostAnswer, { kind: "answered" }>;

export type PostAnswer =
  | { kind: "answered"; status: number; retryAfter: string | undefined }
  /** Nothing was sent: the address is not one we go to. */
  | { kind: "refused"; reason: string }
  /** No answer: the network, the name or the time-out. */
  | { kind: "unreachable"; reason: string };

/** Why an address cannot be a target, in words; undefined when it can. Names are looked up only when it is called. */
export function objectionTo(url: string, allowPrivate: boolean): string | undefined {
  if (!URL.canParse(url)) return "it is no address";
  const { protocol, username, password, hostname } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return "only http and https are called";
  if (username !== "" || password !== "") return "an address must not carry a password";
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (!allowPrivate && isIP(bare) !== 0 && isPrivateAddress(bare)) return "it is a private address";
  if (!allowPrivate && /(^|\.)localhost\.?$/i.test(bare)) return "it is this machine";
  return undefined;
}

/** Posts. Never rejects. */
export async function post(outbound: Outbound, allowPrivate: boolean): Promise<PostAnswer> {
  const answer = await call({ ...outbound, method: "POST" }, allowPrivate);
  if (answer.kind !== "answered") return answer;
  return { kind: "answered", status: answer.status, retryAfter: answer.headers["retry-after"] };
}

/** Makes a request and reads the answer. Never rejects. */
export async function call(
  { method, url, headers, body }: Call,
  allowPrivate: boolean,
  { timeoutMs = TIMEOUT_MS, mostBytes = MOST_ANSWER_BYTES } = {},
): Promise<CallAnswer> {
  const objection = objectionTo(url, allowPrivate);
  if (objection !== undefined) return { kind: "refused", reason: objection };
  const target = new URL(url);
  const signal = AbortSignal.timeout(timeoutMs);
  let pinned: { address: string; family: number };
  try {
    const host = target.hostname.replace(/^\[|\]$/g, "");
    const addresses = await withSignal(resolveName(host, { all: true }), signal);
    // One private address among several is enough: whoever runs the name server chooses which is used.
    const isRefused = !allowPrivate && addresses.some(({ address }) => isPrivateAddress(address));
    if (isRefused) return { kind: "refused", reason: "the name leads to a private address" };
    pinned = addresses[0]!;
  } catch (error) {
    return { kind: "unreachable", reason: reasonOf(error) };
  }
  const lookup: LookupFunction = (_host, options, callback) => {
    if (options.all) callback(null, [pinned]);
    else callback(null, pinned.address, pinned.family);
  };
  const send = target.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const request = send(
      target,
      {
        method,
        headers: body === "" ? headers : { ...headers, "content-length": Buffer.byteLength(body) },
        lookup,
        agent: false,
        signal,
        maxHeaderSize: 16 * 1024,
      },
      (response) => {
        let size = 0;
        const chunks: Buffer[] = [];
        const { statusCode: status = 0 } = response;
        const done = () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ kind: "answered", status, headers: plainHeaders(response.headers), text });
          response.destroy();
        };
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > mostBytes) done();
          else chunks.push(chunk);
        });
        response.on("end", done);
        response.on("error", done);
      },
    );
    request.on("error", (error) => resolve({ kind: "unreachable", reason: reasonOf(error) }));
    if (body === "") request.end();
    else request.end(body);
  });
}

const plainHeaders = (given: NodeJS.Dict<string | string[]>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );

async function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}

/** A short reason without the address: codes such as ECONNREFUSED, ENOTFOUND, or "no answer within 10 s". */
function reasonOf(error: unknown): string {
  const { name, code } = error as { name?: string; code?: string };
  if (name === "AbortError" || name === "TimeoutError" || code === "ABORT_ERR")
    return "no answer within 10 s";
  return code ?? name ?? "unknown";
}
