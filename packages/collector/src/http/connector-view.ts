/**
 * A connector as its operator sees it: its address, what is kept by state, the last message and the last trouble.
 *
 * Never a secret, a token, or anything that was in a message.
 */
import { type Connection, INBOX_STATES, type InboxState, type Trouble } from "../connect/inbox.ts";

export interface ConnectorView {
  name: string;
  system: string;
  site: string;
  /** Where the system sends; null when it sends nothing by itself. Without a public address only the path is known. */
  endpoint: string | null;
  /** How often it is asked for what changed, in milliseconds; null: never. */
  everyMs: number | null;
  keepDays: number;
  /** How many secrets are taken. */
  secrets: number;
  hasToken: boolean;
  /** Messages that are kept now, by state. */
  states: Record<InboxState, number>;
  /** When the newest genuine message came, in milliseconds since 1970. */
  lastAt: number | null;
  /** A few words that name nobody. */
  lastTrouble: Trouble | null;
}

/** Messages that are kept, by connector and state. */
interface KeptCount {
  connector: string;
  state: string;
  rows: number;
  newestAt: number;
}

/** @param origin of the collector as other systems reach it; empty when the operator did not say */
export function connectorView(
  { connector, options, secrets, token, everyMs, keepDays }: Connection,
  origin: string,
  counts: readonly KeptCount[],
  trouble: Trouble | undefined,
): ConnectorView {
  const own = counts.filter((count) => count.connector === options.name);
  const genuine = own.filter(({ state }) => state !== "refused");
  const path =
    options.system === "ga4"
      ? `/mp/collect?measurement_id=${encodeURIComponent(String(options.settings["measurementId"]))}`
      : `/in/${options.name}`;
  return {
    name: options.name,
    system: options.system,
    site: options.site,
    endpoint: connector.pollsOnly === true ? null : origin + path,
    everyMs: everyMs ?? null,
    keepDays,
    secrets: secrets.length,
    hasToken: token !== undefined,
    states: Object.fromEntries(
      INBOX_STATES.map((state) => [state, own.find((count) => count.state === state)?.rows ?? 0]),
    ) as Record<InboxState, number>,
    lastAt: genuine.length === 0 ? null : Math.max(...genuine.map(({ newestAt }) => newestAt)),
    lastTrouble: trouble ?? null,
  };
}
