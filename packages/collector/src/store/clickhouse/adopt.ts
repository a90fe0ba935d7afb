/**
 * Brings home what the engine knows and a restored file does not: touchpoints that were shipped after the backup was made,
 * and who asked to be forgotten since.
 *
 * For a collector that takes over from one that is gone. The engine holds copies of the log, so what had been shipped is not
 * lost with a disk. Rows are known by their ids: adopting twice adds nothing.
 */
import { MARKS, type Traffic } from "../../ingest/accept.ts";
import { foreignHash } from "../../ingest/event-id.ts";
import { visitorHash } from "../sqlite/door.ts";
import { decodeTouchpoint, opensDelivery } from "../sqlite/log.ts";
import { KEYS_PER_OWNER } from "../sqlite/shipped.ts";
import type { Writer } from "../sqlite/writer.ts";
import type { EngineClient } from "./client.ts";

/** Somebody who asked to be forgotten after the backup was made. */
export interface ForgottenSince {
  site: string;
  /** Id of one of their visitors. */
  person: string;
  at: number;
}

type Row = readonly [
  seq: number,
  site: string,
  visitor: string,
  id: string,
  at: number,
  receivedAt: number,
  kind: string,
  traffic: number,
  marks: number,
  body: string,
];

const ROWS_AT_ONCE = 10_000;
/** Two groups of arrivals may carry times out of order by as much as a clock was set back. */
const MARGIN_MS = 3_600_000;

/**
 * Appends touchpoints of a number's sites that the file lacks. They are folded when the collector starts.
 *
 * @param writer of the restored file, which no collector runs on
 * @returns how many were added
 */
export async function adoptLog(client: EngineClient, writer: Writer, number: number): Promise<number> {
  const { db, log, sites } = writer;
  const newest = db.prepare<[], number | null>("select max(received_at) from touchpoint").pluck().get() ?? 0;
  let after = number * KEYS_PER_OWNER;
  let added = 0;
  for (;;) {
    const rows = await client.rows<Row>(
      `select t.seq, s.id, v.id, t.id, t.at, t.received_at, toString(t.kind), t.traffic, t.marks, t.body
      from (
        select * from touchpoint
        where owner = {number:UInt16} and seq > {after:UInt64} and received_at >= {from:Int64}
        order by seq limit {most:UInt32}
      ) t
      join visitor v on v.key = t.visitor
      join site s on s.key = t.site
      order by t.seq`,
      { number, after, from: newest - MARGIN_MS, most: ROWS_AT_ONCE },
    );
    if (rows.length === 0) return added;
    writer.change(() => {
      for (const row of rows) if (append(row)) added += 1;
    });
    log.committed();
    after = rows.at(-1)![0];
  }

  function append([, site, visitor, hex, at, receivedAt, kind, traffic, marks, body]: Row): boolean {
    const found = sites.byId(site);
    if (found === undefined) return false;
    const id = Buffer.from(hex, "hex");
    const touchpoint = decodeTouchpoint({ id, at, marks, body }, kind);
    const isForeign = (marks & MARKS.foreignId) !== 0;
    const accepted = {
      index: 0,
      key: isForeign
        ? ({ kind: "foreign", hash: foreignHash(touchpoint.id) } as const)
        : ({ kind: "ordered", bytes: id } as const),
      visitor,
      traffic: traffic as Traffic,
      marks,
      touchpoint,
    };
    return log.append(found.key, accepted, receivedAt, opensDelivery(marks)) !== undefined;
  }
}

/**
 * Who asked to be forgotten after the file was copied: people who are in the file and have to be erased. What names nobody
 * there is remembered at once, so that their late beacons stay out.
 */
export async function forgottenSince(
  client: EngineClient,
  writer: Writer,
  number: number,
): Promise<ForgottenSince[]> {
  const { db, sites } = writer;
  const rows = await client.rows<[site: string, visitor: string, at: number]>(
    `select s.id, f.visitor, f.at from forgotten f join site s on s.key = f.site
    where f.owner = {number:UInt16} order by f.at, f.visitor`,
    { number },
  );
  const known = db.prepare("select 1 from forgotten where site = ? and visitor = ? and at >= ?");
  const remember = db.prepare(
    "insert into forgotten (site, visitor, at) values (?, ?, ?) on conflict do update set at = excluded.at",
  );
  const bySite = Map.groupBy(
    rows
      .map(([id, hex, at]) => ({ site: sites.byId(id), visitor: Buffer.from(hex, "hex"), at }))
      .filter(
        ({ site, visitor, at }) => site !== undefined && known.get(site.key, visitor, at) === undefined,
      ),
    ({ site }) => site!,
  );
  const found: ForgottenSince[] = [];
  writer.change(() => {
    for (const [site, since] of bySite) {
      const hashes = new Map(since.map(({ visitor, at }) => [visitor.toString("hex"), at]));
      const ids = db.prepare<[number], string>("select id from visitor where site = ?").pluck();
      for (const person of ids.iterate(site.key)) {
        const at = hashes.get(visitorHash(person).toString("hex"));
        if (at !== undefined) found.push({ site: site.id, person, at });
      }
      for (const { visitor, at } of since) remember.run(site.key, visitor, at);
    }
  });
  return found;
}
