/**
 * A store among others on the same engine: what belongs to another collector's site is taken in and passed on, and what others
 * took in for a site of ours is kept here.
 */
import { SojournError } from "../../errors.ts";
import type { Outcome } from "../../ingest/outcome.ts";
import type { Store } from "../store.ts";
import type { RelayDesk } from "./relay-desk.ts";

const LATER: Outcome = { kind: "refused", status: 503, code: "overloaded", items: 1 };

/**
 * @param claim takes a site for this collector before it is made, so that no two make the same one
 */
export function withPeers(
  store: Store,
  desk: RelayDesk,
  claim: (site: string) => Promise<unknown>,
  now: () => number,
): Store {
  const { access } = store;
  return {
    ...store,

    async ingest(arrival) {
      const site = desk.siteOf(arrival);
      if (site !== undefined) return desk.take({ site, arrival });
      // Nobody told us yet which sites there are: whoever is refused now would never come again.
      const isTooEarly = !desk.isKnown();
      const outcome = await store.ingest(arrival);
      return isTooEarly && outcome.kind === "refused" && outcome.code === "unknown_site" ? LATER : outcome;
    },

    async change(name, take) {
      if (name === "addSite") {
        const { id } = take as { id: string };
        if (desk.sites().some((site) => site.id === id)) {
          throw new SojournError("conflict", `There is a site "${id}" already, at another collector`);
        }
        await claim(id);
      }
      return store.change(name, take);
    },

    access: {
      ...access,
      sites() {
        const own = access.sites();
        const ids = new Set(own.map(({ id }) => id));
        return [...own, ...desk.sites().filter(({ id }) => !ids.has(id))];
      },
      keyByHash(hash) {
        const own = access.keyByHash(hash);
        if (own !== undefined) return own;
        const key = desk.keyByHash(hash);
        if (key === undefined) return undefined;
        const { id, url, expiresAt } = key;
        const theirs = desk
          .sites()
          .filter((site) => site.url === url)
          .map((site) => site.id);
        const sites = key.sites.length === 0 ? theirs : theirs.filter((site) => key.sites.includes(site));
        // No site at all would mean every site.
        if (sites.length === 0) return undefined;
        const at = now();
        return { id, name: id, scope: "write", sites, createdAt: at, expiresAt, lastUsedAt: at };
      },
    },

    peers: {
      receive: (arrivals) =>
        Promise.all(
          arrivals.map((arrival) =>
            // Its owner by now is somebody else: whoever has it finds out, and sends it there.
            desk.siteOf(arrival) === undefined
              ? store.ingest({ ...arrival, receivedAt: now() })
              : Promise.resolve(LATER),
          ),
        ),
      keys: () =>
        access.sendKeys().map(({ hash, id, sites, expiresAt }) => ({
          hash: Buffer.from(hash).toString("hex"),
          id,
          sites,
          expiresAt,
        })),
    },

    async health() {
      const [health, relay] = await Promise.all([store.health(), desk.status()]);
      return { ...health, relay };
    },

    async close() {
      await desk.close();
      await store.close();
    },
  };
}
