/**
 * The data health line: how much is kept, how fresh it is, whose clock and money the page speaks in.
 */
import { useHere } from "../context.ts";
import { say } from "../words.ts";

export function Foot() {
  const { sites, site, formats } = useHere();
  const { touchpoints, newestAt } = sites.log;
  return (
    <section class="foot num" aria-label={say("dataHealth")}>
      <span data-kept={touchpoints}>{say("kept", { n: formats.count(touchpoints) })}</span>
      {newestAt !== null && (
        <span>{say("lastEvent", { time: formats.ago(Date.now() - Date.parse(newestAt)) })}</span>
      )}
      <span>{say("timesIn", { zone: site.zone, currency: site.currency })}</span>
    </section>
  );
}
