/**
 * Who is asking, and whether they may: one function decides for every route.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { SojournError } from "../errors.ts";
import type { Store } from "../store/store.ts";

/** How the ids of share links begin: keys like others, but listed apart from them. */
export const SHARE_PREFIX = "sj_share_";
export const isShare = (id: string): boolean => id.startsWith(SHARE_PREFIX);

/** What a key or a session may do; each includes the ones before it except `write`, which only sends touchpoints. */
export const SCOPES = ["write", "read", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export type Action = "send" | "read" | "administer";

/** Somebody whose name was checked. */
export interface Principal {
  /** Shown in lists and logs: a key's id, or "owner". */
  name: string;
  scope: Scope;
  /** Sites that are open to them; empty: all. */
  sites: readonly string[];
  /** True when a cookie spoke for them, so that a foreign page could have made the request. */
  byCookie: boolean;
}

/** The decision. `site` undefined: the action concerns no single site. */
export function may(principal: Principal | undefined, site: string | undefined, action: Action): boolean {
  if (principal === undefined) return false;
  const isScopeEnough =
    action === "send"
      ? principal.scope === "write" || principal.scope === "admin"
      : action === "read"
        ? principal.scope === "read" || principal.scope === "admin"
        : principal.scope === "admin";
  if (!isScopeEnough) return false;
  if (principal.sites.length === 0) return true;
  return site !== undefined && principal.sites.includes(site);
}

/** A new key: shown once, stored as its hash. The prefix tells people and secret scanners what it is. */
export function newKey(scope: Scope): { key: string; id: string; hash: Buffer } {
  const key = `sj_${scope}_${randomBytes(32).toString("base64url")}`;
  // Six of its forty-three characters: enough to tell keys apart, nothing to guess the rest from.
  return { key, id: key.slice(0, `sj_${scope}_`.length + 6), hash: hashOf(key) };
}

/** How keys, session tokens and sign-in tokens are stored. They are 256 random bits, so one plain hash is enough. */
export const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

export const newToken = (): string => randomBytes(32).toString("base64url");

const SESSION_IDLE_MS = 12 * 3_600_000;
export const SESSION_LONGEST_MS = 7 * 86_400_000;
/** Last use is written at most this often. */
const NOTE_USE_MS = 60_000;

/** Finds out who is asking, from an Authorization header or a session cookie; undefined when nobody said. */
export function authenticate(
  store: Store,
  request: { authorization: string | undefined; cookie: string | undefined },
  now: number,
): Principal | undefined {
  const bearer = /^Bearer\s+(\S{20,200})$/i.exec(request.authorization ?? "")?.[1];
  if (bearer !== undefined) {
    const hash = hashOf(bearer);
    const key = store.access.keyByHash(hash);
    if (key === undefined || (key.expiresAt !== null && key.expiresAt <= now)) {
      throw new SojournError("unauthorized", "This key is not known, or no longer", {
        hint: "Make one: sojourn key add --scope read",
      });
    }
    if (now - (key.lastUsedAt ?? 0) > NOTE_USE_MS) noteUse(store.change("keyUsed", { id: key.id, at: now }));
    return { name: key.id, scope: key.scope as Scope, sites: key.sites, byCookie: false };
  }
  const token = sessionToken(request.cookie);
  if (token === undefined) return undefined;
  const hash = hashOf(token);
  const session = store.access.session(hash);
  if (session === undefined || session.expiresAt <= now || now - session.usedAt > SESSION_IDLE_MS)
    return undefined;
  if (now - session.usedAt > NOTE_USE_MS) noteUse(store.change("touchSession", { hash, at: now }));
  return { name: session.principal, scope: "admin", sites: [], byCookie: true };
}

/** A full disk must not keep anybody from reading: the next request writes it again. */
function noteUse(written: Promise<unknown>): void {
  written.catch(() => {});
}

const COOKIE = "sojourn_session";
/** Browsers hold a cookie with this prefix to HTTPS, to this host and to the path "/". */
const SECURE_COOKIE = `__Host-${COOKIE}`;

/** The session's token. Where both cookies came, only the one that a neighbouring host cannot have set counts. */
export function sessionToken(cookie: string | undefined): string | undefined {
  const found = new Map<string, string>();
  for (const part of (cookie ?? "").split(";")) {
    const [name = "", value = ""] = part.trim().split("=");
    if ((name === COOKIE || name === SECURE_COOKIE) && value.length > 20) found.set(name, value);
  }
  return found.get(SECURE_COOKIE) ?? found.get(COOKIE);
}

export function sessionCookie(token: string, isSecure: boolean, maxAgeSeconds: number): string {
  const name = isSecure ? SECURE_COOKIE : COOKIE;
  return `${name}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${isSecure ? "; Secure" : ""}`;
}

/** Compares in constant time whatever the lengths. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(hashOf(a), hashOf(b));
}
