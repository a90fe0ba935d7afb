/**
 * How long raw touchpoints are kept, how much there is, and the commands that operate the data.
 */
import { useState } from "preact/hooks";
import { useAnswer } from "../answer.ts";
import type { Sites } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { Snippet } from "../shell/scroller.tsx";
import { say } from "../words.ts";
import { Section, Trouble, useSaveSite } from "./section.tsx";

export function DataSection() {
  const { site, formats } = useHere();
  const log = useAnswer<Sites>("/sites").data?.log ?? null;
  const { save, isBusy, problem } = useSaveSite();
  const [days, setDays] = useState(String(site.settings.retentionDays || ""));
  const megabytes = new Intl.NumberFormat(formats.language, {
    style: "unit",
    unit: "megabyte",
    maximumFractionDigits: 0,
  });
  return (
    <Section id="data" title={say("set.dataTitle")}>
      <p class="explain" aria-busy={log === null}>
        {log === null ? (
          <span class="grey" />
        ) : (
          say("set.size", {
            n: formats.count(log.touchpoints),
            size: megabytes.format(log.bytes / 1_000_000),
          })
        )}
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
