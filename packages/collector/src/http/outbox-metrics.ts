/**
 * The counters of targets as Prometheus text: messages by state, what was asked of each system, and the rate we keep to.
 */
import type { Sender } from "../outbound/sender.ts";
import type { TargetView } from "./outbox.ts";

/** Lines for `/metrics`; empty without targets. Names of targets are the operator's own: letters, digits, dashes. */
export function targetMetrics(
  targets: readonly TargetView[],
  sender: Pick<Sender, "counts"> | undefined,
): string {
  const own = targets.filter(({ system }) => system !== "webhook");
  if (own.length === 0) return "";
  const counts = [...(sender?.counts() ?? [])];
  return `${[
    "# HELP sojourn_target_messages Messages to targets, by what became of them, as long as they are kept.",
    "# TYPE sojourn_target_messages gauge",
    ...own.flatMap(({ id, system, messages }) =>
      Object.entries(messages).map(
        ([state, n]) => `sojourn_target_messages{target="${id}",system="${system}",state="${state}"} ${n}`,
      ),
    ),
    "# HELP sojourn_target_requests_total Requests to targets, by status; none: no answer.",
    "# TYPE sojourn_target_requests_total counter",
    ...counts.flatMap(([target, { requests }]) =>
      Object.entries(requests).map(
        ([status, n]) => `sojourn_target_requests_total{target="${target}",status="${status}"} ${n}`,
      ),
    ),
    "# HELP sojourn_target_requests_per_minute How many requests a minute a target gets at most, now.",
    "# TYPE sojourn_target_requests_per_minute gauge",
    ...counts.map(([target, { rate }]) => `sojourn_target_requests_per_minute{target="${target}"} ${rate}`),
  ].join("\n")}\n`;
}
