/**
 * Brings one batch to the engine, and keeps away what a replaced collector still sends.
 */
import type { EpochMs } from "../../domain/touchpoint.ts";
import { versionOf } from "../sqlite/cut.ts";
import { KEYS_PER_OWNER, shipped } from "../sqlite/shipped.ts";
import { claimSite, sitesIn } from "./claims.ts";
import type { EngineClient } from "./client.ts";
import { BATCH, columnsOf } from "./ledgers.ts";
import { assertOwner, sweepOlder } from "./owner.ts";
import type { Batch, Spool } from "./spool.ts";

/** A batch that takes longer than this asks in between whether the collector was replaced meanwhile. */
const SURE_FOR_MS = 5_000;
/** What a replaced collector was sending when it was replaced is looked for this often, for so long. */
const STRAGGLERS_EVERY_MS = 60_000;
const STRAGGLERS_FOR_MS = 3_600_000;

/**
 * Sends a batch, table after table, and notes that the engine has it. Sending it again changes nothing. Throws `conflict` when
 * another collector took this one's place.
 */
export async function send(
  client: EngineClient,
  spool: Spool,
  batch: Batch,
  now: () => EpochMs,
): Promise<void> {
  const owner = spool.owner()!;
  const name = spool.meta("name") ?? "";
  // Whoever was replaced while it was away must not add rows that its heir does not know.
  await assertOwner(client, owner, name);
  let sureAt = now();
  const token = (table: string): string => `${name}-${owner.epoch}-${batch.n}-${table}`;
  for (const part of spool.parts(batch.n)) {
    // A process that was stopped in the middle of a batch may wake up in another time.
    if (now() - sureAt > SURE_FOR_MS) {
      await assertOwner(client, owner, name);
      sureAt = now();
    }
    if (part.table === "site") {
      for (const site of sitesIn(part.text)) await claimSite(client, owner.number, site, now);
    }
    await client.insert(part.table, columnsOf(shipped(part.table)), part.text, token(part.table));
  }
  const ledger = [
    owner.number,
    batch.n,
    batch.to.seq + owner.number * KEYS_PER_OWNER,
    now(),
    owner.number,
    versionOf(owner, batch.n),
    0,
  ];
  await client.insert(BATCH.name, columnsOf(BATCH), `${JSON.stringify(ledger)}\n`, token("batch"));
}

/** An heir has swept what its predecessor left: from now on it looks whether more of it comes. */
export function watchStragglers(spool: Spool, now: EpochMs): void {
  spool.setMeta("stragglers", JSON.stringify([now, now + STRAGGLERS_FOR_MS]));
}

/** Rows that an earlier life was sending when its heir swept come after the sweep: for an hour it is swept again. */
export async function sweepStragglers(client: EngineClient, spool: Spool, now: EpochMs): Promise<void> {
  const noted = spool.meta("stragglers");
  if (noted === undefined) return;
  const [sweptAt, until] = JSON.parse(noted) as [number, number];
  if (now - sweptAt < STRAGGLERS_EVERY_MS) return;
  await sweepOlder(client, spool.owner()!);
  spool.setMeta("stragglers", now > until ? null : JSON.stringify([now, until]));
}
