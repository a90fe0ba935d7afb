/**
 * Where customers come from: one row per channel, source, campaign or landing page. A row is a filter; the table keeps
 * all its rows and marks the chosen one.
 */
import { useState } from "preact/hooks";
import { choose, type FilterName, filtersOf, toggleFilter } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { SourceFigures, SourceRow, Sources } from "../api-shapes.ts";
import { periodQuery, useHere } from "../context.ts";
import type { Cell } from "../csv.ts";
import { NOT_APPLICABLE } from "../format.ts";
import { Delta, GreyRows, Panel } from "../panel.tsx";
import { comparedQuery } from "../period.ts";
import { Link } from "../shell/link.tsx";
import { Scroller } from "../shell/scroller.tsx";
import { Seg } from "../shell/seg.tsx";
import { behind } from "../within.tsx";
import { say, type Word } from "../words.ts";

const DIMENSIONS = ["channel", "source", "campaign", "landing"] as const satisfies readonly FilterName[];
/** Rows shown before "Show more". */
const FIRST_ROWS = 10;

type Column = "visitors" | "signUps" | "customers" | "rate" | "revenue" | "cac" | "roas";
const COLUMNS: readonly { id: Column; word: Word; title?: Word; isOptional?: boolean }[] = [
  { id: "visitors", word: "visitors", isOptional: true },
  { id: "signUps", word: "signUps", isOptional: true },
  { id: "customers", word: "customers" },
  { id: "rate", word: "rate", title: "rateTitle", isOptional: true },
  { id: "revenue", word: "revenue" },
  { id: "cac", word: "cacShort", title: "cacTitle" },
  { id: "roas", word: "roas", title: "roasTitle", isOptional: true },
];

/** A figure of a row; null where it does not apply. */
function figureOf(row: SourceFigures, column: Column): number | null {
  switch (column) {
    case "rate":
      return row.visitors === 0 ? null : row.customers / row.visitors;
    case "cac":
    case "roas":
      return row[column] ?? null;
    default:
      return row[column];
  }
}

function sortRows(rows: readonly SourceRow[], by: Column): SourceRow[] {
  const of = (row: SourceRow): number => figureOf(row, by) ?? Number.NEGATIVE_INFINITY;
  return [...rows].sort((a, b) => of(b) - of(a) || b.visitors - a.visitors || (a.value < b.value ? -1 : 1));
}

export function SourcesPanel() {
  const here = useHere();
  const { site, params, credit } = here;
  const [isLong, setIsLong] = useState(false);
  const by = (DIMENSIONS as readonly string[]).includes(params.by ?? "")
    ? (params.by as (typeof DIMENSIONS)[number])
    : "channel";
  const sort = COLUMNS.find(({ id }) => id === params.sort)?.id ?? "customers";
  const load = useAnswer<Sources>(site.id === "" ? undefined : "/sources", {
    ...periodQuery(here, by),
    by,
    credit,
    ...comparedQuery(params),
  });
  const tools = (
    <Seg
      isBare
      label={say("groupBy")}
      options={DIMENSIONS.map((dimension) => ({ value: dimension, name: say(dimension) }))}
      value={by}
      onChoose={(dimension) => choose({ by: dimension === "channel" ? undefined : dimension })}
    />
  );
  return (
    <Panel
      id="sources"
      title={say("where")}
      load={load}
      tools={tools}
      csv={(data) => tableOf(data, say(by))}
      waiting={<GreyRows rows={8} columns={8} />}
      isEmpty={(data) => data.rows.length === 0}
    >
      {(data) => {
        const rows = sortRows(data.rows, sort);
        const shown = isLong ? rows : rows.slice(0, FIRST_ROWS);
        const most = Math.max(
          1,
          ...rows.map(
            (row) =>
              figureOf(row, sort === "rate" || sort === "cac" || sort === "roas" ? "customers" : sort) ?? 0,
          ),
        );
        const chosen = filtersOf(params).find(({ name }) => name === by);
        return (
          <>
            <Scroller name={say("where")}>
              <table class="tbl num">
                <caption class="vh">
                  {say("whereTable", { by: say(by), credit: say(`credit.${data.credit}` as Word) })}
                </caption>
                <thead>
                  <tr>
                    <th scope="col">{say(by)}</th>
                    {COLUMNS.map(({ id, word, title, isOptional }) => (
                      <th
                        scope="col"
                        key={id}
                        class={isOptional ? "opt" : undefined}
                        aria-sort={id === sort ? "descending" : undefined}
                      >
                        <button
                          type="button"
                          data-tip={title === undefined ? undefined : say(title)}
                          onClick={() => choose({ sort: id === "customers" ? undefined : id })}
                        >
                          {say(word)}
                          {id === sort && <span aria-hidden="true"> ↓</span>}
                        </button>
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {shown.map((row) => {
                    const isChosen = chosen?.value === row.value && !chosen.isNot;
                    const bar =
                      figureOf(
                        row,
                        sort === "rate" || sort === "cac" || sort === "roas" ? "customers" : sort,
                      ) ?? 0;
                    return (
                      <tr key={row.value} class={chosen === undefined ? undefined : isChosen ? "sel" : "off"}>
                        <td>
                          <button
                            type="button"
                            class="ch"
                            data-row
                            data-value={row.value}
                            aria-pressed={isChosen}
                            style={{ "--w": `${Math.max(0, (bar / most) * 100)}%` }}
                            onClick={(event) => toggleFilter(by, row.value, event.altKey)}
                          >
                            <span>{row.value}</span>
                          </button>
                        </td>
                        <Figures row={row} before={row.before ?? undefined} by={by} value={row.value} />
                      </tr>
                    );
                  })}
                </tbody>
                <tfoot>
                  <tr data-total>
                    <td>
                      <span class="ch all">
                        <span>{say("allRows")}</span>
                      </span>
                    </td>
                    <Figures row={data.total} before={undefined} />
                  </tr>
                </tfoot>
              </table>
            </Scroller>
            {rows.length > FIRST_ROWS && (
              <p class="hint">
                <button type="button" class="linky" onClick={() => setIsLong(!isLong)}>
                  {isLong ? say("showFewer") : say("showMore", { n: rows.length - FIRST_ROWS })}
                </button>
              </p>
            )}
          </>
        );
      }}
    </Panel>
  );
}

/** What is counted by a column, as a conversion whose touches can be looked at; visitors are the touches themselves. */
const BEHIND: Partial<Record<Column, string | undefined>> = {
  visitors: undefined,
  signUps: "sign_up",
  customers: "first_order",
  revenue: "order",
};

function Figures(props: {
  row: SourceFigures;
  before: SourceFigures | undefined;
  by?: (typeof DIMENSIONS)[number];
  /** The row's name; absent for all rows together, which have nothing to look into. */
  value?: string;
}) {
  const { row, before, by, value: name } = props;
  const { formats, isReadOnly } = useHere();
  const text = (column: Column): string => {
    const value = figureOf(row, column);
    if (value === null) return NOT_APPLICABLE;
    switch (column) {
      case "rate":
        return formats.rate(value);
      case "revenue":
      case "cac":
        return formats.money(value);
      case "roas":
        return formats.times(value);
      default:
        return formats.count(value);
    }
  };
  return (
    <>
      {COLUMNS.map(({ id, isOptional }) => {
        const value = figureOf(row, id);
        const old = before === undefined ? null : figureOf(before, id);
        const change =
          value === null || old === null
            ? undefined
            : formats.change(value, old, id === "rate" ? "points" : "relative");
        const tip =
          change === undefined
            ? undefined
            : `${change.direction < 0 ? "▼" : change.direction > 0 ? "▲" : "="} ${id === "rate" ? say("points", { n: change.text }) : change.text}`;
        return (
          <td
            key={id}
            class={isOptional ? "opt" : undefined}
            data-column={id}
            data-exact={value ?? undefined}
            data-tip={tip}
          >
            {value === null ? (
              <span class="mut">{NOT_APPLICABLE}</span>
            ) : by === undefined || name === undefined || isReadOnly || value === 0 || !(id in BEHIND) ? (
              <Strong isIt={id === "customers"}>{text(id)}</Strong>
            ) : (
              <Link class="fig" to={behind(by, name, BEHIND[id])}>
                <Strong isIt={id === "customers"}>{text(id)}</Strong>
              </Link>
            )}
            {id === "customers" && change !== undefined && (
              <small class="delta opt">
                {" "}
                <Delta change={change} good="up" />
              </small>
            )}
          </td>
        );
      })}
    </>
  );
}

const Strong = ({ isIt, children }: { isIt: boolean; children: string }) =>
  isIt ? <b>{children}</b> : <span>{children}</span>;

function tableOf(data: Sources, by: string): Cell[][] {
  const heads = [
    "visitors",
    "sign_ups",
    "new_customers",
    "orders",
    "revenue_minor",
    "cost_minor",
    "cac_minor",
    "roas",
  ];
  const cells = (row: SourceFigures): Cell[] => [
    row.visitors,
    row.signUps,
    row.customers,
    row.orders,
    row.revenue,
    row.cost,
    row.cac,
    row.roas,
  ];
  return [[by, ...heads], ...data.rows.map((row) => [row.value, ...cells(row)])];
}
