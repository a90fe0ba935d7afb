/**
 * How long raw touchpoints are kept, how much there is, and the commands that operate the data.
 */
import { useState } from "preact/hooks";
import { useHere } from "../context.ts";
import { Snippet } from "../shell/scroller.tsx";
import { say } from "../words.ts";
import { Section, Trouble, useSaveSite } from "./section.tsx";

export function DataSection() {
  const { site, sites, formats } = useHere();
  const { save, isBusy, problem } = useSaveSite();
  const [days, setDays] = useState(String(site.settings.retentionDays || ""));
  const megabytes = new Intl.NumberFormat(formats.language, {
    style: "unit",
    unit: "megabyte",
    maximumFractionDigits: 0,
  });
  return (
    <Section id="data" title={say("set.dataTitle")}>
      <p class="explain">
        {say("set.size", {
          n: formats.count(sites.log.touchpoints),
          size: megabytes.format(sites.log.bytes / 1_000_000),
        })}
      </p>
      <label>
        {say("set.retention")}
        <input
          type="number"
          min={0}
          max={3650}
          value={days}
          onInput={(event) => setDays(event.currentTarget.value)}
        />
      </label>
      <Trouble problem={problem} />
      <div class="acts">
        <button
          type="button"
          class="btn pri"
          disabled={isBusy || !/^\d{0,4}$/.test(days)}
          onClick={() => save({ retentionDays: Number(days) })}
        >
          {say("set.save")}
        </button>
      </div>
      <p class="explain">{say("set.backup")}</p>
      <Snippet
        name={say("set.backup")}
        text={`sojourn backup shop.backup\nsojourn import orders orders.csv --site ${site.id}\nsojourn doctor`}
      />
    </Section>
  );
}
