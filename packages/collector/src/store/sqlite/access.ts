/**
 * Small reads for deciding who may do what: access keys, sessions, sites. On a connection of the HTTP thread's own;
 * each is a look-up by key and takes microseconds.
 */
import type { SiteSettings } from "../../domain/site.ts";
import { DEFAULT_SITE } from "../../domain/site.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Db } from "./open.ts";

export interface AccessKey {
  id: string;
  name: string;
  scope: string;
  /** Ids of the sites it opens; empty: all. */
  sites: string[];
  createdAt: EpochMs;
  expiresAt: EpochMs | null;
  lastUsedAt: EpochMs | null;
}

export interface SessionRow {
  principal: string;
  createdAt: EpochMs;
  usedAt: EpochMs;
  expiresAt: EpochMs;
}

export interface Access {
  keyByHash(hash: Uint8Array): AccessKey | undefined;
  keys(): AccessKey[];
  /** Keys that may send touchpoints, with their hashes. */
  sendKeys(): { hash: Buffer; id: string; sites: string[]; expiresAt: EpochMs | null }[];
  session(hash: Uint8Array): SessionRow | undefined;
  sites(): { id: string; settings: SiteSettings }[];
  meta(key: string): string | undefined;
  close(): void;
}

interface KeyRow {
  id: string;
  name: string;
  scope: string;
  sites: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

export function openAccess(db: Db): Access {
  const columns = "id, name, scope, sites, created_at, expires_at, last_used_at";
  const byHash = db.prepare<[Uint8Array], KeyRow>(`select ${columns} from access_key where hash = ?`);
  const all = db.prepare<[], KeyRow>(`select ${columns} from access_key order by key`);
  const sending = db.prepare<[], KeyRow & { hash: Buffer }>(
    `select hash, ${columns} from access_key where scope in ('write', 'admin') order by key`,
  );
  const session = db.prepare<[Uint8Array], SessionRow>(`
    select principal, created_at as createdAt, used_at as usedAt, expires_at as expiresAt
    from session where hash = ?`);
  const sites = db.prepare<[], { id: string; settings: string }>(
    "select id, settings from site order by key",
  );
  const meta = db.prepare<[string], string>("select value from meta where key = ?").pluck();
  const view = (row: KeyRow): AccessKey => ({
    id: row.id,
    name: row.name,
    scope: row.scope,
    sites: JSON.parse(row.sites) as string[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  });
  return {
    keyByHash: (hash) => {
      const row = byHash.get(hash);
      return row === undefined ? undefined : view(row);
    },
    keys: () => all.all().map(view),
    sendKeys: () =>
      sending.all().map((row) => {
        const { id, sites: of, expiresAt } = view(row);
        return { hash: row.hash, id, sites: of, expiresAt };
      }),
    session: (hash) => session.get(hash),
    sites: () =>
      sites.all().map(({ id, settings }) => ({ id, settings: { ...DEFAULT_SITE, ...JSON.parse(settings) } })),
    meta: (key) => meta.get(key),
    close: () => db.close(),
  };
}
