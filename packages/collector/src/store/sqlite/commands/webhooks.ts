/**
 * Webhooks and what became of their messages.
 */
import type { MessageKind } from "../../../domain/message.ts";
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { SojournError } from "../../../errors.ts";
import type { Db } from "../open.ts";
import type { Writer } from "../writer.ts";
import type { HandlersOf } from "./handler.ts";

/** What became of one try to deliver a message. */
export type DeliveryResult =
  | { key: number; kind: "delivered"; result: string }
  /** Tried again at `nextAt`. */
  | { key: number; kind: "later"; nextAt: EpochMs; result: string }
  /** Given up; kept, and can be sent again by hand. */
  | { key: number; kind: "failed"; result: string }
  /** The receiver said it is gone for good: the webhook is switched off, its messages wait. */
  | { key: number; kind: "gone"; result: string };

export interface WebhookCommands {
  addWebhook: {
    take: { id: string; site: string; url: string; events: MessageKind[]; secret: string; at: EpochMs };
    give: { id: string };
  };
  /** Changes what is named. A new secret signs first, beside the one before it. */
  updateWebhook: {
    take: {
      id: string;
      url?: string;
      events?: MessageKind[];
      state?: "on" | "off";
      secret?: string;
      /** Forgets the secret before the present one: the receiver knows the new one. */
      dropOldSecret?: boolean;
    };
    give: { id: string };
  };
  removeWebhook: { take: { id: string }; give: { removed: boolean } };
  /** Sends again: what failed, one message, or everything still kept. */
  replayMessages: {
    take: { id: string; message?: string; all?: boolean; at: EpochMs };
    give: { messages: number };
  };
  settleMessages: { take: { results: DeliveryResult[]; at: EpochMs }; give: null };
}

/** Settled messages are kept this long, so that an operator can look and send again; failed and unaddressable ones longer. */
const KEEP_SETTLED_MS = 7 * 86_400_000;
const KEEP_FAILED_MS = 30 * 86_400_000;
const CLEANED_AT_ONCE = 200;

export const webhookHandlers: HandlersOf<WebhookCommands> = {
  addWebhook(writer, { id, site: siteId, url, events, secret, at }) {
    return changed(writer, () => {
      const site = writer.sites.byId(siteId);
      if (site === undefined) throw new SojournError("not_found", `There is no site "${siteId}"`);
      writer.db
        .prepare(
          "insert into webhook (id, site, url, events, secrets, state, created_at) values (?, ?, ?, ?, ?, 'on', ?)",
        )
        .run(id, site.key, url, JSON.stringify(events), JSON.stringify([secret]), at);
      return { id };
    });
  },

  updateWebhook(writer, { id, url, events, state, secret, dropOldSecret }) {
    return changed(writer, () => {
      const { key, secrets } = webhookNamed(writer, id);
      const set = (column: "url" | "events" | "secrets", value: string) =>
        writer.db.prepare(`update webhook set ${column} = ? where key = ?`).run(value, key);
      if (url !== undefined) set("url", url);
      if (events !== undefined) set("events", JSON.stringify(events));
      if (secret !== undefined) set("secrets", JSON.stringify([secret, secrets[0]]));
      if (dropOldSecret) set("secrets", JSON.stringify([secret ?? secrets[0]]));
      if (state !== undefined) {
        writer.db
          .prepare("update webhook set state = ?, reason = ? where key = ?")
          .run(state, state === "off" ? "switched off by the operator" : null, key);
      }
      return { id };
    });
  },

  removeWebhook(writer, { id }) {
    return changed(writer, () => {
      writer.db.prepare("delete from outbox where webhook = (select key from webhook where id = ?)").run(id);
      return { removed: writer.db.prepare("delete from webhook where id = ?").run(id).changes > 0 };
    });
  },

  replayMessages(writer, { id, message, all, at }) {
    return changed(writer, () => {
      const { key } = webhookNamed(writer, id);
      const again =
        "update outbox set state = 'waiting', attempts = 0, next_at = ?, settled_at = null, steps = '{\"byHand\":true}'";
      const { changes } =
        message !== undefined
          ? writer.db
              .prepare(`${again} where webhook = ? and id = ? and state <> 'waiting'`)
              .run(at, key, message)
          : writer.db
              .prepare(`${again} where webhook = ? and (state = 'failed' or (state = 'delivered' and ?))`)
              .run(at, key, all === true ? 1 : 0);
      return { messages: changes };
    });
  },

  settleMessages(writer, { results, at }) {
    return writer.change(() => {
      const { db } = writer;
      const settle = db.prepare(
        "update outbox set state = ?, attempts = attempts + 1, result = ?, settled_at = ? where key = ?",
      );
      const later = db.prepare(
        "update outbox set attempts = attempts + 1, next_at = ?, result = ? where key = ?",
      );
      const note = db.prepare(`
        update webhook set last_at = ?, last_result = ?
        where key = (select webhook from outbox where key = ?)`);
      const switchOff = db.prepare(`
        update webhook set state = 'off', reason = ?
        where key = (select webhook from outbox where key = ?)`);
      for (const outcome of results) {
        note.run(at, outcome.result, outcome.key);
        if (outcome.kind === "later") later.run(outcome.nextAt, outcome.result, outcome.key);
        else if (outcome.kind === "gone") {
          later.run(at, outcome.result, outcome.key);
          switchOff.run("the receiver answered 410: it is gone for good", outcome.key);
        } else settle.run(outcome.kind, outcome.result, at, outcome.key);
      }
      cleanOutbox(db, at);
      if (results.some(({ kind }) => kind === "gone")) writer.projector.webhooksChanged();
      return null;
    });
  },
};

/** Lets old messages go, a few at a time. Inside the caller's transaction. */
export function cleanOutbox(db: Db, at: EpochMs): void {
  // uses outbox_settled
  db.prepare(`
    delete from outbox where key in (
      select key from outbox
      where settled_at < ? and (state not in ('failed', 'unaddressable') or settled_at < ?) limit ?)`).run(
    at - KEEP_SETTLED_MS,
    at - KEEP_FAILED_MS,
    CLEANED_AT_ONCE,
  );
}

/** Runs a change and tells the projections who listens now. */
function changed<T>(writer: Writer, work: () => T): T {
  const result = writer.change(work);
  writer.projector.webhooksChanged();
  return result;
}

function webhookNamed(writer: Writer, id: string): { key: number; secrets: string[] } {
  const row = writer.db
    .prepare<[string], { key: number; secrets: string }>("select key, secrets from webhook where id = ?")
    .get(id);
  if (row === undefined) throw new SojournError("not_found", `There is no webhook "${id}"`);
  return { key: row.key, secrets: JSON.parse(row.secrets) as string[] };
}
