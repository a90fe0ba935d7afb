/**
 * Settings: what an operator decides about a site, in sections with addresses of their own.
 */
import "../words/rule-words.ts";
import "../words/settings-words.ts";
import type { ComponentType } from "preact";
import { addressOf } from "../address.ts";
import { useHere } from "../context.ts";
import { Link } from "../shell/link.tsx";
import { say, type Word } from "../words.ts";
import { ChannelsSection } from "./channels-section.tsx";
import { ConnectorsSection } from "./connectors-section.tsx";
import { CostsSection } from "./costs-section.tsx";
import { DataSection } from "./data-section.tsx";
import { KeysSection } from "./keys-section.tsx";
import { ModelsSection } from "./models-section.tsx";
import { SharingSection } from "./sharing-section.tsx";
import { SiteSection } from "./site-section.tsx";
import { SnippetSection } from "./snippet-section.tsx";
import { TargetsSection } from "./targets-section.tsx";
import { TrafficSection } from "./traffic-section.tsx";

const SECTIONS: Readonly<Record<string, ComponentType>> = {
  snippet: SnippetSection,
  site: SiteSection,
  channels: ChannelsSection,
  models: ModelsSection,
  traffic: TrafficSection,
  costs: CostsSection,
  connectors: ConnectorsSection,
  targets: TargetsSection,
  keys: KeysSection,
  sharing: SharingSection,
  data: DataSection,
};

export default function SettingsPage() {
  const { address, isReadOnly, site } = useHere();
  const name = address.item !== undefined && Object.hasOwn(SECTIONS, address.item) ? address.item : "snippet";
  const Section = SECTIONS[name]!;
  return (
    <>
      <div class="head">
        <h1>{say("settings")}</h1>
      </div>
      {isReadOnly ? (
        <p class="note">{say("set.readOnly")}</p>
      ) : (
        <div class="cols">
          <nav class="side" aria-label={say("settings")}>
            {Object.keys(SECTIONS).map((section) => (
              <Link key={section} to={addressOf("settings", section)} current={section === name}>
                {say(`set.${section}` as Word)}
              </Link>
            ))}
          </nav>
          <div>{site.id !== "" && <Section key={site.id} />}</div>
        </div>
      )}
    </>
  );
}
