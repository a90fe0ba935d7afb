/**
 * Journeys: all models of credit side by side, the ways people take to a conversion, and the touches behind each.
 */
import "../words/journeys-words.ts";
import { choose } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { Attribution } from "../api-shapes.ts";
import { periodQuery, useHere } from "../context.ts";
import { GreyRows, Panel } from "../panel.tsx";
import { Scroller } from "../shell/scroller.tsx";
import { Seg } from "../shell/seg.tsx";
import { WithinChips, withinOf } from "../within.tsx";
import { say, type Word } from "../words.ts";
import { LengthsPanel } from "./lengths-panel.tsx";
import { TouchesPanel } from "./touches-panel.tsx";
import { WhyPanel } from "./why-panel.tsx";

const CONVERSIONS = ["order", "first_order", "sign_up"] as const;
const MODELS = [
  "first",
  "last",
  "last-non-direct",
  "linear",
  "position",
  "decay",
  "markov",
  "shapley",
] as const;
const SHOWN_PATHS = 12;

export default function JourneysPage() {
  const here = useHere();
  const { site, params, formats, isReadOnly } = here;
  const conversion = CONVERSIONS.find((name) => name === params.conversion) ?? "order";
  const load = useAnswer<Attribution>(site.id === "" ? undefined : "/attribution", {
    ...periodQuery(here),
    conversion,
    by: "channel",
  });
  const isKnown = load.data !== undefined || load.problem !== undefined;
  const isLooking = withinOf(params).length > 0;
  const behindIt = isReadOnly ? null : params.show === "touches" ? (
    <TouchesPanel />
  ) : (
    <WhyPanel conversion={conversion} />
  );
  return (
    <>
      <div class="head">
        <h1>{say("journeys")}</h1>
        <WithinChips />
        {!isReadOnly && (
          <Seg
            label={say("jour.show")}
            options={(["conversions", "touches"] as const).map((name) => ({
              value: name,
              name: say(`jour.show.${name}`),
            }))}
            value={params.show === "touches" ? "touches" : "conversions"}
            onChoose={(name) => choose({ show: name === "touches" ? name : undefined, after: undefined })}
          />
        )}
        <span class="push" />
        <Seg
          label={say("jour.conversion")}
          options={CONVERSIONS.map((name) => ({ value: name, name: say(`conv.${name}`) }))}
          value={conversion}
          onChoose={(name) => choose({ conversion: name === "order" ? undefined : name, after: undefined })}
        />
      </div>
      {isLooking && behindIt}
      <Panel
        id="models"
        title={say("jour.models")}
        sub={say("jour.modelsSub")}
        load={load}
        csv={tableOf}
        waiting={<GreyRows rows={8} columns={9} />}
        isEmpty={({ rows }) => rows.length === 0}
      >
        {(data) => {
          const models = MODELS.filter((model) => data.rows.some((row) => row.credit[model] !== undefined));
          const most = Math.max(1, ...data.rows.map((row) => row.max));
          return (
            <>
              <Scroller name={say("jour.models")}>
                <table class="tbl num">
                  <caption class="vh">{say("jour.models")}</caption>
                  <thead>
                    <tr>
                      <th scope="col">{say("channel")}</th>
                      {models.map((model) => (
                        <th scope="col" key={model} class={model === here.credit ? "strong" : undefined}>
                          {say(`credit.${model}` as Word)}
                        </th>
                      ))}
                      <th scope="col">{say("jour.spread")}</th>
                      <th scope="col">{say("jour.assisted")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.rows.map((row) => (
                      <tr key={row.value}>
                        <td>
                          <span
                            class="ch"
                            style={{
                              "--w": `${((row.credit[here.credit as "linear"]?.conversions ?? row.max) / most) * 100}%`,
                            }}
                          >
                            <span>{row.value}</span>
                          </span>
                        </td>
                        {models.map((model) => {
                          const credit = row.credit[model];
                          return (
                            <td
                              key={model}
                              data-tip={credit === undefined ? undefined : formats.money(credit.value)}
                            >
                              {credit === undefined ? (
                                <span class="mut">–</span>
                              ) : model === here.credit ? (
                                <b>{formats.count(credit.conversions)}</b>
                              ) : (
                                formats.count(credit.conversions)
                              )}
                            </td>
                          );
                        })}
                        <td class="mut">{formats.count(row.spread)}</td>
                        <td class="mut">{formats.count(row.assisted)}</td>
                      </tr>
                    ))}
                  </tbody>
                  <tfoot>
                    <tr>
                      <td>
                        <span class="ch all">
                          <span>{say("allRows")}</span>
                        </span>
                      </td>
                      {models.map((model) => (
                        <td key={model}>{formats.count(data.total.conversions)}</td>
                      ))}
                      <td />
                      <td />
                    </tr>
                  </tfoot>
                </table>
              </Scroller>
              {data.markov?.tooLittleData && <p class="hint above">{say("jour.little")}</p>}
              {data.refused.map(({ model, reason }) => (
                <p class="hint above" key={model}>
                  {say(`credit.${model}` as Word)}: {reason}
                </p>
              ))}
            </>
          );
        }}
      </Panel>
      {/* How many channels there are decides where these stand. */}
      {isKnown && (
        <>
          <div class="row">
            <Panel
              id="paths"
              title={say("jour.paths")}
              sub={say("jour.pathsSub")}
              load={load}
              csv={({ paths }) => [
                ["path", "conversions", "value_minor", "nulls"],
                ...paths.map((row) => [row.path.join(" > "), row.conversions, row.value, row.nulls]),
              ]}
              waiting={<GreyRows rows={8} columns={2} />}
              isEmpty={({ paths }) => paths.length === 0}
            >
              {({ paths, pathCount }) => (
                <>
                  <ol class="paths num">
                    {paths.slice(0, SHOWN_PATHS).map((row) => (
                      <li key={row.path.join(">")}>
                        <b class="cnt">{formats.count(row.conversions)}</b>
                        {shortened(row.path).map((name, i) => (
                          <>
                            {i > 0 && (
                              <span class="mut" aria-hidden="true">
                                →
                              </span>
                            )}
                            <span class="step" key={`${name}${i}`}>
                              {name}
                            </span>
                          </>
                        ))}
                        <span class="mut push">{formats.money(row.value)}</span>
                      </li>
                    ))}
                  </ol>
                  <p class="hint">{say("jour.of", { n: pathCount })}</p>
                </>
              )}
            </Panel>
            <LengthsPanel load={load} />
          </div>
          {!isLooking && behindIt}
        </>
      )}
    </>
  );
}

/** The same channel several times in a row is said once, with how often. */
function shortened(path: readonly string[]): string[] {
  const runs: { name: string; n: number }[] = [];
  for (const name of path) {
    const last = runs.at(-1);
    if (last?.name === name) last.n += 1;
    else runs.push({ name, n: 1 });
  }
  return runs.map(({ name, n }) => (n === 1 ? name : `${name} ×${n}`));
}

function tableOf({ rows }: Attribution): (string | number | undefined)[][] {
  return [
    ["channel", ...MODELS, "spread", "assisted"],
    ...rows.map((row) => [
      row.value,
      ...MODELS.map((model) => row.credit[model]?.conversions),
      row.spread,
      row.assisted,
    ]),
  ];
}
