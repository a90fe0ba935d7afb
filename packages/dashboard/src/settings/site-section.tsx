/**
 * Name, time zone, currency and origins of the site.
 */
import { useState } from "preact/hooks";
import { useHere } from "../context.ts";
import { say } from "../words.ts";
import { Section, Trouble, useSaveSite } from "./section.tsx";

export function SiteSection() {
  const { site } = useHere();
  const { save, isBusy, problem } = useSaveSite();
  const [name, setName] = useState(site.name);
  const [zone, setZone] = useState(site.zone);
  const [currency, setCurrency] = useState(site.currency);
  const [origins, setOrigins] = useState(site.origins.join("\n"));
  return (
    <Section id="site" title={say("set.siteTitle")}>
      <label>
        {say("set.name")}
        <input value={name} maxLength={100} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <div class="two">
        <label>
          {say("set.zone")}
          <input list="zones" value={zone} onInput={(event) => setZone(event.currentTarget.value)} />
        </label>
        <label>
          {say("set.currency")}
          <input
            value={currency}
            maxLength={3}
            onInput={(event) => setCurrency(event.currentTarget.value.toUpperCase())}
          />
        </label>
      </div>
      <datalist id="zones">
        {Intl.supportedValuesOf("timeZone").map((known) => (
          <option key={known} value={known} />
        ))}
      </datalist>
      <label>
        {say("set.origins")}
        <textarea
          rows={4}
          value={origins}
          placeholder="https://www.shop.example"
          onInput={(event) => setOrigins(event.currentTarget.value)}
        />
      </label>
      <Trouble problem={problem} />
      <div class="acts">
        <button
          type="button"
          class="btn pri"
          disabled={isBusy}
          onClick={() =>
            save({ name, zone, currency, origins: origins.split(/\s+/).filter((line) => line !== "") })
          }
        >
          {say("set.save")}
        </button>
      </div>
    </Section>
  );
}
