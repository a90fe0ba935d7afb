/**
 * "Why did it count there?": conversions one by one, each with the touches before it and what each of them earned.
 */
import { addressOf, choose } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { Conversions } from "../api-shapes.ts";
import { periodQuery, useHere } from "../context.ts";
import { GreyRows, Panel } from "../panel.tsx";
import { Link } from "../shell/link.tsx";
import { Pager } from "../shell/pager.tsx";
import { withinOf, withinQuery } from "../within.tsx";
import { say } from "../words.ts";

const ROWS = 20;

export function WhyPanel({ conversion }: { conversion: string }) {
  const here = useHere();
  const { site, params, credit, formats, isReadOnly } = here;
  const load = useAnswer<Conversions>(site.id === "" || isReadOnly ? undefined : "/attribution/conversions", {
    ...periodQuery(here),
    ...withinQuery(params),
    conversion,
    credit,
    limit: String(ROWS),
    after: params.after,
  });
  if (isReadOnly) return null;
  const isLooking = withinOf(params).length > 0;
  return (
    <Panel
      id="why"
      title={say("jour.why")}
      sub={say("jour.whySub")}
      load={load}
      csv={({ rows }) => [
        ["conversion", "at", "person", "value_minor", "touch_at", "channel", "source", "campaign", "share"],
        ...rows.flatMap((row) =>
          row.touches.map((t) => [
            row.name,
            row.at,
            row.person,
            row.value,
            t.at,
            t.channel,
            t.source,
            t.campaign,
            t.share,
          ]),
        ),
      ]}
      waiting={<GreyRows rows={6} columns={3} />}
      isEmpty={({ rows }) => rows.length === 0}
    >
      {({ rows, hasMore, next }) => (
        <>
          <ol class="whys num">
            {rows.map((row) => (
              <li key={`${row.name}${row.at}${row.person}`}>
                <div>
                  <Link class="who" to={addressOf("people", row.person)}>
                    <b>{row.name}</b> {row.customer ?? ""}
                  </Link>
                  <small>
                    {formats.moment(row.at)}
                    {row.value !== 0 && ` · ${formats.money(row.value)}`}
                  </small>
                </div>
                <ol class="paths">
                  <li>
                    {row.touches.length === 0 && <span class="mut">{say("jour.unattributed")}</span>}
                    {row.touches.map((touch, i) => (
                      <>
                        {i > 0 && (
                          <span class="mut" aria-hidden="true">
                            →
                          </span>
                        )}
                        <span
                          class={touch.isWithin && isLooking ? "step here" : "step"}
                          data-share={touch.isWithin ? touch.share : undefined}
                          key={touch.at}
                          data-tip={`${formats.moment(touch.at)}\n${touch.rule}`}
                        >
                          {touch.channel}{" "}
                          {touch.share !== null && touch.share > 0 && <b>{formats.percent(touch.share)}</b>}
                        </span>
                      </>
                    ))}
                  </li>
                </ol>
              </li>
            ))}
          </ol>
          <Pager after={params.after} next={hasMore ? next : null} onGo={(after) => choose({ after })} />
        </>
      )}
    </Panel>
  );
}
