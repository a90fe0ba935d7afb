/**
 * Which collector has which site. Identity never crosses sites, so a site is the shard of people: no person is ever folded in
 * two places, and no transition is written twice.
 *
 * Two collectors may want a site of the same name at the same time. Each writes that it wants it before it looks; of two
 * that see one another the smaller number goes on and the other one lets go, so at most one ever holds it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { SojournError } from "../../errors.ts";
import type { EngineClient } from "./client.ts";
import { columnsOf, SITE_CLAIM } from "./ledgers.ts";

type Claim = readonly [number: number, isHeld: number, at: number];

const LOOKS = 100;
const BETWEEN_LOOKS_MS = 100;
/** Whoever wanted a site this long ago and does not hold it died over it. */
const WANTED_MS = 30_000;

/** Takes a site for a collector, or finds that it has it. Throws `conflict` when another one has it. */
export async function claimSite(
  client: EngineClient,
  number: number,
  site: string,
  now: () => number,
): Promise<void> {
  const others = async (): Promise<Claim[]> =>
    (await claimsOn(client, site)).filter(([other]) => other !== number);
  const own = (await claimsOn(client, site)).find(([other]) => other === number);
  if (own?.[1] === 1) return;
  const before = await others();
  // Claims are younger than copies: a site that is here already has an owner.
  const [shipper] = await client.rows<[number]>(
    "select owner from site where id = {site:String} order by owner limit 1",
    { site },
  );
  if (before.some(([, isHeld]) => isHeld === 1) || (shipper !== undefined && shipper[0] !== number))
    throw taken(site);
  await note(client, number, site, { isHeld: false, at: now() });
  for (let look = 0; look < LOOKS; look++) {
    const rivals = (await others()).filter(([, isHeld, at]) => isHeld === 1 || now() - at < WANTED_MS);
    if (rivals.length === 0) {
      await note(client, number, site, { isHeld: true, at: now() });
      return;
    }
    if (rivals.some(([other, isHeld]) => isHeld === 1 || other < number)) break;
    await sleep(BETWEEN_LOOKS_MS);
  }
  await note(client, number, site, { isHeld: false, at: now(), isGone: true });
  throw taken(site);
}

/** The sites that a batch brings, from the rows of their table as they are shipped. */
export function sitesIn(lines: string): string[] {
  return lines
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as unknown[])[1])
    .filter((id) => typeof id === "string");
}

const taken = (site: string): SojournError =>
  new SojournError("conflict", `The site "${site}" belongs to another collector in this engine`, {
    hint: "One collector keeps a site. If the other one is gone for good: sojourn engine take-over. To take touchpoints in for it: set peerUrl and peerSecret.",
  });

const claimsOn = (client: EngineClient, site: string): Promise<Claim[]> =>
  client.rows<Claim>("select number, is_held, at from site_claim where id = {site:String} order by number", {
    site,
  });

async function note(
  client: EngineClient,
  number: number,
  site: string,
  { isHeld, at, isGone = false }: { isHeld: boolean; at: number; isGone?: boolean },
): Promise<void> {
  // A step further each time, whatever the clock says: the newest version stands.
  const stamp = at * 4 + (isGone ? 2 : isHeld ? 1 : 0);
  const row = [site, number, isHeld ? 1 : 0, at, number, stamp, isGone ? 1 : 0];
  await client.insert(
    SITE_CLAIM.name,
    columnsOf(SITE_CLAIM),
    `${JSON.stringify(row)}\n`,
    `claim-${number}-${site}-${stamp}`,
  );
}
