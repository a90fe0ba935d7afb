/**
 * A whole collector in a temporary folder, without a socket: the real store, its threads and the real app. The clock
 * is the test's own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { type Config, readConfig } from "../src/config.ts";
import type { SiteSettings } from "../src/domain/site.ts";
import { hashOf, newKey, newToken, type Scope } from "../src/http/access.ts";
import { buildApp } from "../src/http/app.ts";
import { openDoor } from "../src/http/collect.ts";
import type { Env } from "../src/http/guard.ts";
import { openSqliteStore } from "../src/store/sqlite/engine.ts";
import type { Store } from "../src/store/store.ts";

export interface House {
  folder: string;
  store: Store;
  app: Hono<Env>;
  /** The time the house believes in; set it to travel. */
  clock: { now: number };
  /** Adds a site; the default one is there already under the name `shop`. */
  addSite(id: string, settings?: Partial<SiteSettings>): Promise<void>;
  /** A key's text, ready for `Authorization: Bearer`. */
  key(scope: Scope, sites?: string[], expiresAt?: number): Promise<string>;
  /** A sign-in token for `/sign-in?token=`. */
  signInToken(): Promise<string>;
  /** Sends JSON and gives the answer's status and body. */
  call(
    method: string,
    path: string,
    options?: { key?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<{ status: number; body: unknown; headers: Headers }>;
  /** Errors the app reported. */
  errors: unknown[];
  /** Lets go of the file, for a test that opens it by itself. */
  closeStore(): Promise<void>;
  close(): Promise<void>;
}

export const START = Date.UTC(2026, 9, 1, 12);

export async function openHouse(settings: Partial<Config> = {}): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-house-"));
  const clock = { now: START };
  const now = () => clock.now;
  const store = await openSqliteStore({ folder, now, readers: 1 });
  const config = { ...readConfig({ data: folder }, {}).config, ...settings };
  const door = openDoor({ store, now, proxies: config.proxies, ratePerAddress: 0, ratePerSite: 0 });
  const errors: unknown[] = [];
  const app = buildApp({
    store,
    door,
    config,
    pages: { script: undefined, scriptMap: undefined, integrity: undefined, page: new Map() },
    now,
    version: "0.0.0",
    signIn: {
      use: async (given) => (await store.change("useSignIn", { hash: hashOf(given), at: now() })).ok,
    },
    controlToken: newToken(),
    onError: (error) => errors.push(error),
  });
  let isOpen = true;
  const house: House = {
    folder,
    store,
    app,
    clock,
    errors,
    async addSite(id, site = {}) {
      await store.change("addSite", { id, settings: site, at: now() });
    },
    async key(scope, sites = [], expiresAt) {
      const { key, id, hash } = newKey(scope);
      const expiry = expiresAt === undefined ? {} : { expiresAt };
      await store.change("addKey", { id, name: "test", hash, scope, sites, at: now(), ...expiry });
      return key;
    },
    async signInToken() {
      const token = newToken();
      await store.change("setSignIn", { hash: hashOf(token), expiresAt: now() + 3_600_000 });
      return token;
    },
    async call(method, path, { key, body, headers = {} } = {}) {
      const response = await app.request(path, {
        method,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      let read: unknown = text;
      try {
        read = JSON.parse(text);
      } catch {
        // Not JSON: the text itself is the answer.
      }
      return { status: response.status, body: read, headers: response.headers };
    },
    async closeStore() {
      if (isOpen) await store.close();
      isOpen = false;
    },
    async close() {
      await house.closeStore();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await house.addSite("shop");
  return house;
}

let counter = 0;

/** A UUIDv7 of this instant, new each time. */
export function idAt(at: number): string {
  counter += 1;
  const time = at.toString(16).padStart(12, "0");
  const rest = counter.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`;
}

/** A beacon's body. Fields of each touchpoint are given beside its kind and time. */
export const beacon = (
  visitor: string | undefined,
  sentAt: number,
  touchpoints: readonly ({ kind: string; at?: number } & Record<string, unknown>)[],
  site = "shop",
): string =>
  JSON.stringify({
    v: 1,
    site,
    sentAt,
    ...(visitor === undefined ? {} : { visitor }),
    touchpoints: touchpoints.map(({ at = sentAt, ...rest }) => ({ id: idAt(at), at, ...rest })),
  });
