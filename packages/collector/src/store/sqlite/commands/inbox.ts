/**
 * What the inbox of other systems' messages asks of the writer.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
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
import type { HandlersOf } from "./handler.ts";

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
    give: { body: Uint8Array; fetched: Record<string, InboxAnswer> } | null;
  };
  inboxCounts: { take: Record<string, never>; give: InboxCount[] };
  inboxCursors: { take: { connector: string }; give: Record<string, string> };
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
  inboxCursors: (writer, { connector }) => inboxCursors(writer.db, connector),
  inboxExpire: (writer, { connector, before }) =>
    writer.change(() => ({ rows: expireInboxRows(writer.db, connector, before) })),
};
