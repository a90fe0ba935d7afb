/**
 * The counters as Prometheus text. Accepted, duplicate and refused touchpoints add up to those received, always.
 */
import type { StagesAnswer } from "../report/stages.ts";
import type { Histogram } from "../store/histogram.ts";
import type { ForwardStatus, RelayStatus, StoreHealth } from "../store/store.ts";

export interface MetricsInput {
  health: StoreHealth;
  /** Refused before the store saw them, by reason. */
  refusedAtDoor: Partial<Record<string, number>>;
  /** Milliseconds from a body's end to its durable answer. */
  answered: Histogram;
  bytes: number;
  walBytes: number;
  /** undefined where the system does not say. */
  freeBytes: number | undefined;
  residentBytes: number;
  outbox: { waiting: number; failed: number; oldestMs: number };
  stages: readonly StagesAnswer[];
  version: string;
}

type Metric = (
  name: string,
  type: string,
  help: string,
  rows: readonly [labels: string, value: number][],
) => void;

/** Shipping to an engine: what waits, for how long, and what came of it. */
function forwardMetrics(metric: Metric, forward: ForwardStatus): void {
  const { isReady, trouble, batches, waiting, oldestMs, shipped, bytes } = forward;
  metric("sojourn_forward_up", "gauge", "1 while the engine takes what is shipped.", [
    ["", isReady && trouble === null ? 1 : 0],
  ]);
  metric("sojourn_forward_waiting_touchpoints", "gauge", "Kept touchpoints the engine does not have yet.", [
    ["", waiting.touchpoints],
  ]);
  metric("sojourn_forward_waiting_changes", "gauge", "Changes that are in no batch yet.", [
    ["", waiting.changes],
  ]);
  metric("sojourn_forward_oldest_seconds", "gauge", "How long the oldest of these touchpoints has waited.", [
    ["", oldestMs / 1_000],
  ]);
  metric("sojourn_forward_batches", "gauge", "Batches on their way.", [
    ['{state="waiting"}', batches.waiting],
    ['{state="quarantined"}', batches.quarantined],
  ]);
  metric("sojourn_forward_shipped_touchpoints_total", "counter", "Touchpoints the engine took.", [
    ["", shipped.touchpoints],
  ]);
  metric("sojourn_forward_shipped_rows_total", "counter", "Rows of all tables the engine took.", [
    ["", shipped.rows],
  ]);
  metric("sojourn_forward_retries_total", "counter", "Batches that had to be sent again.", [
    ["", shipped.retries],
  ]);
  metric("sojourn_forward_spool_bytes", "gauge", "Size of the batches that are kept.", [["", bytes]]);
}

/** Taking in for other collectors. */
function relayMetrics(metric: Metric, { waiting, oldestMs, taken, passedOn, refused }: RelayStatus): void {
  metric("sojourn_relay_waiting_touchpoints", "gauge", "Taken in for other collectors, not theirs yet.", [
    ["", waiting.touchpoints],
  ]);
  metric("sojourn_relay_oldest_seconds", "gauge", "How long the oldest of these has waited.", [
    ["", oldestMs / 1_000],
  ]);
  metric("sojourn_relay_touchpoints_total", "counter", "Touchpoints of other collectors' sites.", [
    ['{result="taken"}', taken],
    ['{result="passed_on"}', passedOn],
    ['{result="refused"}', refused],
  ]);
}

export function metricsText(input: MetricsInput): string {
  const { health, refusedAtDoor, bytes, stages, version, outbox } = input;
  const { totals, commits } = health;
  const refused: Record<string, number> = {};
  for (const source of [totals.refused, refusedAtDoor]) {
    for (const [reason, n] of Object.entries(source)) refused[reason] = (refused[reason] ?? 0) + (n ?? 0);
  }
  const atDoor = Object.values(refusedAtDoor).reduce<number>((sum, n) => sum + (n ?? 0), 0);
  const lines: string[] = [];
  const metric = (
    name: string,
    type: string,
    help: string,
    rows: readonly [labels: string, value: number][],
  ) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of rows) lines.push(`${name}${labels} ${value}`);
  };

  metric("sojourn_build_info", "gauge", "Version of the collector.", [[`{version="${version}"}`, 1]]);
  metric("sojourn_touchpoints_received_total", "counter", "Touchpoints that reached the door.", [
    ["", totals.received + atDoor],
  ]);
  metric("sojourn_touchpoints_total", "counter", "What became of them.", [
    ['{result="accepted"}', totals.stored],
    ['{result="duplicate"}', totals.duplicates],
    ...Object.entries(refused).map(([reason, n]): [string, number] => [
      `{result="refused",reason="${reason}"}`,
      n,
    ]),
  ]);
  metric("sojourn_traffic_total", "counter", "Accepted touchpoints that are kept apart.", [
    ['{kind="robot"}', totals.robots],
    ['{kind="spam"}', totals.spam],
    ['{kind="own"}', totals.own],
  ]);
  const histogram = (name: string, help: string, { bounds, counts, sum, count }: Histogram) => {
    let below = 0;
    const buckets = bounds.map((bound, i): [string, number] => {
      below += counts[i]!;
      return [`_bucket{le="${bound / 1_000}"}`, below];
    });
    const rest: [string, number][] = [
      ['_bucket{le="+Inf"}', count],
      ["_sum", sum / 1_000],
      ["_count", count],
    ];
    metric(name, "histogram", help, [...buckets, ...rest]);
  };
  histogram("sojourn_ingest_seconds", "Time from a beacon's end to its durable answer.", input.answered);
  histogram(
    "sojourn_commit_seconds",
    "Time from a group's way to the writer to the end of its fsync.",
    commits,
  );
  metric("sojourn_queue_touchpoints", "gauge", "Kept touchpoints whose projection waits.", [
    ["", health.pending],
  ]);
  metric("sojourn_queue_oldest_seconds", "gauge", "Age of the oldest of them.", [
    ["", health.pendingMs / 1_000],
  ]);
  metric("sojourn_sweep_lag_seconds", "gauge", "How late the latest sweep of due stages was.", [
    ["", health.sweepLagMs / 1_000],
  ]);
  metric("sojourn_store_bytes", "gauge", "Size of the data file.", [["", bytes]]);
  metric("sojourn_wal_bytes", "gauge", "Size of the write-ahead log.", [["", input.walBytes]]);
  if (input.freeBytes !== undefined) {
    metric("sojourn_disk_free_bytes", "gauge", "What can still be written where the data lies.", [
      ["", input.freeBytes],
    ]);
  }
  metric("sojourn_resident_bytes", "gauge", "Memory of the process.", [["", input.residentBytes]]);
  metric("sojourn_outbox_messages", "gauge", "Messages to other systems.", [
    ['{state="waiting"}', outbox.waiting],
    ['{state="failed"}', outbox.failed],
  ]);
  metric("sojourn_outbox_oldest_seconds", "gauge", "How long the oldest message that is due has waited.", [
    ["", outbox.oldestMs / 1_000],
  ]);
  if (health.forward !== undefined) forwardMetrics(metric, health.forward);
  if (health.relay !== undefined) relayMetrics(metric, health.relay);
  metric(
    "sojourn_stage_people",
    "gauge",
    "People in each stage of each site's main model.",
    stages.flatMap(({ site, stages: rows }) =>
      rows.map(({ stage, people }): [string, number] => [
        `{site="${site}",stage="${stage.replaceAll(/[\\"\n]/g, "_")}"}`,
        people,
      ]),
    ),
  );
  return `${lines.join("\n")}\n`;
}
