/**
 * All reads of the SQLite engine on one read-only connection. Statements are prepared once.
 */
import type { Reads } from "../port.ts";
import type { Db } from "./open.ts";
import { peopleReads } from "./reads/people.ts";
import { siteReads } from "./reads/sites.ts";
import { stageReads } from "./reads/stages.ts";
import { touchReads } from "./reads/touches.ts";

export function openReads(db: Db): Reads {
  return { ...siteReads(db), ...stageReads(db), ...peopleReads(db), ...touchReads(db) };
}
