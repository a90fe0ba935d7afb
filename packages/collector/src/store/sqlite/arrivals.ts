/**
 * Puts one arrival into the log, inside the writer's transaction: through the door, past those who asked to be
 * forgotten, each touchpoint once. And keeps the totals of what became of all of them.
 */
import { type AcceptedTouchpoint, type Arrival, accept } from "../../ingest/accept.ts";
import type { Outcome, Totals } from "../../ingest/outcome.ts";
import type { RefusalReason } from "../../ingest/refusals.ts";
import { doorContext, visitorHash } from "./door.ts";
import type { Appended, Log } from "./log.ts";
import type { Db } from "./open.ts";
import { siteKeys } from "./seal.ts";
import type { Sites } from "./sites.ts";

export interface Arrivals {
  /** Appends what is accepted and adds the rows; says what became of every item. */
  append(arrival: Arrival, rows: Appended[]): Outcome;
  /** Reads again whether anybody was forgotten. */
  reload(): void;
}

export function openArrivals(db: Db, log: Log, sites: Sites): Arrivals {
  const forgottenAt = db
    .prepare<[number, Buffer], number>("select at from forgotten where site = ? and visitor = ?")
    .pluck();
  const anyForgotten = db.prepare<[], number>("select 1 from forgotten limit 1").pluck();
  const context = doorContext(db, sites);
  const keys = siteKeys(db);
  let mustCheckForgotten = anyForgotten.get() !== undefined;

  /** A browser that was forgotten stays so; a customer may come back, but not with what was before. */
  const isForgotten = (site: number, { visitor, touchpoint }: AcceptedTouchpoint): boolean => {
    const at = forgottenAt.get(site, visitorHash(visitor));
    return at !== undefined && (!visitor.startsWith("customer:") || touchpoint.at <= at);
  };

  return {
    append(arrival, rows) {
      const acceptance = accept(arrival, context);
      if (acceptance.kind === "refused") return acceptance;
      const { site, touchpoints, refused } = acceptance;
      let stored = 0;
      let duplicates = 0;
      let visitor: string | undefined;
      for (const accepted of touchpoints) {
        if (mustCheckForgotten && isForgotten(site.key, accepted)) {
          refused.push({ index: accepted.index, code: "visitor_forgotten" });
          continue;
        }
        const { touchpoint } = accepted;
        // Whoever reads the file without the secret beside it cannot try addresses on it.
        if (touchpoint.email !== undefined) touchpoint.email = keys.keyed(site.key, touchpoint.email);
        const row = log.append(site.key, accepted, arrival.receivedAt, accepted.visitor !== visitor);
        if (row === undefined) {
          duplicates += 1;
          continue;
        }
        visitor = accepted.visitor;
        rows.push(row);
        stored += 1;
      }
      return { kind: "stored", stored, duplicates, refused };
    },

    reload() {
      mustCheckForgotten = anyForgotten.get() !== undefined;
    },
  };
}

/** Adds an outcome: received stays the sum of stored, duplicate and refused. */
export function addOutcome(totals: Totals, outcome: Outcome): void {
  const count = (code: RefusalReason, n: number) => {
    totals.refused[code] = (totals.refused[code] ?? 0) + n;
    totals.received += n;
  };
  if (outcome.kind === "refused") {
    count(outcome.code, outcome.items);
    return;
  }
  totals.stored += outcome.stored;
  totals.duplicates += outcome.duplicates;
  totals.received += outcome.stored + outcome.duplicates;
  for (const item of outcome.refused) count(item.code, 1);
}
