/**
 * Do they come back? Customers by the month of their first order, and what they did in each month since.
 */
import { choose } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { Cohorts } from "../api-shapes.ts";
import { filterQuery, type Here, useHere } from "../context.ts";
import type { Cell } from "../csv.ts";
import { GreyRows, Panel } from "../panel.tsx";
import { Scroller } from "../shell/scroller.tsx";
import { Seg } from "../shell/seg.tsx";
import { say } from "../words.ts";

type CohortCell = Cohorts["rows"][number]["cells"][number];
const UNITS = ["month", "week"] as const;

/** Columns that are always drawn. */
const FEWEST = 6;

export function CohortsPanel() {
  const here = useHere();
  const { site, params, formats } = here;
  const isRevenue = params.measure === "revenue";
  const every = params.every === "week" ? "week" : "month";
  const load = useAnswer<Cohorts>(site.id === "" ? undefined : "/cohorts", { ...filterQuery(here), every });
  const tools = (
    <>
      <Seg
        isBare
        class="opt"
        label={say("groupBy")}
        options={UNITS.map((unit) => ({ value: unit, name: say(unit === "month" ? "months" : "weeks") }))}
        value={every}
        onChoose={(unit) => choose({ every: unit === "month" ? undefined : unit })}
      />
      <Seg
        isBare
        label={say("measure")}
        options={(["orders", "revenue"] as const).map((measure) => ({ value: measure, name: say(measure) }))}
        value={isRevenue ? "revenue" : "orders"}
        onChoose={(measure) => choose({ measure: measure === "revenue" ? measure : undefined })}
      />
    </>
  );
  return (
    <Panel
      id="cohorts"
      title={say("cohorts")}
      sub={say(isRevenue ? "cohortsSubRevenue" : "cohortsSub")}
      load={load}
      tools={tools}
      csv={tableOf}
      waiting={<GreyRows rows={6} columns={7} />}
      isEmpty={(data) => data.rows.every(({ people }) => people === 0)}
    >
      {(data) => {
        // Leading cohorts without anybody say nothing.
        const first = data.rows.findIndex(({ people }) => people > 0);
        const rows = data.rows.slice(Math.max(0, first));
        // Orders begin with the unit after the first order; revenue with the unit of the order itself.
        const begin = isRevenue ? 0 : 1;
        // A young shop has one or two; spread over the whole width they would look like much.
        const columns = Math.min(12, Math.max(FEWEST, ...rows.map(({ cells }) => cells.length - begin)));
        const figure = (cell: CohortCell, people: number): number | null => {
          const { soFar } = cell;
          if (isRevenue) return cell.revenue ?? soFar?.revenue ?? null;
          if (cell.share !== null) return cell.share;
          return soFar === undefined || people === 0 ? null : soFar.people / people;
        };
        const all = rows.flatMap(({ cells, people }) =>
          cells.filter(({ index }) => index >= begin).map((cell) => figure(cell, people) ?? 0),
        );
        const most = Math.max(...all, 0);
        return (
          <Scroller class="coh-w" name={say("cohorts")}>
            <table class="coh num">
              <caption class="vh">{say("cohortsTable")}</caption>
              <thead>
                <tr>
                  <th scope="col">{say("firstOrder")}</th>
                  <th scope="col" class="n">
                    {say("people")}
                  </th>
                  {Array.from({ length: columns }, (_, i) => (
                    <th scope="col" key={i}>
                      <span class="vh">{say(every === "month" ? "monthN" : "weekN", { n: i + begin })}</span>
                      <span aria-hidden="true">
                        {i === 0 && (every === "month" ? say("monthLetter") : say("weekLetter"))}
                        {i + begin}
                      </span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.cohort}>
                    <th scope="row">{every === "month" ? formats.month(row.from) : formats.day(row.from)}</th>
                    <td class="n">{formats.count(row.people)}</td>
                    {Array.from({ length: columns }, (_, i) => {
                      const cell = row.cells.find(({ index }) => index === i + begin);
                      const value = cell === undefined || row.people === 0 ? null : figure(cell, row.people);
                      if (value === null) return <td key={i} />;
                      const isPart = cell?.soFar !== undefined;
                      const strength = most === 0 ? 6 : 6 + (value / most) * 46;
                      return (
                        <td
                          key={i}
                          class={isPart ? "c part" : "c"}
                          style={{ "--v": `${strength.toFixed(1)}%` }}
                          data-tip={tipOf(cell!, row, here, isPart)}
                          data-share={isRevenue ? undefined : value}
                        >
                          {isRevenue ? short(value, here) : formats.percent(value)}
                          {isPart && <span class="vh"> {say("soFar")}</span>}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroller>
        );
      }}
    </Panel>
  );
}

/** Money in a narrow cell: without cents, and thousands as "4,3k"; languages that write them out have no room for it here. */
function short(minor: number, { formats, site }: Here): string {
  const amount = minor / 10 ** digitsOf(site.currency);
  const [size, sign] = amount >= 999_500 ? [1e6, "M"] : amount >= 1_000 ? [1e3, "k"] : [1, ""];
  const digits = sign !== "" && amount / size < 9.95 ? 1 : 0;
  const number = new Intl.NumberFormat(formats.language, { maximumFractionDigits: digits });
  return `${number.format(amount / size)}${sign}`;
}

const digitsOf = (currency: string): number =>
  new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;

function tipOf(cell: CohortCell, row: Cohorts["rows"][number], { formats }: Here, isPart: boolean): string {
  const people = cell.people ?? cell.soFar?.people ?? 0;
  const revenue = cell.revenue ?? cell.soFar?.revenue ?? 0;
  const lines = [
    `${formats.count(people)} / ${formats.count(row.people)} ${say("people")}`,
    formats.money(revenue),
    ...(isPart ? [say("unfinished")] : []),
  ];
  return lines.join("\n");
}

function tableOf(data: Cohorts): Cell[][] {
  const columns = Math.max(0, ...data.rows.map(({ cells }) => cells.length));
  const heads = Array.from({ length: columns }, (_, i) => [
    `people_${i}`,
    `orders_${i}`,
    `revenue_minor_${i}`,
  ]);
  return [
    ["cohort", "people", ...heads.flat()],
    ...data.rows.map((row): Cell[] => [
      row.cohort,
      row.people,
      ...row.cells.flatMap(({ people, orders, revenue }) => [people, orders, revenue]),
    ]),
  ];
}
