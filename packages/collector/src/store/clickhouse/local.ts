/**
 * What never leaves the collector's file, and questions need all the same: the keys of the installation, and sealed addresses.
 */
import type { KeptContact, PersonView } from "../port.ts";
import type { Db } from "../sqlite/open.ts";
import { siteKeys } from "../sqlite/seal.ts";
import { KEYS_PER_OWNER } from "../sqlite/shipped.ts";
import { openTargets } from "../sqlite/targets.ts";

export interface LocalFile {
  /** A typed name as it is kept, see seal.ts; by the site's key in the engine. */
  asKept(site: number, name: string): string;
  /** How other systems know a person; undefined of people whom another collector keeps. */
  contactOf(person: PersonView): KeptContact | undefined;
}

export function openLocal(db: Db): LocalFile {
  const keys = siteKeys(db);
  const own = db.prepare<[number, string], number>("select 1 from visitor where key = ? and id = ?").pluck();
  return {
    asKept: (site, name) => keys.asKept(site % KEYS_PER_OWNER, name),
    contactOf(person) {
      const key = person.key % KEYS_PER_OWNER;
      return own.get(key, person.id) === undefined ? undefined : openTargets(db).kept(key);
    },
  };
}
