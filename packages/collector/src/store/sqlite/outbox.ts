/**
 * Writes messages for webhooks and other targets, in the transaction of the change they tell of.
 *
 * Nothing is written for a site without them. A message's id is a hash of what makes it one, so the same change
 * found twice is one message.
 */
import { createHash } from "node:crypto";
import { type Message, type MessageKind, messageBody } from "../../domain/message.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Db } from "./open.ts";

export interface Outbox {
  /** Whether any webhook of a site wants messages now. */
  listens(site: number, kind?: string): boolean;
  /** Queues a message about a person for every webhook that wants its kind. */
  put(site: number, person: number, message: Message): void;
  /** Queues a message for one target; about somebody with a name only. */
  putTo(target: number, person: number, message: Message): boolean;
  /** Queues a message for later, or moves on the one of its kind that waits already. */
  putLater(site: number, person: number, message: Message, delayMs: number): void;
  /** Time of the message of a kind that waits for this person and was not tried yet. */
  waitingAt(person: number, kind: MessageKind): EpochMs | undefined;
  /** What waited for its time did not come true: the order came, the answer was given. */
  withdraw(person: number, kind: MessageKind, at: EpochMs): void;
  /** A person has a new name, by which other systems may know them. */
  named(site: number, person: number, name: string, at: EpochMs): void;
  /** Messages that wait are about the root from now on; two carts become the later one. */
  merge(root: number, absorbed: number, at: EpochMs): void;
  has(site: number, message: Pick<Message, "kind" | "essence">): boolean;
  /** Reads the webhooks again: they changed, or the transaction is gone. */
  reload(): void;
}

interface Target {
  key: number;
  site: number;
  events: ReadonlySet<string>;
  /** What becomes of each kind, for a system that must know the person; undefined for a webhook. */
  actions: Readonly<Record<string, string>> | undefined;
}

/** Names by which another system may know somebody. */
const REFERENCE = /^(customer|email|alias:(hubspot|omnisend|zendesk|insightly|ga|hutk)):/;

/** The id of a message: the same essence gives the same id. */
export const messageId = (essence: Message["essence"]): string =>
  `msg_${createHash("sha256").update(JSON.stringify(essence)).digest("base64url").slice(0, 27)}`;

export function openOutbox(db: Db): Outbox {
  const selectTargets = db.prepare<
    [],
    { key: number; site: number; events: string; system: string; actions: string }
  >("select key, site, events, system, actions from webhook where state = 'on'");
  const insert = db.prepare(`
    insert into outbox (id, webhook, site, person, kind, at, body, state, next_at, settled_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict do nothing`);
  // uses outbox_by_person
  const selectWaiting = db
    .prepare<[number, number, string], number>(
      "select key from outbox where person = ? and webhook = ? and kind = ? and state = 'waiting' and attempts = 0",
    )
    .pluck();
  const moveOn = db.prepare("update outbox set at = ?, body = ?, next_at = ? where key = ?");
  const selectWaitingAt = db
    .prepare<[number, string], number | null>(
      "select max(at) from outbox where person = ? and kind = ? and state = 'waiting' and attempts = 0",
    )
    .pluck();
  const withdraw = db.prepare(`
    update outbox set state = 'withdrawn', settled_at = ?
    where person = ? and kind = ? and state = 'waiting'`);
  const moveToRoot = db.prepare("update outbox set person = ? where person = ?");
  const hasName = db.prepare<[number], number>("select 1 from claim where person = ? limit 1").pluck();
  // uses outbox_unaddressable
  const tryAgain = db.prepare(`
    update outbox set state = 'waiting', next_at = ?, settled_at = null
    where person = ? and state = 'unaddressable'`);
  const dropOlder = db.prepare<[number, number, string]>(`
    delete from outbox where person = ? and webhook = ? and state = 'unaddressable'
      and kind in (select value from json_each(?))`);
  const moveReferences = db.prepare("update or ignore reference set person = ? where person = ?");
  const dropReferences = db.prepare("delete from reference where person = ?");
  const moveWritten = db.prepare(`
    insert into written_property (target, person, message) select target, ?, message from written_property where person = ?
    on conflict do update set message = max(message, excluded.message)`);
  const dropWritten = db.prepare("delete from written_property where person = ?");
  const selectId = db
    .prepare<[number, string], number>("select 1 from outbox where webhook = ? and id = ?")
    .pluck();

  let targets = new Map<number, Target[]>();
  const reload = (): void => {
    targets = new Map();
    for (const { key, site, events, system, actions } of selectTargets.all()) {
      const list = targets.get(site) ?? [];
      const isWebhook = system === "webhook";
      list.push({
        key,
        site,
        events: new Set(JSON.parse(events) as string[]),
        actions: isWebhook ? undefined : (JSON.parse(actions) as Record<string, string>),
      });
      targets.set(site, list);
    }
  };
  reload();

  const wanting = (site: number, kind: string): Target[] =>
    (targets.get(site) ?? []).filter(
      ({ events, actions }) => events.has(kind) || (events.size === 0 && actions === undefined),
    );

  /** Most visitors have no name anywhere: their messages wait for one and never reach the queue. */
  const isNobody = ({ actions }: Target, person: number, kind: MessageKind): boolean =>
    actions !== undefined && kind !== "lead.passed" && hasName.get(person) === undefined;

  const put = (
    target: Target,
    person: number,
    { kind, essence, at, data }: Message,
    nextAt: EpochMs,
    isSettled = false,
  ): void => {
    insert.run(
      messageId(essence),
      target.key,
      target.site,
      person,
      kind,
      at,
      messageBody(kind, at, data),
      isSettled ? "unaddressable" : "waiting",
      nextAt,
      isSettled ? at : null,
    );
  };

  return {
    listens: (site, kind) => (kind === undefined ? targets.has(site) : wanting(site, kind).length > 0),

    put(site, person, message) {
      for (const target of wanting(site, message.kind)) {
        const nobody = isNobody(target, person, message.kind);
        // Of what only writes a property, the newest says all.
        if (nobody && target.actions?.[message.kind] === "property") {
          const kinds = Object.keys(target.actions).filter((kind) => target.actions?.[kind] === "property");
          dropOlder.run(person, target.key, JSON.stringify(kinds));
        }
        put(target, person, message, 0, nobody);
      }
    },

    putTo(key, person, message) {
      const target = [...targets.values()].flat().find((one) => one.key === key);
      if (target === undefined || hasName.get(person) === undefined) return false;
      put(target, person, message, 0);
      return true;
    },

    putLater(site, person, message, delayMs) {
      const nextAt = message.at + delayMs;
      for (const target of wanting(site, message.kind)) {
        const waiting = selectWaiting.get(person, target.key, message.kind);
        if (waiting === undefined) put(target, person, message, nextAt);
        else moveOn.run(message.at, messageBody(message.kind, message.at, message.data), nextAt, waiting);
      }
    },

    waitingAt: (person, kind) => selectWaitingAt.get(person, kind) ?? undefined,
    withdraw(person, kind, at) {
      withdraw.run(at, person, kind);
    },

    named(site, person, name, at) {
      if (!REFERENCE.test(name)) return;
      if (targets.get(site)?.some(({ actions }) => actions !== undefined)) tryAgain.run(at, person);
    },

    merge(root, absorbed, at) {
      for (const kind of ["cart.left", "survey.due"] as const) {
        const isBoth = selectWaitingAt.get(root, kind) != null && selectWaitingAt.get(absorbed, kind) != null;
        if (isBoth) withdraw.run(at, absorbed, kind);
      }
      moveToRoot.run(root, absorbed);
      moveReferences.run(root, absorbed);
      dropReferences.run(absorbed);
      moveWritten.run(root, absorbed);
      dropWritten.run(absorbed);
      tryAgain.run(at, root);
    },

    has(site, { kind, essence }) {
      const wanted = wanting(site, kind);
      const id = messageId(essence);
      return wanted.every(({ key }) => selectId.get(key, id) !== undefined);
    },

    reload,
  };
}
