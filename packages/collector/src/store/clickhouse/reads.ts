/**
 * All reads of the ClickHouse engine. Its copies hold the rows of the collectors' files, so every question finds here what
 * it finds in a file, down to the order of rows.
 */
import type { Reads } from "../port.ts";
import type { EngineClient } from "./client.ts";
import type { LocalFile } from "./local.ts";
import { figureReads } from "./reads/figures.ts";
import { flowReads } from "./reads/flow.ts";
import { identityReads } from "./reads/identity.ts";
import { listReads } from "./reads/lists.ts";
import { peopleReads } from "./reads/people.ts";
import { rawReads } from "./reads/raw.ts";
import { siteReads } from "./reads/sites.ts";
import { stageReads } from "./reads/stages.ts";
import { touchReads } from "./reads/touches.ts";

/** @param local the collector's own file, for what is in no copy */
export function openReads(client: EngineClient, local: LocalFile): Reads {
  return {
    ...siteReads(client),
    ...rawReads(client),
    ...stageReads(client),
    ...peopleReads(client, local),
    ...touchReads(client),
    ...identityReads(client, local),
    ...figureReads(client),
    ...flowReads(client),
    ...listReads(client, local),
  };
}
