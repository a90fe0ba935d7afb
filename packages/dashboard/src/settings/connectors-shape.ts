/** What the page reads of connected systems and their messages. */

export const STATES = ["waiting", "mapped", "ignored", "unreadable", "refused"] as const;
export type State = (typeof STATES)[number];

export const FLAGS = ["order-edited", "order-revived", "visitor-conflict"] as const;
export type Flag = (typeof FLAGS)[number];

export interface Connected {
  name: string;
  system: string;
  site: string;
  /** Where the system sends; null when it is asked instead. Without an origin where the operator named none. */
  endpoint: string | null;
  states: Record<State, number>;
  /** Epoch milliseconds; null when nothing has come. */
  lastAt: number | null;
  lastTrouble: { at: number; reason: string } | null;
}

export interface ConnectorsAnswer {
  connectors: Connected[];
  flags: { site: string; flag: Flag; rows: number }[];
}

export interface Message {
  key: number;
  connector: string;
  receivedAt: number;
  state: State;
  /** A reason or a path; null where the state says all. */
  detail: string | null;
  touchpoints: string[];
  headers: Record<string, string>;
  flags: Flag[];
}

export interface InboxAnswer {
  rows: Message[];
}

/** One message with what was in it. */
export interface OpenMessage extends Message {
  body: string;
  fetched: Record<string, { status: number; json: unknown }>;
}

/** As many rows as the collector gives at once. */
export const PAGE_ROWS = 100;
