/**
 * How long the way to a conversion is, in touches and in days.
 */
import type { Load } from "../answer.ts";
import type { Attribution, Lengths } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { GreyRows, Panel } from "../panel.tsx";
import { say } from "../words.ts";

export function LengthsPanel({ load }: { load: Load<Attribution> }) {
  const { formats } = useHere();
  const median = (lengths: Lengths): string =>
    lengths.median === null ? "" : `, ${say("jour.median", { n: formats.count(lengths.median) })}`;
  return (
    <Panel
      id="lengths"
      title={say("jour.touches")}
      load={load}
      csv={({ lengths }) => [
        ["what", "from", "to", "conversions"],
        ...(["touches", "days"] as const).flatMap((what) =>
          lengths[what].buckets.map(({ from, to, conversions }) => [what, from, to, conversions]),
        ),
      ]}
      waiting={<GreyRows rows={6} columns={2} />}
      isEmpty={({ lengths }) => lengths.conversions === 0}
    >
      {({ lengths }) => (
        <>
          <Bars lengths={lengths.touches} total={lengths.conversions} />
          <h3 class="sub">
            {say("jour.days")}
            {median(lengths.days)}
          </h3>
          <Bars lengths={lengths.days} total={lengths.conversions} />
        </>
      )}
    </Panel>
  );
}

function Bars({ lengths, total }: { lengths: Lengths; total: number }) {
  const { formats } = useHere();
  const buckets = lengths.buckets;
  return (
    <ol class="lag num">
      {buckets.map(({ from, to, conversions }) => {
        const share = total === 0 ? 0 : conversions / total;
        return (
          <li key={from} data-tip={formats.exact(conversions)}>
            <b>{formats.percent(share)}</b>
            <i style={{ "--h": `${share * 90}px` }} />
            <span>{to === null ? `${from}+` : from === to ? from : `${from}–${to}`}</span>
          </li>
        );
      })}
    </ol>
  );
}
