/**
 * From product to order: the steps of a purchase, what was left in carts, and how long the first order takes.
 */
import { useAnswer } from "../answer.ts";
import type { Funnel } from "../api-shapes.ts";
import { periodQuery, useHere } from "../context.ts";
import type { Cell } from "../csv.ts";
import { GreyRows, Panel } from "../panel.tsx";
import { say, type Word } from "../words.ts";

/** From this share of the bar on, a number fits inside it. */
const FITS_INSIDE = 0.6;

const stepName = (kind: string): string => say(kind as Word);

export function FunnelPanel() {
  const here = useHere();
  const { site, formats } = here;
  const load = useAnswer<Funnel>(site.id === "" ? undefined : "/funnel", periodQuery(here));
  const left = load.data?.carts.valueLeft;
  return (
    <Panel
      id="funnel"
      title={say("funnel")}
      sub={left === undefined || left === 0 ? undefined : say("leftInCarts", { money: formats.money(left) })}
      load={load}
      csv={tableOf}
      waiting={<GreyRows rows={4} columns={2} />}
      isEmpty={(data) => data.steps.every(({ reached }) => reached === 0)}
    >
      {({ steps, toFirstOrder }) => (
        <>
          <ol class="fun num">
            {steps.map((step) => {
              const share = step.reached / Math.max(1, steps[0]!.reached);
              return (
                <li key={step.kind} data-step={step.kind} data-people={step.reached}>
                  <span>{stepName(step.kind)}</span>
                  <span class="b" style={{ "--w": `${share * 100}%` }}>
                    <i />
                    <em class={share > FITS_INSIDE ? "in" : undefined}>
                      {formats.count(step.reached)}
                      {step.rate !== null && (
                        <small>
                          {" "}
                          <span class="hide-s">
                            {say("ofStepBefore", { share: formats.percent(step.rate) })}
                          </span>
                          <span class="only-s">{formats.percent(step.rate)}</span>
                        </small>
                      )}
                    </em>
                  </span>
                </li>
              );
            })}
          </ol>
          {toFirstOrder.people > 0 && (
            <>
              <h3 class="sub">{say("lag")}</h3>
              <ol class="lag num">
                {toFirstOrder.bins.map((bin) => (
                  <li key={bin.fromDays} data-tip={`${formats.count(bin.people)} ${say("people")}`}>
                    <b>{formats.percent(bin.share)}</b>
                    <i style={{ "--h": `${(bin.share ?? 0) * 80}px` }} />
                    <span>{binName(bin)}</span>
                  </li>
                ))}
              </ol>
            </>
          )}
        </>
      )}
    </Panel>
  );
}

function binName({ fromDays, toDays }: { fromDays: number; toDays: number | null }): string {
  if (toDays === null) return say("lagLater", { n: fromDays });
  if (toDays === 0) return say("lagSame");
  return fromDays === toDays ? String(fromDays) : say("lagSpan", { from: fromDays, to: toDays });
}

function tableOf({ steps, toFirstOrder }: Funnel): Cell[][] {
  return [
    ["step", "people", "reached", "rate"],
    ...steps.map(({ kind, people, reached, rate }): Cell[] => [kind, people, reached, rate]),
    ["days_to_first_order", "people", "", "share"],
    ...toFirstOrder.bins.map(({ fromDays, toDays, people, share }): Cell[] => [
      `${fromDays}..${toDays ?? ""}`,
      people,
      "",
      share,
    ]),
  ];
}
