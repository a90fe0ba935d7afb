/**
 * Who takes in touchpoints of which site: what a collector must know of the sites that others have, so that it can take their
 * touchpoints in and pass them on.
 *
 * The engine says which site is whose; each owner says with which keys servers may send. Both are kept, so that an engine or an
 * owner that is away changes nothing.
 */
import { DEFAULT_SITE, type SiteSettings } from "../../domain/site.ts";
import type { EngineClient } from "./client.ts";

/** A site that another collector has. */
export interface SiteElsewhere {
  id: string;
  settings: SiteSettings;
  /** Where its owner is reached. */
  url: string;
}

/** A key that may send touchpoints to sites of another collector. */
export interface KeyElsewhere {
  /** Hex of its SHA-256. */
  hash: string;
  id: string;
  sites: readonly string[];
  expiresAt: number | null;
  /** Its owner's address; without sites of its own it opens all of that one's. */
  url: string;
}

export interface Directory {
  sites: readonly SiteElsewhere[];
  keys: readonly KeyElsewhere[];
}

export const NOBODY: Directory = { sites: [], keys: [] };

type Row = readonly [id: string, settings: string, name: string | null, url: string | null];

/**
 * The sites of others that can be reached, by what the engine says.
 *
 * @param self name of this collector; undefined before it was known to the engine
 */
export async function sitesElsewhere(
  client: EngineClient,
  self: string | undefined,
): Promise<{ elsewhere: SiteElsewhere[]; own: string[] }> {
  // A number is held by the newest of its lives.
  const rows = await client.rows<Row>(`
    select s.id, s.settings, c.name, c.url
    from site s left join collector c on c.number = s.owner
    order by s.id, s.owner, c.epoch desc, c.name limit 1 by s.id`);
  const elsewhere: SiteElsewhere[] = [];
  const own: string[] = [];
  for (const [id, text, name, url] of rows) {
    if (name === self) own.push(id);
    else if (url !== null && url !== "")
      elsewhere.push({
        id,
        settings: { ...DEFAULT_SITE, ...(JSON.parse(text) as Partial<SiteSettings>) },
        url,
      });
  }
  return { elsewhere, own };
}

/**
 * What is known after the engine was asked again. A site that it does not name any more stays with the owner it had: an engine
 * that was emptied must not make a site unknown.
 */
export function updated(
  before: Directory,
  { elsewhere, own }: { elsewhere: readonly SiteElsewhere[]; own: readonly string[] },
  keys: readonly KeyElsewhere[],
): Directory {
  const named = new Set([...own, ...elsewhere.map(({ id }) => id)]);
  const kept = before.sites.filter(({ id }) => !named.has(id));
  return { sites: [...elsewhere, ...kept], keys };
}
