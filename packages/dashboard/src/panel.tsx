/**
 * The frame of a panel: heading at once, figures when they come, and what went wrong in the panel it went wrong in.
 */
import type { ComponentChildren, JSX } from "preact";
import { choose, filterKey, filtersOf } from "./address.ts";
import type { Load } from "./answer.ts";
import { asCurl } from "./api.ts";
import { useHere } from "./context.ts";
import { type Cell, csvOf, download } from "./csv.ts";
import { Drop } from "./shell/drop.tsx";
import { Guarded } from "./shell/guarded.tsx";
import { ProblemText } from "./shell/states.tsx";
import { copy } from "./shell/toast.tsx";
import { say } from "./words.ts";

export function Panel<T>(props: {
  id: string;
  title: string;
  sub?: ComponentChildren;
  tools?: ComponentChildren;
  load: Load<T>;
  /** The panel's table, for files; first row: headings. */
  csv?: (data: T) => Cell[][];
  /** Grey shapes of the panel's own size. */
  waiting: ComponentChildren;
  /** True when the answer has nothing to show. */
  isEmpty?: (data: T) => boolean;
  children: (data: T) => ComponentChildren;
}): JSX.Element {
  const { id, title, load, csv, waiting, children } = props;
  const { data, problem } = load;
  return (
    <section
      class="card panel"
      aria-labelledby={`h-${id}`}
      aria-busy={load.isFirst || load.isStale}
      data-panel={id}
    >
      <div class="ph">
        <h2 id={`h-${id}`}>{title}</h2>
        {props.sub !== undefined && <p class="opt">{props.sub}</p>}
        <span class="tools">
          {props.tools}
          {csv !== undefined && data !== undefined && (
            <Take id={id} title={title} url={load.url} csv={() => csv(data)} />
          )}
        </span>
      </div>
      <Guarded key={load.url}>
        {problem !== undefined && data === undefined ? (
          <div class="note" role="alert">
            <b>{say("panelError")}</b>
            <ProblemText problem={problem} />
            <button type="button" class="btn" onClick={load.retry}>
              {say("tryAgain")}
            </button>
          </div>
        ) : data === undefined ? (
          <>
            {load.isSlow && <p class="hint">{say("stillCounting")}</p>}
            {waiting}
          </>
        ) : props.isEmpty?.(data) ? (
          <Nothing />
        ) : (
          <div class={load.isStale ? "stale" : undefined}>{children(data)}</div>
        )}
      </Guarded>
    </section>
  );
}

function Take(props: { id: string; title: string; url: string; csv: () => Cell[][] }) {
  const { range, site } = useHere();
  const name = `${site.id}-${props.id}-${range.from}-${range.to}.csv`;
  return (
    <>
      <button
        type="button"
        class="btn ghost"
        data-csv
        aria-label={say("csvOf", { name: props.title })}
        onClick={() => download(name, csvOf(props.csv()))}
      >
        {say("csv")}
      </button>
      <Drop class="btn ghost hide-s" label={say("exportOf", { name: props.title })} summary="⋯">
        <button
          type="button"
          class="item"
          onClick={() => copy(asCurl(props.url, location.origin), say("copied"))}
        >
          {say("copyCurl")}
        </button>
        <a class="item" href={props.url} target="_blank" rel="noreferrer">
          {say("openJson")}
        </a>
      </Drop>
    </>
  );
}

/** Nothing in this period, or nothing with these filters; then which filter to drop. */
export function Nothing() {
  const { params } = useHere();
  const filters = filtersOf(params);
  if (filters.length === 0) return <p class="note">{say("nothingYet")}</p>;
  return (
    <div class="note">
      <b>{say("noResult")}</b>
      <div class="acts">
        {filters.map((filter) => (
          <button
            type="button"
            class="btn"
            key={filterKey(filter)}
            onClick={() => choose({ [filterKey(filter)]: undefined })}
          >
            {say("dropOne")} {say(filter.name)} {say(filter.isNot ? "filterIsNot" : "filterIs")}{" "}
            {filter.value}
          </button>
        ))}
      </div>
    </div>
  );
}

/** A change with its arrow, sign and colour; the words around it are the caller's. */
export function Delta(props: {
  change: { text: string; direction: -1 | 0 | 1 } | undefined;
  good: "up" | "down" | null;
  isPoints?: boolean;
}) {
  const { change, good } = props;
  if (change === undefined) return null;
  const { direction } = change;
  const kind = direction === 0 || good === null ? "eq" : direction > 0 === (good === "up") ? "up" : "dn";
  const text = props.isPoints ? say("points", { n: change.text }) : change.text;
  const arrow = direction === 0 ? "=" : direction > 0 ? "▲" : "▼";
  return (
    <span class={kind}>
      <span aria-hidden="true">{arrow}</span>
      <span class="vh">{direction < 0 ? "−" : direction > 0 ? "+" : ""}</span> {text}
    </span>
  );
}

/** Grey lines where rows of a table will be. */
export function GreyRows({ rows, columns }: { rows: number; columns: number }) {
  return (
    <table class="tbl" aria-hidden="true">
      <tbody>
        {Array.from({ length: rows }, (_, r) => (
          <tr key={r}>
            {Array.from({ length: columns }, (_, c) => (
              <td key={c} class={c > 0 && c < columns - 2 ? "opt" : undefined}>
                <span class="grey" />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
