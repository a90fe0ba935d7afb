/**
 * Worth a look: what the collector's fixed rules found, each with one thing to do.
 */
import { addressOf, choose, type FilterName, filterKey } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { Finding, Findings } from "../api-shapes.ts";
import { type Here, periodQuery, useHere } from "../context.ts";
import { Panel } from "../panel.tsx";
import { Link } from "../shell/link.tsx";
import { say } from "../words.ts";
import { findingText } from "./finding-text.ts";

export function WorthPanel() {
  const here = useHere();
  const { site, formats } = here;
  const load = useAnswer<Findings>(site.id === "" ? undefined : "/findings", periodQuery(here));
  return (
    <Panel
      id="worth"
      title={say("worth")}
      sub={say("worthSub")}
      load={load}
      waiting={
        <ul class="att" aria-hidden="true">
          {[0, 1, 2].map((i) => (
            <li key={i}>
              <span class="n">
                <span class="grey" />
              </span>
              <p>
                <span class="grey" />
              </p>
            </li>
          ))}
        </ul>
      }
    >
      {({ findings }) =>
        findings.length === 0 ? (
          <p class="note">{say("worthNothing")}</p>
        ) : (
          <ul class="att num">
            {findings.map((finding) => (
              <li key={`${finding.rule}${finding.text}`} data-rule={finding.rule}>
                <span class="n">
                  {finding.unit === "rate"
                    ? `${finding.count > 0 ? "+" : "−"}${formats.percent(Math.abs(finding.count))}`
                    : formats.count(finding.count)}
                </span>
                <Words finding={finding} here={here} />
                <Act finding={finding} />
              </li>
            ))}
          </ul>
        )
      }
    </Panel>
  );
}

function Words({ finding, here }: { finding: Finding; here: Here }) {
  const { text, reason } = findingText(finding, here);
  return (
    <p>
      <b>{text}</b> {reason}
    </p>
  );
}

function Act({ finding: { action } }: { finding: Finding }) {
  if (action.kind === "filter") {
    return (
      <button
        type="button"
        class="btn"
        onClick={() => {
          choose(
            Object.fromEntries(
              action.filter.map(({ field, is, values }) => [
                filterKey({ name: field as FilterName, isNot: !is }),
                values[0],
              ]),
            ),
          );
          scrollTo(0, 0);
        }}
      >
        {say("filterTo")}
      </button>
    );
  }
  if (action.kind === "people") {
    const extra = action.question === "people" ? action.params : { ...action.params, list: action.question };
    return (
      <Link class="btn" to={addressOf("people", undefined, extra)}>
        {say("openList")}
      </Link>
    );
  }
  return (
    <Link class="btn" to={addressOf(action.page === "settings" ? "settings" : "journeys")}>
      {say("openIt")}
    </Link>
  );
}
