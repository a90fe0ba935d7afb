/**
 * A collector with connectors in a temporary folder: the real store, inbox and app, samples as the senders.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { connect } from "../src/cli/connections.ts";
import { readConfig } from "../src/config.ts";
import type { RawRequest } from "../src/connect/connector.ts";
import type { Connection } from "../src/connect/inbox.ts";
import type { Connections } from "../src/connect/service.ts";
import { CONNECTORS } from "../src/connect/systems.ts";
import { optionsFor, SECRET } from "../src/connect/test/samples.ts";
import { newKey, newToken } from "../src/http/access.ts";
import { buildApp } from "../src/http/app.ts";
import { openDoor } from "../src/http/collect.ts";
import type { Env } from "../src/http/guard.ts";
import { openSqliteStore } from "../src/store/sqlite/engine.ts";
import { openForReading } from "../src/store/sqlite/open.ts";
import type { Store } from "../src/store/store.ts";

export interface ConnectedHouse {
  folder: string;
  store: Store;
  app: Hono<Env>;
  connections: Connections;
  clock: { now: number };
  /** Makes a request as a system would, and gives the status. */
  send(request: RawRequest): Promise<Response>;
  /** Maps what came and folds it. */
  settle(): Promise<void>;
  adminKey(): Promise<string>;
  /** Errors the app could not explain to the caller. */
  errors: unknown[];
  close(): Promise<void>;
}

/** Everything a test sets; the rest is as for a sample. */
export type Wanted = Partial<Omit<Connection, "options" | "connector">> & {
  options: Parameters<typeof optionsFor>[1] & { system: Connection["options"]["system"] };
};

export async function openConnectedHouse(wanted: readonly Wanted[], start: number): Promise<ConnectedHouse> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-connect-"));
  const clock = { now: start };
  const now = () => clock.now;
  const store = await openSqliteStore({ folder, now, readers: 1 });
  await store.change("addSite", { id: "shop", settings: {}, at: start });
  const connections = connect(
    store,
    wanted.map(({ options, ...more }) => ({
      connector: CONNECTORS[options.system],
      options: optionsFor(options.system, options),
      secrets: [SECRET],
      token: undefined,
      everyMs: undefined,
      keepDays: 14,
      ...more,
    })),
    { allowPrivate: true, now, onTrouble() {} },
  );
  const config = { ...readConfig({ data: folder }, {}).config, publicUrl: "https://collect.example" };
  const door = openDoor({ store, now, proxies: 0, ratePerAddress: 0, ratePerSite: 0 });
  const errors: unknown[] = [];
  const app = buildApp({
    store,
    door,
    config,
    pages: { script: undefined, scriptMap: undefined, integrity: undefined, page: new Map() },
    now,
    version: "0.0.0",
    signIn: { use: async () => false },
    controlToken: newToken(),
    connections,
    onError: (error) => errors.push(error),
  });
  return {
    folder,
    store,
    app,
    connections,
    clock,
    errors,
    async send({ method, url, headers, body }) {
      const { pathname, search } = new URL(url);
      return app.request(pathname + search, { method, headers, body: Buffer.from(body) });
    },
    async settle() {
      await connections.run();
      // The writer lets time pass by its own clock; what is due by now is moved, whoever is first.
      await store.settled(Date.now());
    },
    async adminKey() {
      const { key, id, hash } = newKey("admin");
      await store.change("addKey", { id, name: "test", hash, scope: "admin", sites: [], at: now() });
      return key;
    },
    async close() {
      await connections.stop();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What the projections say, without surrogate keys: who is one person, their orders, their stages. */
export function peopleIn(folder: string): unknown[] {
  const db = openForReading(folder);
  try {
    const visitors = db
      .prepare<[], { key: number; id: string; person: number }>(
        "select key, id, person from visitor order by id",
      )
      .all();
    const orders = db
      .prepare<[], { person: number } & Record<string, unknown>>(
        "select person, number, at, value, currency, refunded, void_at, nth from purchase order by number",
      )
      .all();
    const stages = db
      .prepare<[], { person: number; model: number; stage: number; since: number; due: number | null }>(
        "select person, model, stage, since, due from person_stage order by model",
      )
      .all();
    const people = db.prepare<[], number>("select key from person").pluck().all();
    const of = <T extends { person: number }>(rows: readonly T[], person: number) =>
      rows.filter((row) => row.person === person).map(({ person: _person, ...rest }) => rest);
    return people
      .map((person) => ({
        visitors: visitors.filter((v) => v.person === person).map(({ id }) => id),
        orders: of(orders, person),
        stages: of(stages, person),
      }))
      .sort((a, b) => ((a.visitors[0] ?? "") < (b.visitors[0] ?? "") ? -1 : 1));
  } finally {
    db.close();
  }
}
