/**
 * The choice of a period: by name, or by two dates.
 */
import { useState } from "preact/hooks";
import { choose } from "../address.ts";
import { useHere } from "../context.ts";
import { DEFAULT_PERIOD, hasOwnDates, isDate, namedRange, PERIODS, periodName } from "../period.ts";
import { say } from "../words.ts";
import { Drop } from "./drop.tsx";

export function PeriodMenu() {
  const { params, range, today, formats } = useHere();
  const isOwn = hasOwnDates(params);
  const name = isOwn ? "own" : periodName(params);
  const dates = formats.range(range.from, range.to);
  return (
    <Drop
      class="btn per"
      summary={
        <>
          {isOwn ? dates : say(`period.${name}`)}
          {!isOwn && <span class="mut hide-s">{dates}</span>}
          <span aria-hidden="true" class="mut">
            ▾
          </span>
        </>
      }
    >
      {PERIODS.map((period) => {
        const named = namedRange(period, today);
        return (
          <button
            type="button"
            class="item"
            key={period}
            aria-pressed={name === period}
            onClick={() =>
              choose({
                period: period === DEFAULT_PERIOD ? undefined : period,
                from: undefined,
                to: undefined,
              })
            }
          >
            {say(`period.${period}`)} <span>{formats.range(named.from, named.to)}</span>
          </button>
        );
      })}
      <OwnDates key={`${range.from} ${range.to}`} from={range.from} to={range.to} today={today} />
    </Drop>
  );
}

function OwnDates(props: { from: string; to: string; today: string }) {
  const [from, setFrom] = useState(props.from);
  const [to, setTo] = useState(props.to);
  const isRight = isDate(from) && isDate(to) && from <= to;
  return (
    <fieldset>
      <legend class="vh">{say("period.own")}</legend>
      <label>
        {say("from")}
        <input type="date" value={from} max={props.today} onInput={(e) => setFrom(e.currentTarget.value)} />
      </label>
      <label>
        {say("to")}
        <input type="date" value={to} max={props.today} onInput={(e) => setTo(e.currentTarget.value)} />
      </label>
      <button
        type="button"
        class="btn pri"
        data-close
        disabled={!isRight}
        onClick={() => choose({ from, to, period: undefined })}
      >
        {say("apply")}
      </button>
    </fieldset>
  );
}
