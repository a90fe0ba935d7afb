/**
 * All reads of the SQLite engine on one read-only connection. Statements are prepared once.
 */
import type { Reads } from "../port.ts";
import type { Db } from "./open.ts";
import { openChosen } from "./reads/chosen.ts";
import { figureReads } from "./reads/figures.ts";
import { flowReads } from "./reads/flow.ts";
import { identityReads } from "./reads/identity.ts";
import { listReads } from "./reads/lists.ts";
import { peopleReads } from "./reads/people.ts";
import { rawReads } from "./reads/raw.ts";
import { siteReads } from "./reads/sites.ts";
import { stageReads } from "./reads/stages.ts";
import { touchReads } from "./reads/touches.ts";

export function openReads(db: Db): Reads {
  const chosen = openChosen(db);
  return {
    ...siteReads(db),
    ...rawReads(db),
    ...stageReads(db),
    ...peopleReads(db),
    ...touchReads(db, chosen),
    ...identityReads(db),
    ...figureReads(db, chosen),
    ...flowReads(db, chosen),
    ...listReads(db, chosen),
  };
}
