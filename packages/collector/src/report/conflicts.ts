/**
 * Claims that were not followed, because they would have made two customers one.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { siteOf } from "./subject.ts";

export interface ConflictsParams {
  site: string;
}

export interface ConflictsAnswer {
  site: string;
  conflicts: {
    /** `customer:…`, `email:…` or `alias:…`. */
    name: string;
    /** Who claimed it. */
    visitor: string;
    at: string;
    /** Whose it is; null when nobody has it any more. */
    owner: string | null;
  }[];
}

export async function conflicts(
  reads: Reads,
  params: ConflictsParams,
  _now: EpochMs,
): Promise<ConflictsAnswer> {
  const site = await siteOf(reads, params.site);
  const found = await reads.conflicts(site);
  return {
    site: site.id,
    conflicts: found.map(({ name, visitor, at, owner }) => ({
      name,
      visitor,
      at: new Date(at).toISOString(),
      owner,
    })),
  };
}
