/**
 * Erases a person: their rows of the log, their projections, and every mention that other tables keep. What remains is
 * a hash per visitor, so that a late beacon cannot bring them back.
 *
 * The commands here leave nothing readable by SQL. That the bytes are gone from the disk too is `erasure.ts`'s work.
 */
import { claimsOf } from "../../../domain/identity.ts";
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { SojournError } from "../../../errors.ts";
import { MARKS } from "../../../ingest/accept.ts";
import { eventKey } from "../../../ingest/event-id.ts";
import { packBody } from "../body.ts";
import { visitorHash } from "../door.ts";
import { forgetInboxRows } from "../inbox.ts";
import { type ChainRow, opensDelivery } from "../log.ts";
import { forgetOrderNews } from "../order-news.ts";
import { siteKeys } from "../seal.ts";
import type { Writer } from "../writer.ts";
import type { HandlersOf } from "./handler.ts";
import { forgetContacts } from "./targets.ts";
import { doubtUseOf, namesUsedBy, type Unused } from "./unused.ts";

export interface ErasureCommands {
  /** Erases whoever is known by a visitor id, customer id, alias or e-mail hash. Throws `not_found`. */
  forgetPerson: { take: { site: string; person: string; at: EpochMs }; give: Forgotten };
  /** Empties the write-ahead log, which still holds what was erased; false when a reader was in the way. */
  emptyWal: { take: null; give: { isEmpty: boolean } };
  /** Writes the whole data file anew, without the remains in unused parts of pages. */
  rewriteFile: { take: null; give: null };
}

export interface Forgotten {
  visitors: number;
  touchpoints: number;
  orders: number;
  transitions: number;
  /** What the disk is searched for afterwards; never logged, never stored. */
  names: string[];
  /** Names of pages and sources they used, which go too when nobody else uses them: see unused.ts. */
  unused: Unused;
}

/** Longest wait of the writer for readers to let go of the write-ahead log. */
const WAL_WAIT_MS = 50;
const WRITER_WAIT_MS = 2_000;
/** With more touchpoints than these to fold first, as in a replay, arrivals would wait for too long. */
const MOST_PENDING = 50_000;

export const erasureHandlers: HandlersOf<ErasureCommands> = {
  forgetPerson(writer, { site: id, person: name, at }) {
    if (writer.pending() > MOST_PENDING) {
      throw new SojournError("unavailable", "Everything is just being computed again", {
        hint: "Try again when /readyz says that little is pending.",
      });
    }
    const forgotten = writer.changeSettled(() => {
      const site = writer.sites.byId(id);
      if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
      const person = personNamed(writer, site.key, name);
      if (person === undefined) {
        throw new SojournError("not_found", `Nobody in site "${id}" is known by that id`, {
          hint: "Give a visitor id, a customer id or an alias, exactly as it was sent.",
        });
      }
      return erase(writer, site.key, person, at);
    });
    // Everything held in memory may name them.
    writer.projector.rolledBack();
    return forgotten;
  },

  emptyWal(writer) {
    writer.db.pragma(`busy_timeout = ${WAL_WAIT_MS}`);
    try {
      const [row] = writer.db.pragma("wal_checkpoint(truncate)") as { busy: number }[];
      return { isEmpty: row?.busy === 0 };
    } finally {
      writer.db.pragma(`busy_timeout = ${WRITER_WAIT_MS}`);
    }
  },

  rewriteFile(writer) {
    writer.db.exec("vacuum");
    return null;
  },
};

function personNamed(writer: Writer, site: number, name: string): number | undefined {
  const visitor = writer.db
    .prepare<[number, string], number>("select person from visitor where site = ? and id = ?")
    .pluck()
    .get(site, name);
  if (visitor !== undefined) return visitor;
  const owner = writer.db
    .prepare<[number, string], number>("select person from claim where site = ? and name = ?")
    .pluck();
  const email = `email:${siteKeys(writer.db).asKept(site, name)}`;
  for (const claim of [name, `customer:${name}`, `alias:${name}`, email]) {
    const person = owner.get(site, claim);
    if (person !== undefined) return person;
  }
  return undefined;
}

function erase(writer: Writer, site: number, person: number, at: EpochMs): Forgotten {
  const { db } = writer;
  const visitors = db
    .prepare<[number, number], { key: number; id: string }>(
      "select key, id from visitor where key = ? or (person = ? and person <> key)",
    )
    .all(person, person);
  const claims = db.prepare<[number], string>("select name from claim where person = ?").pluck().all(person);
  const orders = db
    .prepare<[number], string>("select number from purchase where person = ?")
    .pluck()
    .all(person);
  const transitions = db.prepare("select count(*) from transition where person = ?").pluck().get(person);

  const rows = writer.log.chain(visitors.map(({ key }) => key));
  const names = namesOf(visitors, claims, orders, rows);
  const unused = namesUsedBy(writer, site, person);

  writer.projector.erase(person, site);
  // What was said of a visitor before they were absorbed stands under their own number.
  const dropTransitions = db.prepare("delete from transition where person = ?");
  for (const { key } of visitors) dropTransitions.run(key);
  db.prepare("delete from moment where person = ?").run(person);
  db.prepare("delete from person_stage where person = ? and model in (select key from model)").run(person);
  db.prepare("delete from outbox where person = ?").run(person);
  forgetContacts(writer, site, person, claims);
  takeBackClaims(writer, site, claims);
  db.prepare("delete from claim where person = ?").run(person);

  const dropConflicts = db.prepare("delete from claim_conflict where site = ? and visitor = ?");
  const dropUnlinks = db.prepare("delete from decision_unlink where site = ? and visitor = ?");
  const dropVisitor = db.prepare("delete from visitor where key = ?");
  const remember = db.prepare(
    "insert into forgotten (site, visitor, at) values (?, ?, ?) on conflict do update set at = excluded.at",
  );
  removeRows(writer, site, rows);
  for (const { key, id } of visitors) {
    dropConflicts.run(site, key);
    dropUnlinks.run(site, id);
    dropVisitor.run(key);
    remember.run(site, visitorHash(id), at);
  }
  // A shop's server names them by customer id; what it tells of the time before is late too.
  for (const claim of claims) {
    if (claim.startsWith("customer:")) remember.run(site, visitorHash(claim), at);
  }
  dropRefused(writer, names);
  forgetOrderNews(
    db,
    site,
    orders,
    visitors.map(({ id }) => id),
  );
  forgetInboxRows(
    db,
    visitors.map(({ id: visitor }) => visitor),
    names,
  );
  doubtUseOf(writer, unused);
  writer.log.forget(visitors.map(({ key }) => key));
  return {
    visitors: visitors.length,
    touchpoints: rows.length,
    orders: orders.length,
    transitions: Number(transitions),
    names,
    unused,
  };
}

/** What could still be lying about: ids that name the person, long enough not to be found in everything. */
function namesOf(
  visitors: readonly { id: string }[],
  claims: readonly string[],
  orders: readonly string[],
  rows: readonly ChainRow[],
): string[] {
  const names = new Set<string>();
  for (const { id } of visitors) names.add(id).add(id.replace(/^customer:/, ""));
  for (const claim of claims) names.add(claim.slice(claim.indexOf(":") + 1));
  for (const order of orders) names.add(order);
  for (const { touchpoint } of rows) {
    for (const name of [touchpoint.customer, touchpoint.email, touchpoint.order]) {
      if (name !== undefined) names.add(name);
    }
    for (const alias of touchpoint.aliases ?? []) names.add(alias);
  }
  return [...names].filter((name) => name.length >= 4);
}

/** Deletes rows of the log, and marks where the deliveries behind them begin. */
export function removeRows(writer: Writer, site: number, rows: readonly ChainRow[]): void {
  const { db } = writer;
  const dropRow = db.prepare("delete from touchpoint where seq = ?");
  const dropForeign = db.prepare("delete from foreign_id where hash = ? and site = ?");
  for (const { seq, marks, receivedAt, touchpoint } of rows) {
    dropRow.run(seq);
    if ((marks & MARKS.foreignId) === 0) continue;
    const key = eventKey(touchpoint.id, receivedAt, (marks & MARKS.fromServer) !== 0);
    if (key.kind === "foreign") dropForeign.run(key.hash, site);
  }
  // The rows behind a delivery's first one belong to others; without a mark they would run into the delivery before.
  const next = db.prepare<[number], { seq: number; marks: number }>(
    "select seq, marks from touchpoint where seq > ? order by seq limit 1",
  );
  const mark = db.prepare("update touchpoint set marks = ? where seq = ?");
  for (const { seq, marks } of rows) {
    if (!opensDelivery(marks)) continue;
    const behind = next.get(seq);
    if (behind !== undefined && !opensDelivery(behind.marks)) {
      mark.run(behind.marks | MARKS.opensDelivery, behind.seq);
    }
  }
}

/** Others who claimed the same names keep their touchpoints, without the names. */
function takeBackClaims(writer: Writer, site: number, claims: readonly string[]): void {
  const { db } = writer;
  const erased = new Set(claims);
  const claimants = db
    .prepare<[number, string], number>("select visitor from claim_conflict where site = ? and name = ?")
    .pluck();
  const drop = db.prepare("delete from claim_conflict where site = ? and name = ?");
  const dropUnlinks = db.prepare("delete from decision_unlink where site = ? and claim = ?");
  const rewrite = db.prepare("update touchpoint set body = ? where seq = ?");
  for (const name of claims) {
    for (const visitor of claimants.all(site, name)) {
      for (const { seq, marks, touchpoint } of writer.log.chain([visitor])) {
        const said = claimsOf(touchpoint, (marks & MARKS.fromServer) !== 0);
        if (!said.some((claim) => erased.has(claim))) continue;
        const kept = { ...touchpoint };
        if (erased.has(`customer:${kept.customer}`)) delete kept.customer;
        if (erased.has(`email:${kept.email}`)) delete kept.email;
        if (kept.aliases !== undefined)
          kept.aliases = kept.aliases.filter((alias) => !erased.has(`alias:${alias}`));
        rewrite.run(packBody(kept, (marks & MARKS.foreignId) !== 0), seq);
      }
    }
    drop.run(site, name);
    dropUnlinks.run(site, name);
  }
}

/** Samples of refused bodies: those that name the person, and those cut off where a name may have begun. */
function dropRefused(writer: Writer, names: readonly string[]): void {
  const drop = writer.db.prepare("delete from refused where instr(body, ?) > 0");
  for (const name of names) drop.run(name);
  writer.db.prepare("delete from refused where length(body) >= 2000").run();
}
