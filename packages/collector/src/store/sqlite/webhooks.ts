/**
 * Reads webhooks and their messages, for whoever delivers them and whoever looks after them.
 */
import type { MessageState } from "../../domain/message.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { Db } from "./open.ts";
import { openTargets, type TargetReads } from "./targets.ts";

export interface WebhookView {
  id: string;
  site: string;
  url: string;
  /** Kinds of messages; empty: all. */
  events: string[];
  state: "on" | "off";
  reason: string | null;
  createdAt: EpochMs;
  lastAt: EpochMs | null;
  lastResult: string | null;
  /** Two while one replaces the other. */
  secretCount: number;
  waiting: number;
  failed: number;
}

export interface MessageView {
  id: string;
  kind: string;
  at: EpochMs;
  state: MessageState;
  attempts: number;
  nextAt: EpochMs;
  result: string | null;
  body: string;
}

/** A message that is due, with everything its delivery needs. */
export interface DueMessage {
  key: number;
  id: string;
  body: string;
  attempts: number;
  url: string;
  /** The one that signs first, then the one it replaces. */
  secrets: string[];
}

export interface Webhooks {
  list(): WebhookView[];
  /** Address and secrets of one; undefined when there is none of this id. */
  target(id: string): { site: string; url: string; secrets: string[] } | undefined;
  messages(id: string, state: string | undefined, limit: number): MessageView[];
  /** Keys of webhooks that are on; other targets have a sender of their own. */
  active(): number[];
  /** The next messages of a webhook, at most one per person, in the order they were written. */
  due(webhook: number, now: EpochMs, limit: number): DueMessage[];
  readonly targets: TargetReads;
  /** Waiting messages, and when the oldest of those that are due was. */
  depth(now: EpochMs): { waiting: number; failed: number; oldestDueAt: EpochMs | null };
}

interface WebhookRow extends Omit<WebhookView, "events"> {
  events: string;
}

export function openWebhooks(db: Db): Webhooks {
  const selectAll = db.prepare<[], WebhookRow>(`
    select w.id, s.id as site, w.url, w.events, w.state, w.reason, w.created_at as createdAt, w.last_at as lastAt,
      w.last_result as lastResult, json_array_length(w.secrets) as secretCount,
      (select count(*) from outbox o where o.webhook = w.key and o.state = 'waiting') as waiting,
      (select count(*) from outbox o where o.webhook = w.key and o.state = 'failed') as failed
    from webhook w join site s on s.key = w.site where w.system = 'webhook' order by w.key`);
  const selectTarget = db.prepare<[string], { site: string; url: string; secrets: string }>(
    "select s.id as site, w.url, w.secrets from webhook w join site s on s.key = w.site where w.id = ? and w.system = 'webhook'",
  );
  const selectMessages = db.prepare<[string, string, string, number], MessageView>(`
    select o.id, o.kind, o.at, o.state, o.attempts, o.next_at as nextAt, o.result, o.body
    from outbox o join webhook w on w.key = o.webhook
    where w.id = ? and (? = '' or o.state = ?) order by o.key desc limit ?`);
  const selectActive = db
    .prepare<[], number>("select key from webhook where state = 'on' and system = 'webhook'")
    .pluck();
  // uses outbox_waiting and outbox_by_person; a message that only waits for its time does not hold up later ones
  const selectDue = db.prepare<
    [number, EpochMs, EpochMs, number],
    Omit<DueMessage, "secrets"> & { secrets: string }
  >(`
    select o.key, o.id, o.body, o.attempts, w.url, w.secrets
    from outbox o join webhook w on w.key = o.webhook
    where o.webhook = ? and o.state = 'waiting' and o.next_at <= ?
      and not exists (
        select 1 from outbox b where b.person = o.person and b.webhook = o.webhook and b.key < o.key
          and b.state = 'waiting' and (b.attempts > 0 or b.next_at <= ?))
    order by o.next_at, o.key limit ?`);
  const countWaiting = db.prepare<[], { state: string; n: number }>(
    "select state, count(*) as n from outbox where state in ('waiting', 'failed') group by state",
  );
  const selectOldest = db
    .prepare<[EpochMs], number | null>(`
      select min(case when o.next_at = 0 then o.at else o.next_at end) from outbox o
      join webhook w on w.key = o.webhook where o.state = 'waiting' and o.next_at <= ? and w.state = 'on'`)
    .pluck();

  return {
    list: () =>
      selectAll.all().map(({ events, ...row }) => ({ ...row, events: JSON.parse(events) as string[] })),
    target(id) {
      const row = selectTarget.get(id);
      return row === undefined ? undefined : { ...row, secrets: JSON.parse(row.secrets) as string[] };
    },
    messages: (id, state, limit) => selectMessages.all(id, state ?? "", state ?? "", limit),
    active: () => selectActive.all(),
    due: (webhook, now, limit) =>
      selectDue.all(webhook, now, now, limit).map(({ secrets, ...row }) => ({
        ...row,
        secrets: JSON.parse(secrets) as string[],
      })),
    targets: openTargets(db),
    depth(now) {
      const counts = new Map(countWaiting.all().map(({ state, n }) => [state, n]));
      return {
        waiting: counts.get("waiting") ?? 0,
        failed: counts.get("failed") ?? 0,
        oldestDueAt: selectOldest.get(now) ?? null,
      };
    },
  };
}
