/**
 * Gained and lost, by day: who came into a stage of the path above the line, who went quiet below it.
 */
import { useAnswer } from "../answer.ts";
import type { Series } from "../api-shapes.ts";
import { DayBars } from "../charts/day-bars.tsx";
import { type Here, periodQuery, useHere } from "../context.ts";
import type { Cell } from "../csv.ts";
import { Panel } from "../panel.tsx";
import { say } from "../words.ts";

export function MovesPanel() {
  const here = useHere();
  const { site } = here;
  const load = useAnswer<Series>(site.id === "" ? undefined : "/stages/series", periodQuery(here, "stage"));
  return (
    <Panel
      id="moves"
      title={say("moves")}
      load={load}
      csv={(data) => tableOf(data, here)}
      waiting={<div class="chart ghost-chart" aria-hidden="true" />}
      isEmpty={(data) => barsOf(data).every(({ values }) => values.every((n) => n === 0))}
    >
      {(data) => {
        const bars = barsOf(data).filter(({ values }) => values.some((n) => n > 0));
        return (
          <>
            <div class="legend">
              {bars.map(({ stage }) => (
                <span key={stage}>
                  <i style={{ background: here.stageColour(stage) }} />
                  {here.stageName(stage)}
                </span>
              ))}
            </div>
            <div class="chart">
              <DayBars
                days={data.days}
                label={say("movesLabel")}
                formats={here.formats}
                bars={bars.map(({ stage, values, isLoss }) => ({
                  name: here.stageName(stage),
                  colour: here.stageColour(stage),
                  values,
                  isLoss,
                }))}
              />
            </div>
            <div class="vh">
              <table>
                <caption>{say("movesTable")}</caption>
                <thead>
                  <tr>
                    <th scope="col">{say("day")}</th>
                    {bars.map(({ stage }) => (
                      <th scope="col" key={stage}>
                        {here.stageName(stage)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {data.days.map((day, i) => (
                    <tr key={day}>
                      <th scope="row">{day}</th>
                      {bars.map(({ stage, values }) => (
                        <td key={stage}>{values[i]}</td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        );
      }}
    </Panel>
  );
}

/** Every stage but the first of the path: coming into that one is being heard of, which the visitors show. */
function barsOf(data: Series): { stage: string; values: number[]; isLoss: boolean }[] {
  const first = data.stages.find(({ role }) => role === "path")?.stage;
  return data.stages
    .filter(({ stage }) => stage !== first)
    .map(({ stage, entered, role }) => ({ stage, values: entered, isLoss: role === "quiet" }));
}

function tableOf(data: Series, here: Here): Cell[][] {
  return [
    [
      say("day"),
      ...data.stages.flatMap(({ stage }) => [`${here.stageName(stage)} +`, `${here.stageName(stage)} -`]),
    ],
    ...data.days.map((day, i) => [day, ...data.stages.flatMap(({ entered, left }) => [entered[i], left[i]])]),
  ];
}
