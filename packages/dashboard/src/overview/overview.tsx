/**
 * The overview: one sentence, six figures, the path, where customers come from, whether they come back, what to look at.
 */
import { useEffect, useState } from "preact/hooks";
import { filtersOf } from "../address.ts";
import { useAnswer } from "../answer.ts";
import { isNotSignedIn } from "../api.ts";
import type { Kpis, Sources } from "../api-shapes.ts";
import { periodQuery, useHere } from "../context.ts";
import { comparedQuery } from "../period.ts";
import { LoadError } from "../shell/states.tsx";
import { say } from "../words.ts";
import { CohortsPanel } from "./cohorts-panel.tsx";
import { credited } from "./credited.ts";
import { Empty } from "./empty.tsx";
import { Foot } from "./foot.tsx";
import { FunnelPanel } from "./funnel-panel.tsx";
import { KpiRow } from "./kpi-row.tsx";
import { Lead } from "./lead.tsx";
import { MovesPanel } from "./moves-panel.tsx";
import { PathPanel } from "./path-panel.tsx";
import { SourcesPanel } from "./sources-panel.tsx";
import { WorthPanel } from "./worth-panel.tsx";

/** How long the panels below leave the browser to the six figures; then their frames are drawn, figures or not. */
const FIGURES_FIRST_MS = 200;

export function Overview() {
  const here = useHere();
  const { site, stages, params, credit, range, formats } = here;
  const compared = comparedQuery(params);
  const isReady = site.id !== "";
  const query = { ...periodQuery(here), ...compared };
  const kpis = useAnswer<Kpis>(isReady ? "/kpis/headline" : undefined, query);
  const isBelowDrawn = useBelow(!kpis.isFirst);
  // Asked at the same time, the table of channels would take a processor from the six figures.
  const channels = useAnswer<Sources>(isReady && isBelowDrawn ? "/sources" : undefined, {
    ...periodQuery(here, "channel"),
    by: "channel",
    credit,
    ...compared,
  });

  const filters = filtersOf(params);
  const only = filters.length === 1 && !filters[0]!.isNot ? filters[0] : undefined;
  const isSource = only !== undefined && only.name !== "stage" && only.name !== "segment";
  const chosen = useAnswer<Sources>(isReady && isBelowDrawn && isSource ? "/sources" : undefined, {
    ...periodQuery(here, only?.name),
    by: only?.name,
    credit,
    ...compared,
  });
  const row = isSource ? chosen.data?.rows.find(({ value }) => value === only.value) : undefined;
  const shown =
    row !== undefined && kpis.data !== undefined ? { ...kpis, data: credited(kpis.data, row) } : kpis;

  const hasNobody = stages !== undefined && stages.total === 0;
  if (hasNobody && filters.length === 0) return <Empty />;
  // When nothing at all can be had, one message says it once.
  if (
    kpis.problem !== undefined &&
    channels.problem !== undefined &&
    kpis.data === undefined &&
    !isNotSignedIn(kpis.problem)
  ) {
    const retry = (): void => {
      kpis.retry();
      channels.retry();
    };
    return <LoadError problem={kpis.problem} retry={retry} />;
  }
  return (
    <>
      <h1 class="vh">
        {say("overview")}, {site.name || site.id}, {formats.dayLong(range.from)} – {formats.dayLong(range.to)}
      </h1>
      {stages?.building !== undefined && (
        <p class="hint" role="status">
          {say("buildingModel", { share: formats.percent(stages.building.progress) })}
        </p>
      )}
      <Lead kpis={shown} channels={channels} />
      <KpiRow load={shown} />
      {isBelowDrawn ? <Below /> : <div aria-busy="true" />}
    </>
  );
}

function Below() {
  return (
    <>
      <PathPanel />
      <div class="row">
        <SourcesPanel />
        <MovesPanel />
      </div>
      <div class="row">
        <CohortsPanel />
        <FunnelPanel />
      </div>
      <WorthPanel />
      <Foot />
    </>
  );
}

/** Turns true after the six figures were painted, or when they take long; true at once when they are held already. */
function useBelow(areFiguresThere: boolean): boolean {
  const [isDrawn, setDrawn] = useState(areFiguresThere);
  useEffect(() => {
    if (isDrawn) return;
    const timer = setTimeout(setDrawn, areFiguresThere ? 0 : FIGURES_FIRST_MS, true);
    return () => clearTimeout(timer);
  }, [isDrawn, areFiguresThere]);
  return isDrawn;
}
