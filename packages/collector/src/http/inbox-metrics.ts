/**
 * The counters of connectors as Prometheus text: what came, what became of it, and whether systems answer us.
 */
import type { Connections } from "../connect/service.ts";
import type { FlagCount } from "../store/port.ts";

/** Lines on what is doubtful about orders and people, and shown rather than guessed at. */
export function flagMetrics(flags: readonly FlagCount[]): string {
  return `${[
    "# HELP sojourn_data_flags Orders and claims that are shown and not guessed at, by flag.",
    "# TYPE sojourn_data_flags gauge",
    ...flags.map(({ site, flag, rows }) => `sojourn_data_flags{site="${site}",flag="${flag}"} ${rows}`),
  ].join("\n")}\n`;
}

/** Lines for `/metrics`; empty without connectors. Names of connectors are the operator's own: letters, digits, dashes. */
export function connectorMetrics(connections: Connections | undefined): string {
  const all = connections?.all() ?? [];
  if (connections === undefined || all.length === 0) return "";
  const named = all.map(({ options }) => ({ name: options.name, counts: connections.counts(options.name) }));
  return `${[
    "# HELP sojourn_inbox_received_total Messages of other systems, pages of polls included, refused ones too.",
    "# TYPE sojourn_inbox_received_total counter",
    ...named.map(
      ({ name, counts }) => `sojourn_inbox_received_total{connector="${name}"} ${counts.received}`,
    ),
    "# HELP sojourn_inbox_messages_total What they became; one mapped again counts again.",
    "# TYPE sojourn_inbox_messages_total counter",
    ...named.flatMap(({ name, counts }) =>
      Object.entries(counts.states).map(
        ([state, n]) => `sojourn_inbox_messages_total{connector="${name}",state="${state}"} ${n}`,
      ),
    ),
    "# HELP sojourn_inbox_pings_total Trial messages that hold nothing.",
    "# TYPE sojourn_inbox_pings_total counter",
    ...named.map(({ name, counts }) => `sojourn_inbox_pings_total{connector="${name}"} ${counts.pings}`),
  ].join("\n")}\n`;
}
