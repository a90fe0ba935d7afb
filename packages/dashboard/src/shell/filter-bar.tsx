/**
 * The bar of choices that concern the whole page: filters, who gets the credit, period, comparison, sharing.
 */
import { choose, filterKey, filtersOf } from "../address.ts";
import { useHere } from "../context.ts";
import { say, type Word } from "../words.ts";
import { CompareMenu } from "./compare-menu.tsx";
import { FilterMenu } from "./filter-menu.tsx";
import { PeriodMenu } from "./period-menu.tsx";
import { Seg } from "./seg.tsx";
import { ShareMenu } from "./share-menu.tsx";

/** Who gets the credit, in the order of the switch; the analysts' models are on the page of journeys. */
const CREDITS = ["first", "last-non-direct", "linear", "position", "decay"] as const;

export function FilterBar() {
  const here = useHere();
  const { params, credit } = here;
  return (
    <search class="bar" aria-label={say("filtersAndPeriod")}>
      <div class="wrap">
        <Chips />
        <FilterMenu />
        <span class="push lab hide-s" aria-hidden="true">
          {say("creditGoesTo")}
        </span>
        <Seg
          label={say("creditGoesTo")}
          options={CREDITS.map((model) => ({ value: model as string, name: say(`credit.${model}` as Word) }))}
          value={credit}
          onChoose={(model) => choose({ credit: model === "last-non-direct" ? undefined : model })}
        />
        <PeriodMenu />
        <CompareMenu />
        <ShareMenu params={params} />
      </div>
    </search>
  );
}

function Chips() {
  const { params, stageName } = useHere();
  return (
    <span class="chips">
      {filtersOf(params).map((filter) => {
        const gaps = {
          name: say(filter.name),
          is: say(filter.isNot ? "filterIsNot" : "filterIs"),
          value: filter.name === "stage" ? stageName(filter.value) : filter.value,
        };
        const turned = { ...filter, isNot: !filter.isNot };
        return (
          <span class="chip" key={filterKey(filter)}>
            <button
              type="button"
              title={say("editFilter", gaps)}
              onClick={() => choose({ [filterKey(filter)]: undefined, [filterKey(turned)]: filter.value })}
            >
              {gaps.name} {gaps.is} <b>{gaps.value}</b>
            </button>
            <button
              type="button"
              aria-label={say("removeFilter", gaps)}
              onClick={() => choose({ [filterKey(filter)]: undefined })}
            >
              ✕
            </button>
          </span>
        );
      })}
    </span>
  );
}
