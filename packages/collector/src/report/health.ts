/**
 * How healthy the data of a site is: how fresh it is, what part of the newest touchpoints was kept apart, what was refused.
 */
import type { DataFlag } from "../domain/data-flags.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { DAY_MS } from "./spans.ts";
import { siteOf } from "./subject.ts";

export interface HealthParams {
  site: string;
}

export interface HealthAnswer {
  site: string;
  at: string;
  /** When the newest touchpoint of the site reached us, whatever its kind; null when none is among those looked at. */
  newestAt: string | null;
  /** Touchpoints in the log, of all sites. */
  kept: number;
  /** The newest touchpoints of the log, by what they count as. */
  recent: {
    /** Arrival of the oldest one looked at; null when there is none. */
    since: string | null;
    touchpoints: number;
    people: number;
    robots: number;
    spam: number;
    own: number;
    /** Share of robots and referrer spam in `touchpoints`, 0 to 1; null of nothing. */
    filtered: number | null;
  };
  /** What was refused in the last seven days, as far as samples of it are kept: at least so much. */
  refused: { since: string; total: number; codes: { code: string; n: number }[] };
  /** What is doubtful about orders and people, and shown rather than guessed at. */
  flags: { flag: DataFlag; n: number }[];
}

/** Enough for a share to one decimal, and read in a few milliseconds. */
const MOST_LOOKED_AT = 20_000;
const REFUSED_MS = 7 * DAY_MS;

export async function health(reads: Reads, params: HealthParams, now: EpochMs): Promise<HealthAnswer> {
  const site = await siteOf(reads, params.site);
  const { since, newestAt, people, robots, spam, own } = await reads.newestTraffic(site, MOST_LOOKED_AT);
  const touchpoints = people + robots + spam + own;
  const codes = await reads.refusals(site, now - REFUSED_MS);
  return {
    site: site.id,
    at: iso(now),
    newestAt: newestAt === null ? null : iso(newestAt),
    kept: (await reads.logSize()).touchpoints,
    recent: {
      since: since === null ? null : iso(since),
      touchpoints,
      people,
      robots,
      spam,
      own,
      filtered: touchpoints === 0 ? null : (robots + spam) / touchpoints,
    },
    refused: { since: iso(now - REFUSED_MS), total: codes.reduce((sum, { n }) => sum + n, 0), codes },
    flags: await reads.flagCounts(site),
  };
}

const iso = (at: EpochMs): string => new Date(at).toISOString();
