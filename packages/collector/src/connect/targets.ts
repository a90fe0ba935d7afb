/**
 * Every system we can tell, by name.
 */
import { ga4Target } from "./systems/ga4-out.ts";
import { hubspotTarget } from "./systems/hubspot-out.ts";
import { insightlyTarget } from "./systems/insightly-out.ts";
import { omnisendTarget } from "./systems/omnisend-out.ts";
import { zendeskTarget } from "./systems/zendesk-out.ts";
import { TARGET_SYSTEMS, type Target, type TargetSystem } from "./target.ts";

export const TARGETS: Readonly<Record<TargetSystem, Target>> = {
  hubspot: hubspotTarget,
  omnisend: omnisendTarget,
  zendesk: zendeskTarget,
  insightly: insightlyTarget,
  ga4: ga4Target,
};

/** The target of a system; undefined for systems that cannot be told. */
export const targetOf = (system: string): Target | undefined =>
  TARGET_SYSTEMS.some((known) => known === system) ? TARGETS[system as TargetSystem] : undefined;
