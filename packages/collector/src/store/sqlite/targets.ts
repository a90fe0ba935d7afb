/**
 * Reads what sending to targets needs: their messages, how a person is known there, and how the targets are doing.
 */
import type { MessageKind, MessageState } from "../../domain/message.ts";
import { DEFAULT_SITE, type SiteSettings } from "../../domain/site.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { KeptContact } from "../port.ts";
import type { Db } from "./open.ts";
import { siteKeys } from "./seal.ts";

/** A message that is due, with how far it came. */
export interface DueSend {
  key: number;
  id: string;
  kind: MessageKind;
  at: EpochMs;
  body: string;
  attempts: number;
  person: number;
  site: number;
  /** JSON, of the sender's making. */
  steps: string;
}

/** A webhook or another target, and its messages by state. */
export interface TargetView {
  id: string;
  site: string;
  /** `webhook`, or the system of a target. */
  system: string;
  url: string;
  state: "on" | "off";
  reason: string | null;
  lastAt: EpochMs | null;
  lastResult: string | null;
  messages: Partial<Record<MessageState, number>>;
}

/** A message in a list. */
export interface SentLine {
  /** Its place among all messages. */
  key: number;
  id: string;
  target: string;
  system: string;
  site: string;
  /** The visitor id that stands for the person. */
  person: string | null;
  kind: string;
  at: EpochMs;
  state: MessageState;
  attempts: number;
  nextAt: EpochMs;
  result: string | null;
}

export interface SentMessage extends SentLine {
  body: string;
  /** JSON: what was answered step by step. */
  steps: string;
}

export interface TargetReads {
  all(): TargetView[];
  /** Key of a target that is on. */
  keyOf(id: string): number | undefined;
  /** The next messages of a target, at most one per person, in the order they were written. */
  due(target: number, now: EpochMs, limit: number): DueSend[];
  /** Whether a later message of one of these kinds, about this model, waits for the person. */
  isFollowed(target: number, person: number, key: number, kinds: readonly string[], model: string): boolean;
  /** How far a message came; undefined when it is gone. */
  stepsOf(message: number): string | undefined;
  /** Key of the newest message whose property was written; 0: none. */
  writtenTo(target: number, person: number): number;
  /** The person's names, and the kept address. */
  contact(site: number, person: number): { claims: string[]; email: string | undefined };
  /** What look-ups found out, by what was asked. */
  references(target: number, person: number): Map<string, { id: string | null; at: EpochMs }>;
  /** Everything by which other systems know a person; for the person's own eyes. */
  kept(person: number): KeptContact;
  /** The model a site shows first. */
  mainModel(site: number): string;
  /** Newest first. */
  list(filter: { target?: string; state?: string; site?: string; limit: number }): SentLine[];
  show(target: string, id: string): SentMessage | undefined;
}

export function openTargets(db: Db): TargetReads {
  const keys = siteKeys(db);
  const selectAll = db.prepare<[], Omit<TargetView, "messages">>(`
    select w.id, s.id as site, w.system, w.url, w.state, w.reason, w.last_at as lastAt, w.last_result as lastResult
    from webhook w join site s on s.key = w.site order by w.key`);
  const countStates = db.prepare<[], { id: string; state: MessageState; n: number }>(`
    select w.id, o.state, count(*) as n from outbox o join webhook w on w.key = o.webhook group by w.id, o.state`);
  const selectKey = db
    .prepare<[string], number>(
      "select key from webhook where id = ? and state = 'on' and system <> 'webhook'",
    )
    .pluck();
  // uses outbox_waiting and outbox_by_person; a message that only waits for its time does not hold up later ones
  const selectDue = db.prepare<[number, EpochMs, EpochMs, number], DueSend>(`
    select o.key, o.id, o.kind, o.at, o.body, o.attempts, o.person, o.site, o.steps from outbox o
    where o.webhook = ? and o.state = 'waiting' and o.next_at <= ?
      and not exists (
        select 1 from outbox b where b.person = o.person and b.webhook = o.webhook and b.key < o.key
          and b.state = 'waiting' and (b.attempts > 0 or b.next_at <= ?))
    order by o.next_at, o.key limit ?`);
  // uses outbox_by_person
  const selectFollower = db
    .prepare<[number, number, number, string, string], number>(`
      select 1 from outbox where person = ? and webhook = ? and key > ? and state = 'waiting'
        and kind in (select value from json_each(?)) and json_extract(body, '$.data.model') = ? limit 1`)
    .pluck();
  const selectSteps = db.prepare<[number], string>("select steps from outbox where key = ?").pluck();
  const selectWritten = db
    .prepare<[number, number], number>("select message from written_property where target = ? and person = ?")
    .pluck();
  // uses claim_by_person
  const selectClaims = db
    .prepare<[number], string>("select name from claim where person = ? order by seq, name")
    .pluck();
  const selectAddress = db
    .prepare<[number, string], Buffer>("select sealed from kept_address where site = ? and claim = ?")
    .pluck();
  const selectReferences = db.prepare<[number, number], { asked: string; id: string | null; at: EpochMs }>(
    "select asked, id, at from reference where target = ? and person = ?",
  );
  const selectSite = db.prepare<[number], number>("select site from person where key = ?").pluck();
  // uses reference_by_person
  const selectKnown = db.prepare<[number], KeptContact["references"][number]>(`
    select w.id as target, r.asked, r.id from reference r join webhook w on w.key = r.target
    where r.person = ? order by r.target, r.asked`);
  const selectSettings = db.prepare<[number], string>("select settings from site where key = ?").pluck();
  const columns = `
    o.key, o.id, w.id as target, w.system, s.id as site, v.id as person, o.kind, o.at, o.state, o.attempts,
    o.next_at as nextAt, o.result`;
  const from = `
    from outbox o join webhook w on w.key = o.webhook join site s on s.key = o.site
      left join visitor v on v.key = o.person`;
  const selectList = db.prepare<[Record<string, string | number | null>], SentLine>(`
    select ${columns} ${from}
    where (@target is null or w.id = @target) and (@state is null or o.state = @state) and (@site is null or s.id = @site)
    order by o.key desc limit @limit`);
  const selectOne = db.prepare<[string, string], SentMessage>(
    `select ${columns}, o.body, o.steps ${from} where w.id = ? and o.id = ?`,
  );

  const contact: TargetReads["contact"] = (site, person) => {
    const claims = selectClaims.all(person);
    for (const claim of claims.toReversed()) {
      if (!claim.startsWith("email:")) continue;
      const sealed = selectAddress.get(site, claim);
      const email = sealed === undefined ? undefined : keys.open(site, sealed);
      if (email !== undefined) return { claims, email };
    }
    return { claims, email: undefined };
  };

  return {
    contact,
    kept: (person) => ({
      address: contact(selectSite.get(person) ?? 0, person).email ?? null,
      references: selectKnown.all(person),
    }),
    all() {
      const counts = countStates.all();
      return selectAll.all().map((row) => ({
        ...row,
        messages: Object.fromEntries(
          counts.filter(({ id }) => id === row.id).map(({ state, n }) => [state, n]),
        ),
      }));
    },
    keyOf: (id) => selectKey.get(id),
    due: (target, now, limit) => selectDue.all(target, now, now, limit),
    isFollowed: (target, person, key, kinds, model) =>
      selectFollower.get(person, target, key, JSON.stringify(kinds), model) !== undefined,
    stepsOf: (message) => selectSteps.get(message),
    writtenTo: (target, person) => selectWritten.get(target, person) ?? 0,
    references: (target, person) =>
      new Map(selectReferences.all(target, person).map(({ asked, ...known }) => [asked, known])),
    mainModel(site) {
      const settings = JSON.parse(selectSettings.get(site) ?? "{}") as Partial<SiteSettings>;
      return settings.model ?? DEFAULT_SITE.model;
    },
    list: ({ target, state, site, limit }) =>
      selectList.all({ target: target ?? null, state: state ?? null, site: site ?? null, limit }),
    show: (target, id) => selectOne.get(target, id),
  };
}
