/**
 * A small ring of what was refused, so that an operator can see what it looked like. Every refusal is counted; this
 * keeps samples.
 */
import type { Arrival } from "../../ingest/accept.ts";
import type { Outcome } from "../../ingest/outcome.ts";
import type { Db } from "./open.ts";

const MOST_KEPT = 1_000;
/** A flood of bad requests must not become a flood of writes. */
const MOST_PER_COMMIT = 8;
const BODY_LIMIT = 2_000;

export interface RefusedRing {
  /** Keeps samples of the refused among these; inside the caller's transaction. */
  keep(arrivals: readonly Arrival[], outcomes: readonly Outcome[]): void;
}

export function openRefusedRing(db: Db): RefusedRing {
  const insert = db.prepare(
    "insert or replace into refused (key, at, site, code, path, body) values (?, ?, ?, ?, ?, ?)",
  );
  let place =
    db.prepare<[], number>("select key from refused order by at desc, key desc limit 1").pluck().get() ?? 0;

  return {
    keep(arrivals, outcomes) {
      let kept = 0;
      for (let i = 0; i < outcomes.length && kept < MOST_PER_COMMIT; i++) {
        const outcome = outcomes[i]!;
        const first = outcome.kind === "refused" ? outcome : outcome.refused[0];
        if (first === undefined) continue;
        const { body, receivedAt, site } = arrivals[i]!;
        place = (place % MOST_KEPT) + 1;
        // Whoever asked to be forgotten is not remembered for having been refused.
        const isForgotten =
          outcome.kind === "stored" && outcome.refused.some(({ code }) => code === "visitor_forgotten");
        const text = isForgotten ? "" : body.slice(0, BODY_LIMIT).toWellFormed().replaceAll("\0", "");
        insert.run(place, receivedAt, site ?? siteNamedIn(body), first.code, first.path ?? null, text);
        kept += 1;
      }
    },
  };
}

/** The site a beacon says it is for, so that its owner sees what was refused; null when the body cannot be read. */
function siteNamedIn(body: string): string | null {
  try {
    const { site } = JSON.parse(body) as { site?: unknown };
    return typeof site === "string" && site.length <= 64 ? site : null;
  } catch {
    return null; // No JSON is itself a reason to be refused.
  }
}
