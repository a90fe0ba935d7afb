/**
 * The choice of what the period is compared with: by name, by two dates, with weekends against weekends.
 */
import { useState } from "preact/hooks";
import { choose } from "../address.ts";
import { useHere } from "../context.ts";
import { comparedRange, daysIn, isDate } from "../period.ts";
import { say } from "../words.ts";
import { Drop } from "./drop.tsx";

export function CompareMenu() {
  const { params, compare, range, formats } = useHere();
  const weekdays = params.weekdays === "true";
  const against = comparedRange(range, params);
  const dates = against === undefined ? "" : formats.range(against.from, against.to);
  const days = daysIn(range);
  return (
    <Drop
      class="btn"
      isOn={compare !== "none"}
      summary={
        compare === "none"
          ? say("compare.none")
          : compare === "custom"
            ? say("vs.custom", { dates })
            : say(`vs.${compare}`, { n: days })
      }
    >
      {(["previous", "year", "none"] as const).map((name) => {
        const range2 = comparedRange(range, { ...params, compare: name });
        return (
          <button
            type="button"
            class="item"
            key={name}
            aria-pressed={compare === name}
            onClick={() =>
              choose({
                compare: name === "previous" ? undefined : name,
                compareFrom: undefined,
                compareTo: undefined,
              })
            }
          >
            {say(`compare.${name}`, { n: days })}{" "}
            {range2 !== undefined && <span>{formats.range(range2.from, range2.to)}</span>}
          </button>
        );
      })}
      {(compare === "previous" || compare === "year") && (
        <label class="tick">
          <input
            type="checkbox"
            checked={weekdays}
            onChange={(event) => choose({ weekdays: event.currentTarget.checked ? "true" : undefined })}
          />
          {say("compare.weekdays")}
        </label>
      )}
      <OwnComparison key={dates} from={against?.from ?? range.from} to={against?.to ?? range.to} />
    </Drop>
  );
}

function OwnComparison(props: { from: string; to: string }) {
  const { today } = useHere();
  const [from, setFrom] = useState(props.from);
  const [to, setTo] = useState(props.to);
  return (
    <fieldset>
      <legend class="vh">{say("compare.custom")}</legend>
      <label>
        {say("from")}
        <input type="date" value={from} max={today} onInput={(e) => setFrom(e.currentTarget.value)} />
      </label>
      <label>
        {say("to")}
        <input type="date" value={to} max={today} onInput={(e) => setTo(e.currentTarget.value)} />
      </label>
      <button
        type="button"
        class="btn pri"
        data-close
        disabled={!isDate(from) || !isDate(to) || from > to}
        onClick={() => choose({ compare: "custom", compareFrom: from, compareTo: to, weekdays: undefined })}
      >
        {say("apply")}
      </button>
    </fieldset>
  );
}
