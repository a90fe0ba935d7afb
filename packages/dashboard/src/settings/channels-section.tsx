/**
 * Channels: the classifier asked about any visit, with the rule and the input that decided it; and the operator's own rules.
 */
import { useState } from "preact/hooks";
import { apiUrl, call } from "../api.ts";
import { useHere } from "../context.ts";
import { say } from "../words.ts";
import { RuleEditor } from "./rule-editor.tsx";
import { Section, Trouble, useChange } from "./section.tsx";

/** What the page shows of the classifier's decision. */
interface Verdict {
  source: string;
  medium: string;
  channel: string;
  campaign?: string | null;
  rule: string;
  evidence: unknown;
  keepsPrevious?: boolean;
}

export function ChannelsSection() {
  return (
    <>
      <TestBox />
      <RuleEditor />
    </>
  );
}

function TestBox() {
  const { site } = useHere();
  const change = useChange();
  const host = site.origins[0] ?? "https://www.shop.example";
  const [url, setUrl] = useState(`${host}/?utm_source=newsletter&utm_medium=email`);
  const [referrer, setReferrer] = useState("");
  const [verdict, setVerdict] = useState<Verdict | undefined>(undefined);
  const test = (): Promise<void> =>
    change.run(async () => {
      setVerdict(await call<Verdict>(apiUrl("/classify", { site: site.id, url, referrer })));
    }, "");
  return (
    <Section id="channels" title={say("set.channelsTitle")}>
      <form
        class="field"
        aria-label={say("set.channelsTitle")}
        onSubmit={(event) => {
          event.preventDefault();
          test();
        }}
      >
        <label>
          {say("set.url")}
          <input id="test-url" value={url} onInput={(event) => setUrl(event.currentTarget.value)} />
        </label>
        <label>
          {say("set.referrer")}
          <input
            id="test-referrer"
            value={referrer}
            placeholder="https://www.google.com/"
            onInput={(event) => setReferrer(event.currentTarget.value)}
          />
        </label>
        <div class="acts">
          <button type="submit" class="btn pri" disabled={change.isBusy || url === ""}>
            {say("set.test")}
          </button>
        </div>
      </form>
      <Trouble problem={change.problem} />
      {verdict !== undefined && (
        <div class="answer" role="status">
          <b data-verdict>{verdict.channel}</b>
          <dl>
            <dt>{say("source")}</dt>
            <dd>{verdict.source}</dd>
            <dt>{say("medium")}</dt>
            <dd>{verdict.medium}</dd>
            {typeof verdict.campaign === "string" && (
              <>
                <dt>{say("campaign")}</dt>
                <dd>{verdict.campaign}</dd>
              </>
            )}
            <dt>{say("set.rule")}</dt>
            <dd>
              {verdict.rule}
              {verdict.keepsPrevious === true && `, ${say("set.keeps")}`}
            </dd>
            <dt>{say("set.evidence")}</dt>
            <dd>
              <code>
                {typeof verdict.evidence === "string" ? verdict.evidence : JSON.stringify(verdict.evidence)}
              </code>
            </dd>
          </dl>
        </div>
      )}
    </Section>
  );
}
