/**
 * What the inbox of other systems' messages asks of the writer.
 */
import type { ServerTouchpoint } from "../../../connect/identify.ts";
import type { Trouble } from "../../../connect/inbox.ts";
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { SojournError } from "../../../errors.ts";
import type { FlagCount } from "../../port.ts";
import {
  countInboxRows,
  expireInboxRows,
  type InboxAnswer,
  type InboxCount,
  type InboxFilter,
  type InboxLine,
  inboxBody,
  inboxCursors,
  keepInboxRow,
  listInboxRows,
  type NewInboxRow,
  replayInboxRows,
  type SettledInboxRow,
  settleInboxRows,
  type WaitingInboxRow,
  waitingInboxRows,
} from "../inbox.ts";
import { bringingNames } from "../known-names.ts";
import { countFlags } from "../order-news.ts";
import { troubleKey, troublesIn } from "../troubles.ts";
import { type HandlersOf, setMeta } from "./handler.ts";

export interface InboxCommands {
  /** Keeps a message; on disk when it resolves. */
  inboxKeep: { take: NewInboxRow; give: { key: number } };
  inboxWaiting: { take: { limit: number; now: EpochMs }; give: WaitingInboxRow[] };
  inboxSettle: { take: { rows: readonly SettledInboxRow[] }; give: null };
  /** Lets settled rows be mapped again. */
  inboxReplay: { take: InboxFilter; give: { rows: number } };
  inboxList: { take: InboxFilter; give: InboxLine[] };
  inboxShow: {
    take: { key: number };
    give: { body: string; fetched: Record<string, InboxAnswer> } | null;
  };
  inboxCounts: { take: Record<string, never>; give: InboxCount[] };
  /** What is shown and not guessed at, by site. */
  flagCounts: { take: Record<string, never>; give: FlagCount[] };
  inboxCursors: { take: { connector: string }; give: Record<string, string> };
  /** Which of these touchpoints claim names that their visitors do not have yet; asked of settled projections. */
  inboxNames: {
    take: { site: string; touchpoints: readonly ServerTouchpoint[] };
    give: ServerTouchpoint[];
  };
  /** Remembers what went wrong with a system last. */
  inboxTrouble: { take: { connector: string; reason: string; at: EpochMs }; give: null };
  inboxTroubles: { take: Record<string, never>; give: Record<string, Trouble> };
  /** Whether browser orders of a site only link from now on. Changes nothing about those that came before. */
  linkOrders: { take: { site: string; links: boolean; at: EpochMs }; give: { changed: boolean } };
  inboxExpire: { take: { connector: string; before: EpochMs }; give: { rows: number } };
}

export const inboxHandlers: HandlersOf<InboxCommands> = {
  inboxKeep: (writer, row) => writer.change(() => ({ key: keepInboxRow(writer.db, row) })),
  inboxWaiting: (writer, { limit, now }) => waitingInboxRows(writer.db, limit, now),
  inboxSettle: (writer, { rows }) =>
    writer.change(() => {
      settleInboxRows(writer.db, rows);
      return null;
    }),
  inboxReplay: (writer, filter) => writer.change(() => ({ rows: replayInboxRows(writer.db, filter) })),
  inboxList: (writer, filter) => listInboxRows(writer.db, filter),
  inboxShow: (writer, { key }) => inboxBody(writer.db, key) ?? null,
  inboxCounts: (writer) => countInboxRows(writer.db),
  flagCounts: (writer) => countFlags(writer.db),
  inboxCursors: (writer, { connector }) => inboxCursors(writer.db, connector),
  inboxNames: (writer, { site, touchpoints }) =>
    writer.changeSettled(() => bringingNames(writer.db, site, touchpoints)),
  inboxTrouble: (writer, { connector, reason, at }) =>
    writer.change(() => setMeta(writer, troubleKey(connector), JSON.stringify({ reason, at }))),
  inboxTroubles: (writer) => troublesIn(writer.db),
  linkOrders: (writer, { site: id, links, at }) =>
    writer.change(() => {
      const site = writer.sites.byId(id);
      if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
      const { ordersLinked } = site.settings;
      const last = ordersLinked.at(-1);
      const isOpen = last !== undefined && last[1] === null;
      if (isOpen === links) return { changed: false };
      const next = links ? [...ordersLinked, [at, null] as const] : ordersLinked.with(-1, [last![0], at]);
      writer.sites.update(id, { ordersLinked: next });
      return { changed: true };
    }),
  inboxExpire: (writer, { connector, before }) =>
    writer.change(() => ({ rows: expireInboxRows(writer.db, connector, before) })),
};
