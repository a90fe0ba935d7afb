/**
 * The path: who is in each stage, who moved on, who fell quiet, who came back. A map where there is room, a list elsewhere.
 */
import { filtersOf, toggleFilter } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { Flow, Moves, Role, Stays } from "../api-shapes.ts";
import { heightOf, MOST_STEPS, movedTo, WIDTH, wereIn } from "../charts/path-layout.ts";
import { PathMap } from "../charts/path-map.tsx";
import { quietFor, quietWords } from "../charts/quiet-for.ts";
import { type Here, periodQuery, useHere } from "../context.ts";
import type { Cell } from "../csv.ts";
import { Delta, Panel } from "../panel.tsx";
import { say } from "../words.ts";

export function PathPanel() {
  const here = useHere();
  const { site, params, range, formats, stages } = here;
  const flow = useAnswer<Flow>(site.id === "" ? undefined : "/flow", periodQuery(here, "stage"));
  const stays = useAnswer<Stays>(
    site.id === "" ? undefined : "/stages/time",
    periodQuery(here, "stage"),
  ).data;
  const chosen = filtersOf(params).find(({ name, isNot }) => name === "stage" && !isNot)?.value;
  const steps = stages?.stages.filter(({ role }) => role === "path").length ?? 5;
  return (
    <Panel
      id="path"
      title={say("path")}
      sub={say("pathSub", { period: formats.range(range.from, range.to) })}
      load={flow}
      csv={(data) => tableOf(data, here)}
      waiting={<Waiting here={here} />}
      isEmpty={(data) => data.stages.every(({ start, end, entered }) => start + end + entered === 0)}
    >
      {(data) => (
        <>
          {steps <= MOST_STEPS && (
            <div class="path num">
              <PathMap
                flow={data}
                stays={stays}
                here={here}
                chosen={chosen}
                onChoose={(stage, isNot) => toggleFilter("stage", stage, isNot)}
              />
            </div>
          )}
          <PathList flow={data} stays={stays} here={here} chosen={chosen} isOnly={steps > MOST_STEPS} />
          <PathTable flow={data} stays={stays} here={here} />
        </>
      )}
    </Panel>
  );
}

interface StageFigures {
  stage: Flow["stages"][number];
  movedOn: number;
  rate: number | null;
  quiet: number;
}

function figuresOf(flow: Moves): StageFigures[] {
  const path = flow.stages.filter(({ role }) => role === "path").map(({ stage }) => stage);
  const awake = flow.stages.filter(({ role }) => role !== "quiet").map(({ stage }) => stage);
  const silent = flow.stages.filter(({ role }) => role === "quiet").map(({ stage }) => stage);
  return flow.stages.map((stage) => {
    const place = path.indexOf(stage.stage);
    // Whoever was quiet comes back to the path, or to a stage of its own for that.
    const later = stage.role === "path" ? path.slice(place + 1) : stage.role === "quiet" ? awake : path;
    const movedOn = movedTo(flow, stage.stage, later);
    const of = wereIn(stage);
    return {
      stage,
      movedOn,
      rate: of === 0 || later.length === 0 ? null : movedOn / of,
      quiet: movedTo(
        flow,
        stage.stage,
        silent.filter((name) => name !== stage.stage),
      ),
    };
  });
}

function tableOf(flow: Flow, here: Here): Cell[][] {
  return [
    [say("stage"), say("peopleNow"), say("from"), say("movedOnCol"), say("stepRate"), say("quietCol")],
    ...figuresOf(flow).map(({ stage, movedOn, rate, quiet }): Cell[] => [
      here.stageName(stage.stage),
      stage.end,
      stage.start,
      movedOn,
      rate,
      quiet,
    ]),
  ];
}

function PathTable({ flow, stays, here }: { flow: Flow; stays: Stays | undefined; here: Here }) {
  const { formats } = here;
  return (
    <div class="vh">
      <table>
        <caption>{say("pathTable")}</caption>
        <thead>
          <tr>
            {[
              say("stage"),
              say("peopleNow"),
              say("change"),
              say("movedOnCol"),
              say("stepRate"),
              say("quietCol"),
            ].map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {figuresOf(flow).map(({ stage, movedOn, rate, quiet }) => (
            <tr key={stage.stage}>
              <th scope="row">{here.stageName(stage.stage)}</th>
              <td>{formats.exact(stage.end)}</td>
              <td>{formats.exact(stage.end - stage.start)}</td>
              <td>{formats.exact(movedOn)}</td>
              <td>{formats.rate(rate)}</td>
              <td>{formats.exact(quiet)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {stays !== undefined && (
        <table>
          <caption>{say("quietTable")}</caption>
          <tbody>
            {flow.stages
              .filter(({ role }) => role === "quiet")
              .flatMap(({ stage }) =>
                quietFor(stays, stage).map((group) => (
                  <tr key={`${stage}${group.fromDays}`}>
                    <th scope="row">
                      {here.stageName(stage)}, {quietWords(group)}
                    </th>
                    <td>{formats.exact(group.people)}</td>
                  </tr>
                )),
              )}
          </tbody>
        </table>
      )}
    </div>
  );
}

function PathList(props: {
  flow: Moves;
  stays: Stays | undefined;
  here: Here;
  chosen: string | undefined;
  isOnly: boolean;
}) {
  const { flow, stays, here, chosen, isOnly } = props;
  const { formats } = here;
  const rows = figuresOf(flow);
  const onPath = rows.filter(({ stage }) => stage.role === "path");
  const offPath = rows.filter(({ stage }) => stage.role !== "path");
  const line = ({ stage, movedOn, rate, quiet }: StageFigures, isLast: boolean) => (
    <li key={stage.stage}>
      <button
        type="button"
        aria-pressed={chosen === stage.stage}
        onClick={() => toggleFilter("stage", stage.stage)}
      >
        <span class="sq" style={{ background: here.stageColour(stage.stage) }} />
        <span>
          {here.stageName(stage.stage)}
          <br />
          <small>
            {stage.medianDays === null
              ? "\u00a0"
              : say("medianHere", { time: formats.duration(stage.medianDays) })}
          </small>
        </span>
        <span class="r">
          <b>{formats.count(stage.end)}</b>
          <br />
          <Delta
            change={stage.start === 0 ? undefined : formats.change(stage.end, stage.start, "relative")}
            good={stage.role === "quiet" ? "down" : "up"}
          />
        </span>
      </button>
      {stage.role === "path" && !isLast && (
        <span class="step">
          ↓ {say("movedShare", { share: formats.rate(rate), n: formats.count(movedOn) })}
          {quiet > 0 && `, ${say("wentQuiet", { n: formats.count(quiet) })}`}
        </span>
      )}
      {stage.role === "quiet" && (
        <span class="step">
          {stays === undefined
            ? "\u00a0"
            : quietFor(stays, stage.stage)
                .filter(({ people }) => people > 0)
                .map((group) => `${quietWords(group)}: ${formats.count(group.people)}`)
                .join(", ")}
        </span>
      )}
      {stage.role !== "path" && (
        <span class="step">
          {say(stage.role === "return" ? "wonBack" : "cameBack", { n: formats.count(movedOn) })}
        </span>
      )}
    </li>
  );
  return (
    <ol class={isOnly ? "pathlist only num" : "pathlist num"}>
      {onPath.map((row, i) => line(row, i === onPath.length - 1))}
      {offPath.length > 0 && <li class="sep">{say("offPath")}</li>}
      {offPath.map((row) => line(row, true))}
    </ol>
  );
}

/** The stages are known before the moves between them: frames and names stand where they will stay. */
function Waiting({ here }: { here: Here }) {
  const roles = here.stages?.stages ?? NO_STAGES;
  const ofRole = (role: Role): number => roles.filter((stage) => stage.role === role).length;
  const flow: Moves = {
    stages: roles.map(({ stage, role }) => ({ ...STILL, stage, label: stage, role })),
    gross: [],
  };
  const n = Math.max(1, Math.min(MOST_STEPS, ofRole("path")));
  const width = Math.min(176, (WIDTH - 84 * (n - 1)) / n);
  const gap = n === 1 ? 0 : (WIDTH - n * width) / (n - 1);
  const height = heightOf(ofRole("quiet") > 0, ofRole("return") > 0);
  return (
    <div class="waits" inert>
      {ofRole("path") <= MOST_STEPS && (
        <div class="path">
          <svg viewBox={`0 0 ${WIDTH} ${height}`} aria-hidden="true">
            {Array.from({ length: n }, (_, i) => (
              <rect key={i} class="ghost" x={i * (width + gap)} y={0} width={width} height={88} rx={8} />
            ))}
            {height > 100 && <rect class="ghost" x={0} y={height - 59} width={WIDTH} height={58} rx={8} />}
          </svg>
        </div>
      )}
      <PathList
        flow={flow}
        stays={undefined}
        here={here}
        chosen={undefined}
        isOnly={ofRole("path") > MOST_STEPS}
      />
    </div>
  );
}

/** A stage nothing is known of yet. */
const STILL = { start: 0, end: 0, entered: 0, left: 0, medianDays: null };
const NO_STAGES = [
  ...Array.from({ length: 5 }, (_, i) => ({ stage: ` ${i}`, role: "path" as Role })),
  { stage: " 5", role: "quiet" as Role },
  { stage: " 6", role: "return" as Role },
];
