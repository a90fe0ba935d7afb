/**
 * The six figures. Each is a button: it chooses what the table below is sorted by.
 */
import { choose } from "../address.ts";
import type { Load } from "../answer.ts";
import type { Figure, FigureId, Kpis } from "../api-shapes.ts";
import { Spark } from "../charts/spark.tsx";
import { useHere } from "../context.ts";
import { type Change, type Formats, formatsFor } from "../format.ts";
import { Delta } from "../panel.tsx";
import { comparedRange, daysIn } from "../period.ts";
import { ProblemText } from "../shell/states.tsx";
import { say } from "../words.ts";

export const FIGURES: readonly FigureId[] = [
  "visitors",
  "sign_ups",
  "new_customers",
  "revenue",
  "repeat_rate",
  "cac",
];
/** Rates from fewer people than this are greyed. */
const FEW = 30;
/** The column of the table below that shows a figure per row. */
export const COLUMN_OF: Partial<Record<FigureId, string>> = {
  visitors: "visitors",
  sign_ups: "signUps",
  new_customers: "customers",
  revenue: "revenue",
  cac: "cac",
};

export function KpiRow({ load }: { load: Load<Kpis> }) {
  const { formats, compare, range, params, site } = useHere();
  const against = comparedRange(range, params);
  const { data, problem } = load;
  const sorted = params.sort ?? "customers";
  if (problem !== undefined && data === undefined) {
    return (
      <section class="card note" role="alert" aria-label={say("keyFigures")}>
        <b>{say("panelError")}</b>
        <ProblemText problem={problem} />
        <button type="button" class="btn" onClick={load.retry}>
          {say("tryAgain")}
        </button>
      </section>
    );
  }
  const days = daysIn(range);
  const others = data === undefined ? undefined : withoutRate(data, formats, site.zone);
  return (
    <section
      class={`card kpis num${load.isStale ? " stale" : ""}`}
      aria-label={say("keyFigures")}
      aria-busy={data === undefined}
    >
      {FIGURES.map((id) => {
        const figure = data?.figures[id];
        const column = COLUMN_OF[id];
        return (
          <button
            type="button"
            class="kpi"
            key={id}
            data-figure={id}
            aria-pressed={column !== undefined && sorted === column}
            onClick={() =>
              column !== undefined && choose({ sort: column === "customers" ? undefined : column })
            }
          >
            <span class="k">{say(id)}</span>
            {figure === undefined ? (
              <>
                <span class="v">
                  <span class="grey big" />
                </span>
                <span />
                <span class="d">
                  <span class="grey" />
                </span>
              </>
            ) : (
              <>
                <Value figure={figure} formats={formats} />
                <Spark
                  values={data!.daily.figures[id]}
                  before={data!.dailyBefore?.[id]}
                  isUnfinished={data!.period.isUnfinished}
                />
                <span class="d">
                  {compare !== "none" && <Against figure={figure} formats={formats} />}
                  {id === "revenue" && others !== undefined ? (
                    <span data-others data-tip={others}>
                      {" "}
                      {others}
                    </span>
                  ) : (
                    compare !== "none" &&
                    changeOf(figure, formats) !== undefined && (
                      <span class="hide-s">
                        {" "}
                        {say(params.weekdays === "true" ? "on.custom" : `on.${compare}`, {
                          n: days,
                          dates: against === undefined ? "" : formats.range(against.from, against.to),
                        })}
                      </span>
                    )
                  )}
                </span>
              </>
            )}
          </button>
        );
      })}
    </section>
  );
}

function Value({ figure, formats }: { figure: Figure; formats: Formats }) {
  const { value, unit, denominator } = figure;
  if (value === null) {
    const text =
      figure.reason === "no_cost"
        ? say("noCost")
        : figure.reason === "not_with_filter"
          ? say("notWithFilter")
          : say("noValue");
    return <span class="v none">{text}</span>;
  }
  const isFew = unit === "rate" && denominator !== undefined && denominator < FEW;
  const exact = unit === "money" ? undefined : unit === "rate" ? undefined : formats.exact(value);
  return (
    <span
      class={isFew ? "v few" : "v"}
      data-value={value}
      data-tip={isFew ? say("fewPeople", { n: denominator }) : exact}
    >
      {written(figure, value, formats)}
    </span>
  );
}

export function written(figure: Pick<Figure, "unit">, value: number, formats: Formats): string {
  switch (figure.unit) {
    case "money":
      return formats.money(value);
    case "rate":
      return formats.rate(value);
    default:
      return formats.count(value);
  }
}

export function changeOf(figure: Figure, formats: Formats): Change | undefined {
  const before = figure.before?.value;
  if (figure.value === null || before === null || before === undefined) return undefined;
  return formats.change(figure.value, before, figure.unit === "rate" ? "points" : "relative");
}

function Against({ figure, formats }: { figure: Figure; formats: Formats }) {
  return <Delta change={changeOf(figure, formats)} good={figure.good} isPoints={figure.unit === "rate"} />;
}

/** Revenue in currencies nobody set a rate for: it is in no sum, so it is told beside it. Undefined when there is none. */
function withoutRate({ currencies, currency }: Kpis, formats: Formats, zone: string): string | undefined {
  if (currencies.every(({ rate }) => rate !== null)) return undefined;
  const sums = currencies
    .filter((one) => one.currency !== currency && one.revenue !== 0)
    .map((one) => formatsFor(formats.language, one.currency, zone).money(one.revenue));
  return sums.length === 0 ? undefined : say("withoutRate", { sums: sums.join(", ") });
}
