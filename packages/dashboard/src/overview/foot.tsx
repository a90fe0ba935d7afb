/**
 * The data health line: how much is kept, what was refused or kept apart, how fresh it is, whose clock and money the page speaks in.
 */
import { addressOf } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { Health } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { Link } from "../shell/link.tsx";
import { say } from "../words.ts";

export function Foot() {
  const { site, formats, isReadOnly } = useHere();
  const health = useAnswer<Health>(site.id === "" ? undefined : "/health", { site: site.id }).data;
  const newestAt = health?.newestAt ?? null;
  const { filtered } = health?.recent ?? {};
  const flagged = (health?.flags ?? []).reduce((sum, { n }) => sum + n, 0);
  return (
    <section class="foot num" aria-label={say("dataHealth")}>
      {health !== undefined && (
        <span data-kept={health.kept}>{say("kept", { n: formats.count(health.kept) })}</span>
      )}
      {health !== undefined && (
        <span
          data-refused={health.refused.total}
          data-tip={
            health.refused.codes.map(({ code, n }) => `${formats.count(n)} ${code}`).join("\n") || undefined
          }
        >
          {/* Samples are kept of what was refused: none means nothing was, and some mean at least so many. */}
          {health.refused.total === 0
            ? say("refusedNone")
            : say("refusedLately", { n: health.refused.total })}
        </span>
      )}
      {typeof filtered === "number" && (
        <span data-filtered={filtered}>{say("filteredOut", { share: formats.rate(filtered) })}</span>
      )}
      {flagged > 0 &&
        (isReadOnly ? (
          <span data-flagged={flagged}>{say("flagged", { n: flagged })}</span>
        ) : (
          <Link to={addressOf("settings", "connectors")}>
            <span data-flagged={flagged}>{say("flagged", { n: flagged })}</span>
          </Link>
        ))}
      {newestAt !== null && (
        <span>{say("lastEvent", { time: formats.ago(Date.now() - Date.parse(newestAt)) })}</span>
      )}
      <span>{say("timesIn", { zone: site.zone, currency: site.currency })}</span>
      {site.isStale && !isReadOnly && (
        <Link to={addressOf("settings", "channels")}>{say("staleSources")}</Link>
      )}
    </section>
  );
}
