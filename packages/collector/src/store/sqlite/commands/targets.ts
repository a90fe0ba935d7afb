/**
 * Targets beside webhooks: which there are, what became of their messages, and what was learnt of people's contacts.
 */
import { STAGE_KINDS } from "../../../connect/outgoing.ts";
import type { Action } from "../../../connect/target.ts";
import type { MessageKind } from "../../../domain/message.ts";
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { SojournError } from "../../../errors.ts";
import type { Db } from "../open.ts";
import { siteKeys } from "../seal.ts";
import type { Writer } from "../writer.ts";
import type { HandlersOf } from "./handler.ts";
import { cleanOutbox } from "./webhooks.ts";

/** A target as the table of connectors names it. */
export interface TargetRow {
  name: string;
  system: string;
  site: string;
  url: string;
  actions: Readonly<Record<MessageKind, Action>>;
}

/** What became of a message, or of one of its steps. */
export interface SendResult {
  key: number;
  /** `later`: tried again at `nextAt`; `step`: the next step follows at once. */
  kind: "delivered" | "failed" | "superseded" | "withdrawn" | "unaddressable" | "later" | "step";
  result: string;
  /** JSON of what was answered so far. */
  steps: string;
  nextAt?: EpochMs;
  /** Whether a request was made. */
  wasTried: boolean;
  /** Whether the person's property says now what this message says. */
  hasWritten?: true;
  /** What look-ups found out: what was asked, and the id; null: nobody. */
  learned?: readonly { asked: string; id: string | null }[];
}

export interface TargetCommands {
  /** Makes the targets those of the table; others are switched off, their messages stay. */
  setTargets: { take: { targets: readonly TargetRow[]; at: EpochMs }; give: null };
  /**
   * Queues for one target where the next people stand now, at most `limit` looked at; `next` is where to go on, null at
   * the end. For a system that was just connected: it hears of changes only from then on.
   */
  tellStages: {
    take: { id: string; after: number; limit: number; at: EpochMs };
    give: { told: number; next: number | null };
  };
  settleSends: { take: { results: readonly SendResult[]; at: EpochMs }; give: null };
  /** Keeps addresses, sealed, each under the hash it is known by; people who were waiting for one are tried again. */
  keepAddresses: {
    take: { site: string; addresses: readonly { hash: string; address: string }[]; at: EpochMs };
    give: { kept: number };
  };
  /** Deletes every address of sites that keep none any more, and those that are nobody's. */
  dropAddresses: { take: { keeping: readonly string[] }; give: { dropped: number } };
}

const NOT_NAMED = "not in the table of connectors";

export const targetHandlers: HandlersOf<TargetCommands> = {
  setTargets(writer, { targets, at }) {
    writer.change(() => {
      const { db } = writer;
      const upsert = db.prepare(`
        insert into webhook (id, site, url, events, secrets, state, created_at, system, actions)
        values (?, ?, ?, ?, '[]', 'on', ?, ?, ?)
        on conflict (id) do update set site = excluded.site, url = excluded.url, events = excluded.events,
          state = 'on', reason = null, system = excluded.system, actions = excluded.actions`);
      for (const { name, system, site: id, url, actions } of targets) {
        const site = writer.sites.byId(id);
        if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
        const kinds = Object.entries(actions).filter(([, action]) => action !== "nothing");
        const events = JSON.stringify(kinds.map(([kind]) => kind));
        upsert.run(name, site.key, url, events, at, system, JSON.stringify(actions));
      }
      db.prepare(`
        update webhook set state = 'off', reason = ?
        where system <> 'webhook' and id not in (select value from json_each(?))`).run(
        NOT_NAMED,
        JSON.stringify(targets.map(({ name }) => name)),
      );
      return null;
    });
    writer.projector.webhooksChanged();
    return null;
  },

  tellStages(writer, { id, after, limit, at }) {
    return writer.changeSettled(() => {
      const target = writer.db
        .prepare<[string], { key: number; site: number; actions: string }>(
          "select key, site, actions from webhook where id = ? and system <> 'webhook' and state = 'on'",
        )
        .get(id);
      if (target === undefined) throw new SojournError("not_found", `There is no target "${id}" that is on`);
      const actions = JSON.parse(target.actions) as Partial<Record<MessageKind, Action>>;
      const kind = STAGE_KINDS.find((one) => actions[one] === "property" || actions[one] === "both");
      if (kind === undefined) {
        throw new SojournError("conflict", `Target "${id}" is told no stage as a property`, {
          hint: "Write stage.corrected: property under its messages.",
        });
      }
      const people = writer.db
        .prepare<[number, number, number], number>(
          "select key from person where site = ? and key > ? order by key limit ?",
        )
        .pluck()
        .all(target.site, after, limit);
      const told = people.filter((person) => writer.projector.stands(target.key, kind, person, at)).length;
      return { told, next: people.length < limit ? null : people.at(-1)! };
    });
  },

  settleSends(writer, { results, at }) {
    return writer.change(() => {
      const { db } = writer;
      const settle = db.prepare(`
        update outbox set state = ?, attempts = attempts + ?, result = ?, steps = ?, settled_at = ? where key = ?`);
      const later = db.prepare(`
        update outbox set attempts = attempts + ?, next_at = ?, result = ?, steps = ?
        where key = ? and state = 'waiting'`);
      const step = db.prepare("update outbox set steps = ?, result = ? where key = ?");
      const note = db.prepare(`
        update webhook set last_at = ?, last_result = ? where key = (select webhook from outbox where key = ?)`);
      for (const { key, kind, result, steps, nextAt = at, wasTried, hasWritten, learned } of results) {
        const tries = wasTried && kind !== "step" ? 1 : 0;
        if (wasTried) note.run(at, result, key);
        if (hasWritten === true) noteWritten(db, key);
        for (const { asked, id } of learned ?? []) noteReference(db, key, asked, id, at);
        if (kind === "step") step.run(steps, result, key);
        else if (kind === "later") later.run(tries, nextAt, result, steps, key);
        else settle.run(kind, tries, result, steps, at, key);
      }
      cleanOutbox(db, at);
      return null;
    });
  },

  keepAddresses(writer, { site: id, addresses, at }) {
    return writer.change(() => {
      const site = writer.sites.byId(id);
      if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
      const { db } = writer;
      const keys = siteKeys(db);
      const known = db.prepare("select 1 from kept_address where site = ? and claim = ?");
      const insert = db.prepare("insert into kept_address (site, claim, sealed, at) values (?, ?, ?, ?)");
      const tryAgain = db.prepare(`
        update outbox set state = 'waiting', next_at = ?, settled_at = null
        where state = 'unaddressable' and person = (select person from claim where site = ? and name = ?)`);
      let kept = 0;
      for (const { hash, address } of addresses) {
        const claim = `email:${keys.keyed(site.key, hash)}`;
        if (known.get(site.key, claim) !== undefined) continue;
        insert.run(site.key, claim, keys.seal(site.key, address), at);
        tryAgain.run(at, site.key, claim);
        kept += 1;
      }
      return { kept };
    });
  },

  dropAddresses(writer, { keeping }) {
    return writer.change(() => {
      const { changes } = writer.db
        .prepare(`
          delete from kept_address where site not in (
            select key from site where id in (select value from json_each(?)))`)
        .run(JSON.stringify(keeping));
      // Nobody's: the claim was refused, or its touchpoints are gone. Only where every claim there will be is there.
      const orphans =
        writer.pending() > 0
          ? 0
          : writer.db
              .prepare(`
                delete from kept_address where not exists (
                  select 1 from claim c where c.site = kept_address.site and c.name = kept_address.claim)`)
              .run().changes;
      return { dropped: changes + orphans };
    });
  },
};

/** The message may be gone meanwhile, with the person it was about: then nothing is noted. */
function noteWritten(db: Db, message: number): void {
  db.prepare(`
    insert into written_property (target, person, message) select webhook, person, key from outbox where key = ?
    on conflict do update set message = max(message, excluded.message)`).run(message);
}

function noteReference(db: Db, message: number, asked: string, id: string | null, at: EpochMs): void {
  db.prepare(`
    insert into reference (target, person, asked, id, at) select webhook, person, ?, ?, ? from outbox where key = ?
    on conflict do update set id = excluded.id, at = excluded.at`).run(asked, id, at, message);
}

/** Removes everything by which other systems know a person. Inside the caller's transaction. */
export function forgetContacts(
  writer: Writer,
  site: number,
  person: number,
  claims: readonly string[],
): void {
  const { db } = writer;
  db.prepare("delete from reference where person = ?").run(person);
  db.prepare("delete from written_property where person = ?").run(person);
  const drop = db.prepare("delete from kept_address where site = ? and claim = ?");
  for (const claim of claims) drop.run(site, claim);
}
