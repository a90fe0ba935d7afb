/**
 * Touches one by one: when somebody came, from where, to which page, and by which rule we say so.
 */
import { addressOf, choose } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { Touches } from "../api-shapes.ts";
import { periodQuery, useHere } from "../context.ts";
import { GreyRows, Panel } from "../panel.tsx";
import { Link } from "../shell/link.tsx";
import { Pager } from "../shell/pager.tsx";
import { Scroller } from "../shell/scroller.tsx";
import { withinQuery } from "../within.tsx";
import { say } from "../words.ts";

const ROWS = 30;

export function TouchesPanel() {
  const here = useHere();
  const { site, params, formats } = here;
  const load = useAnswer<Touches>(site.id === "" ? undefined : "/attribution/touches", {
    ...periodQuery(here),
    ...withinQuery(params),
    limit: String(ROWS),
    after: params.after,
  });
  return (
    <Panel
      id="touches"
      title={say("jour.each")}
      sub={say("jour.eachSub")}
      load={load}
      csv={({ rows }) => [
        ["at", "person", "channel", "source", "medium", "campaign", "landing", "rule"],
        ...rows.map((t) => [t.at, t.person, t.channel, t.source, t.medium, t.campaign, t.landing, t.rule]),
      ]}
      waiting={<GreyRows rows={8} columns={5} />}
      isEmpty={({ rows }) => rows.length === 0}
    >
      {({ rows, hasMore, next }) => (
        <>
          <Scroller name={say("jour.each")}>
            <table class="tbl num">
              <caption class="vh">{say("jour.each")}</caption>
              <thead>
                <tr>
                  <th scope="col">{say("jour.when")}</th>
                  <th scope="col" class="l">
                    {say("channel")}
                  </th>
                  <th scope="col" class="l">
                    {say("source")}
                  </th>
                  <th scope="col" class="l opt">
                    {say("campaign")}
                  </th>
                  <th scope="col" class="l opt">
                    {say("landing")}
                  </th>
                  <th scope="col" class="l opt">
                    {say("jour.rule")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((touch) => (
                  <tr key={`${touch.at}${touch.person}`} data-touch={touch.person}>
                    <td>
                      <Link class="who" to={addressOf("people", touch.person)}>
                        {formats.moment(touch.at)}
                      </Link>
                    </td>
                    <td class="l">{touch.channel}</td>
                    <td class="l">{touch.source}</td>
                    <td class="l opt">{touch.campaign ?? ""}</td>
                    <td class="l opt">{touch.landing}</td>
                    <td class="l opt mut">{touch.rule}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroller>
          <Pager after={params.after} next={hasMore ? next : null} onGo={(after) => choose({ after })} />
        </>
      )}
    </Panel>
  );
}
