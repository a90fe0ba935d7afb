/**
 * The sentence that answers the question the page is opened for, with names as filter links.
 */
import { choose, filterKey, filtersOf, toggleFilter } from "../address.ts";
import type { Load } from "../answer.ts";
import type { Kpis, Sources } from "../api-shapes.ts";
import { type Here, useHere } from "../context.ts";
import { comparedRange, daysIn } from "../period.ts";
import { say } from "../words.ts";
import { leadParts } from "./lead-parts.ts";

export function Lead({ kpis, channels }: { kpis: Load<Kpis>; channels: Load<Sources> }) {
  const here = useHere();
  const figures = kpis.data?.figures;
  const isWaiting = figures === undefined || channels.data === undefined;
  return (
    <div class={`lead${kpis.isStale ? " stale" : ""}`} aria-live="polite" aria-busy={isWaiting}>
      {isWaiting ? (
        kpis.problem === undefined && channels.problem === undefined && <span class="grey lead1" />
      ) : filtersOf(here.params).length > 0 ? (
        <Filtered here={here} kpis={kpis.data!} channels={channels.data!} />
      ) : (
        <Everybody here={here} kpis={kpis.data!} channels={channels.data!} />
      )}
    </div>
  );
}

interface Ready {
  here: Here;
  kpis: Kpis;
  channels: Sources;
}

function Everybody({ here, kpis, channels }: Ready) {
  const { formats, compare, range } = here;
  const { new_customers, visitors } = kpis.figures;
  const customers = new_customers.value ?? 0;
  const before = compare === "none" ? undefined : (new_customers.before?.value ?? undefined);
  const parts = leadParts({ customers, before, rows: channels.rows });
  const when = formats.range(range.from, range.to);
  if (customers === 0) {
    return (
      <p>
        <strong>{say("leadNobody")}</strong> {say("leadFirst", { period: when })}{" "}
        {(visitors.value ?? 0) > 0 && parts.top === undefined && (
          <>
            {formats.count(visitors.value ?? 0)} {say("visitors")}.
          </>
        )}
      </p>
    );
  }
  const dates = comparedRange(range, here.params);
  const against =
    dates !== undefined && (compare === "custom" || here.params.weekdays === "true")
      ? formats.range(dates.from, dates.to)
      : compare === "year"
        ? say("beforeYear")
        : say("beforePrevious", { n: daysIn(range) });
  const change = formats.change(customers, before ?? 0, "relative");
  return (
    <p>
      <strong>
        {formats.count(customers)} {say("leadCustomers", { n: customers })}
      </strong>
      {change === undefined ? (
        <> {say("leadFirst", { period: when })} </>
      ) : change.direction === 0 ? (
        <>, {say("leadSame", { before: against })} </>
      ) : (
        <>
          ,{" "}
          {say(change.direction > 0 ? "leadMore" : "leadLess", {
            change: change.text,
            before: against,
          })}{" "}
        </>
      )}
      {parts.mover !== undefined ? (
        <>
          <Name value={parts.mover.value} /> {say(parts.mover.isRise ? "leadRise" : "leadFall")}
        </>
      ) : (
        parts.top !== undefined && (
          <>
            <Name value={parts.top} /> {say("leadMost")}
          </>
        )
      )}
      {(parts.mover ?? parts.top) !== undefined && (parts.dear === undefined ? "." : "; ")}
      {parts.dear !== undefined && (
        <>
          <Name value={parts.dear.value} /> {say("leadCost", { money: formats.money(parts.dear.cac) })}
        </>
      )}
    </p>
  );
}

function Name({ value }: { value: string }) {
  return (
    <button type="button" onClick={() => toggleFilter("channel", value)}>
      {value}
    </button>
  );
}

function Filtered({ here, kpis, channels }: Ready) {
  const { formats, params } = here;
  const filters = filtersOf(params);
  const customers = kpis.figures.new_customers.value ?? 0;
  const revenue = kpis.figures.revenue.value;
  const all = channels.total.customers;
  const only = filters.length === 1 ? filters[0]! : undefined;
  const isChannel = only?.name === "channel";
  const name = only === undefined ? "" : only.name === "stage" ? here.stageName(only.value) : only.value;
  const share = all === 0 ? null : customers / all;
  return (
    <p>
      <strong>
        {formats.count(customers)}{" "}
        {say(only === undefined ? "leadCustomersFiltered" : only.isNot ? "leadNot" : "leadThrough", {
          n: customers,
          name,
        })}
      </strong>
      {isChannel && share !== null && !only.isNot ? (
        <>, {say("leadShare", { share: formats.percent(share), money: formats.money(revenue) })} </>
      ) : (
        <>; {say("leadRevenue", { money: formats.money(revenue) })} </>
      )}
      <button
        type="button"
        onClick={() => choose(Object.fromEntries(filters.map((filter) => [filterKey(filter), undefined])))}
      >
        {say("showEvery")}
      </button>
    </p>
  );
}
