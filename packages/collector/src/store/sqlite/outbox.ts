/**
 * Writes messages for webhooks, in the transaction of the change they tell of.
 *
 * Nothing is written for a site without webhooks. A message's id is a hash of what makes it one, so the same change
 * found twice is one message.
 */
import { createHash } from "node:crypto";
import { CART_LEFT_MS, type Message, messageBody } from "../../domain/message.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Db } from "./open.ts";

export interface Outbox {
  /** Whether any webhook of a site wants messages now. */
  listens(site: number, kind?: string): boolean;
  /** Queues a message about a person for every webhook that wants its kind. */
  put(site: number, person: number, message: Message): void;
  /** Queues or moves on the message that a cart was left; it waits until nothing changed for a day. */
  putCart(site: number, person: number, message: Message): void;
  /** Whether a message about a left cart waits for this person. */
  hasCart(person: number): boolean;
  /** The order came: nothing was left. */
  withdrawCart(person: number, at: EpochMs): void;
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
}

/** The id of a message: the same essence gives the same id. */
export const messageId = (essence: Message["essence"]): string =>
  `msg_${createHash("sha256").update(JSON.stringify(essence)).digest("base64url").slice(0, 27)}`;

export function openOutbox(db: Db): Outbox {
  const selectTargets = db.prepare<[], { key: number; site: number; events: string }>(
    "select key, site, events from webhook where state = 'on'",
  );
  const insert = db.prepare(`
    insert into outbox (id, webhook, site, person, kind, at, body, state, next_at)
    values (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)
    on conflict do nothing`);
  // uses outbox_by_person
  const selectCart = db
    .prepare<[number, number], number>(
      "select key from outbox where person = ? and webhook = ? and kind = 'cart.left' and state = 'waiting' and attempts = 0",
    )
    .pluck();
  const moveCart = db.prepare("update outbox set at = ?, body = ?, next_at = ? where key = ?");
  const anyCart = db
    .prepare<[number], number>(
      "select 1 from outbox where person = ? and kind = 'cart.left' and state = 'waiting' limit 1",
    )
    .pluck();
  const withdraw = db.prepare(`
    update outbox set state = 'withdrawn', settled_at = ?
    where person = ? and kind = 'cart.left' and state = 'waiting'`);
  const moveToRoot = db.prepare("update outbox set person = ? where person = ?");
  const selectId = db
    .prepare<[number, string], number>("select 1 from outbox where webhook = ? and id = ?")
    .pluck();

  let targets = new Map<number, Target[]>();
  const reload = (): void => {
    targets = new Map();
    for (const { key, site, events } of selectTargets.all()) {
      const list = targets.get(site) ?? [];
      list.push({ key, site, events: new Set(JSON.parse(events) as string[]) });
      targets.set(site, list);
    }
  };
  reload();

  const wanting = (site: number, kind: string): Target[] =>
    (targets.get(site) ?? []).filter(({ events }) => events.size === 0 || events.has(kind));

  const put = (
    target: Target,
    person: number,
    { kind, essence, at, data }: Message,
    nextAt: EpochMs,
  ): void => {
    insert.run(
      messageId(essence),
      target.key,
      target.site,
      person,
      kind,
      at,
      messageBody(kind, at, data),
      nextAt,
    );
  };

  return {
    listens: (site, kind) => (kind === undefined ? targets.has(site) : wanting(site, kind).length > 0),

    put(site, person, message) {
      for (const target of wanting(site, message.kind)) put(target, person, message, 0);
    },

    putCart(site, person, message) {
      const nextAt = message.at + CART_LEFT_MS;
      for (const target of wanting(site, message.kind)) {
        const cart = selectCart.get(person, target.key);
        if (cart === undefined) put(target, person, message, nextAt);
        else moveCart.run(message.at, messageBody(message.kind, message.at, message.data), nextAt, cart);
      }
    },

    hasCart: (person) => anyCart.get(person) !== undefined,
    withdrawCart(person, at) {
      withdraw.run(at, person);
    },

    merge(root, absorbed, at) {
      if (anyCart.get(root) !== undefined && anyCart.get(absorbed) !== undefined) withdraw.run(at, absorbed);
      moveToRoot.run(root, absorbed);
    },

    has(site, { kind, essence }) {
      const wanted = wanting(site, kind);
      const id = messageId(essence);
      return wanted.every(({ key }) => selectId.get(key, id) !== undefined);
    },

    reload,
  };
}
