/**
 * Where a visit came from, in a few words; the rule that decided it is in the tip.
 */
import type { Touch } from "../api-shapes.ts";

export function TouchText({ touch }: { touch: Touch | null }) {
  if (touch === null) return <span class="strong">–</span>;
  const detail = [touch.source, touch.campaign].filter(
    (part) => part !== null && part !== "" && part !== touch.channel,
  );
  return (
    <span class="strong" data-tip={`${touch.rule}`}>
      {touch.channel} <span class="mut">{detail.join(" · ")}</span>
    </span>
  );
}
