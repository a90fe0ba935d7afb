/**
 * Makes the requests connectors describe: signed in, within ten seconds, without redirects, and never to an address of
 * this machine or its network unless the operator allows that.
 */
import { randomBytes } from "node:crypto";
import { lookup as resolve } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { EpochMs } from "@sojourn/sdk/wire";
import { SojournError } from "../errors.ts";
import type { Connection, Fetcher } from "./inbox.ts";

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 16 * 1024 * 1024;

export interface FetcherOptions {
  /** Whether requests may go to private addresses. */
  allowPrivate: boolean;
  /** True for an address requests must not reach. */
  isPrivate(address: string): boolean;
  now(): EpochMs;
}

/** A fetcher over the network. It rejects when there was no answer; the message names no address and no person. */
export function openFetcher({ allowPrivate, isPrivate, now }: FetcherOptions): Fetcher {
  return async (connection, { method, path, body }) => {
    const url = urlOf(connection, path);
    const address = await addressOf(url.hostname.replace(/^\[|\]$/g, ""));
    if (!allowPrivate && isPrivate(address)) {
      throw new SojournError("forbidden", "The host of this connector has a private address", {
        hint: "Allow it with --allow-private-targets when it is yours.",
      });
    }
    const headers: Record<string, string> = { accept: "application/json", "user-agent": "sojourn" };
    if (connection.token !== undefined) {
      const request = { method, url, now: now(), nonce: randomBytes(16).toString("hex") };
      Object.assign(headers, connection.connector.signIn?.(connection.token, request));
    }
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body), "utf8");
    if (payload !== undefined) {
      headers["content-type"] = "application/json";
      headers["content-length"] = String(payload.length);
    }
    const answer = await send(url, address, { method, headers }, payload);
    const nextPath = answer.next === undefined ? undefined : pathWithin(url, answer.next);
    return {
      status: answer.status,
      json: parsed(answer.text),
      ...(nextPath === undefined ? {} : { nextPath }),
      ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
    };
  };
}

function urlOf({ connector, options }: Connection, path: string): URL {
  const host = options.host ?? connector.host;
  if (host === undefined || !path.startsWith("/"))
    throw new SojournError("bad_config", `Connector ${options.name} has no host to ask`);
  const url = new URL(host + path);
  // A path must not lead to another host: "//elsewhere" or "@elsewhere" would take the token there.
  if (url.origin !== new URL(host).origin)
    throw new SojournError("bad_input", "The path of a request leads to another host");
  return url;
}

async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  return (await resolve(host)).address;
}

interface Answer {
  status: number;
  text: string;
  retryAfterMs: number | undefined;
  /** Address in a `Link` header with `rel="next"`. */
  next: string | undefined;
}

/** Connects to the address that was checked, whatever the name may resolve to by now. */
function send(
  url: URL,
  address: string,
  { method, headers }: { method: string; headers: Record<string, string> },
  payload: Buffer | undefined,
): Promise<Answer> {
  const family = isIP(address);
  return new Promise((done, fail) => {
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = start(
      url,
      {
        method,
        headers,
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        lookup: (_host, options, answer) => {
          if (options.all === true) answer(null, [{ address, family }]);
          else answer(null, address, family);
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > MOST_BYTES) outgoing.destroy(new Error("the answer is too large"));
          else chunks.push(chunk);
        });
        incoming.on("error", fail);
        incoming.on("end", () =>
          done({
            status: incoming.statusCode ?? 0,
            text: Buffer.concat(chunks).toString("utf8"),
            retryAfterMs: retryAfter(incoming.headers),
            next: linkToNext(incoming.headers.link),
          }),
        );
      },
    );
    outgoing.on("error", fail);
    outgoing.end(payload);
  });
}

/** `<https://shop.example/orders?page_info=x>; rel="next"` among others (RFC 8288). */
function linkToNext(link: string | string[] | undefined): string | undefined {
  const text = Array.isArray(link) ? link.join(", ") : link;
  return text === undefined ? undefined : /<([^<>]{1,2000})>\s*;\s*rel="?next"?/.exec(text)?.[1];
}

/** The path and query of an address on the same host; undefined for any other, where the token must not go. */
function pathWithin(asked: URL, next: string): string | undefined {
  if (!URL.canParse(next, asked)) return undefined;
  const { origin, pathname, search } = new URL(next, asked);
  return origin === asked.origin ? pathname + search : undefined;
}

/** Seconds in `Retry-After`, or BigCommerce's own milliseconds. */
function retryAfter(headers: NodeJS.Dict<string | string[]>): number | undefined {
  const seconds = headers["retry-after"];
  if (typeof seconds === "string" && /^\d{1,6}$/.test(seconds)) return Number(seconds) * 1_000;
  const ms = headers["x-rate-limit-time-reset-ms"];
  return typeof ms === "string" && /^\d{1,9}$/.test(ms) ? Number(ms) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Mapping says what it misses.
  }
}
