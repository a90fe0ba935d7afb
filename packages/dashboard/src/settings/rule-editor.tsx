/**
 * The operator's own channel rules: made, ordered and removed here; what they would move in history is shown before they apply.
 */
import { useEffect, useState } from "preact/hooks";
import { refresh } from "../answer.ts";
import { API, call } from "../api.ts";
import type { Answer } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { readJson } from "../json-text.ts";
import { say } from "../words.ts";
import { MovesTable } from "./moves-table.tsx";
import { CHANNELS, conditionWords, RULE_FIELDS, RULE_TESTS, type Rule, simpleRule } from "./rule-words.ts";
import { Section, Trouble, useChange } from "./section.tsx";

/** How often the page looks how far a reclassification has come. */
const LOOK_MS = 2_000;
const MOST_PEOPLE = 100_000;

export function RuleEditor() {
  const { site, formats } = useHere();
  const change = useChange();
  const { settings } = site;
  const [rules, setRules] = useState<readonly Rule[]>(settings.rules);
  const [profile, setProfile] = useState(settings.profile);
  const [hosts, setHosts] = useState(settings.hosts.join("\n"));
  const [moves, setMoves] = useState<Answer<"reclassify"> | undefined>(undefined);
  const isRunning = site.reclassified !== null;
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => refresh(`${API}/sites`), LOOK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);

  const edit = (next: readonly Rule[]): void => {
    setRules(next);
    setMoves(undefined);
  };
  const draft = { profile, hosts: hosts.split(/\s+/).filter((line) => line !== ""), rules };
  const send = (more: Record<string, unknown>): Promise<Answer<"reclassify">> =>
    call(`${API}/sites/${encodeURIComponent(site.id)}/reclassify`, {
      method: "POST",
      body: { ...draft, ...more },
    });
  const apply = async (): Promise<void> => {
    await send({ apply: true });
    setMoves(undefined);
    refresh();
  };
  return (
    <Section id="rules" title={say("rule.title")} explain={say("rule.text")}>
      {isRunning ? (
        <p class="pill" role="status">
          {say("rule.running", { share: formats.percent(site.reclassified) })}
        </p>
      ) : (
        site.isStale && (
          <p class="pill" role="status" data-stale>
            {say("rule.stale")}
          </p>
        )
      )}
      {rules.length > 0 && (
        <ol class="rules">
          {rules.map((rule, place) => (
            <li key={rule.id} data-rule-id={rule.id}>
              <span>
                {conditionWords(rule.when)} → <b>{rule.set.channel}</b>
              </span>
              <span class="acts">
                <button
                  type="button"
                  class="btn"
                  disabled={place === 0}
                  aria-label={say("rule.up", { n: place + 1 })}
                  onClick={() => edit(rules.with(place - 1, rule).with(place, rules[place - 1]!))}
                >
                  ↑
                </button>
                <button
                  type="button"
                  class="btn danger"
                  aria-label={say("rule.remove", { n: place + 1 })}
                  onClick={() => edit(rules.toSpliced(place, 1))}
                >
                  ✕
                </button>
              </span>
            </li>
          ))}
        </ol>
      )}
      <NewRule onAdd={(make) => edit([...rules, make(rules.map(({ id }) => id))])} />
      <RulesAsText rules={rules} onChange={edit} />
      <div class="two top">
        <label>
          {say("rule.profile")}
          <select
            id="rule-profile"
            class="input"
            value={profile}
            onChange={(event) => {
              setProfile(event.currentTarget.value as typeof profile);
              setMoves(undefined);
            }}
          >
            <option value="default">{say("rule.profile.default")}</option>
            <option value="ga4">{say("rule.profile.ga4")}</option>
          </select>
        </label>
        <label>
          {say("rule.hosts")}
          <textarea
            id="rule-hosts"
            rows={2}
            class="low"
            value={hosts}
            onInput={(event) => {
              setHosts(event.currentTarget.value);
              setMoves(undefined);
            }}
          />
        </label>
      </div>
      <Trouble problem={change.problem} />
      <div class="acts">
        <button
          type="button"
          class="btn"
          disabled={change.isBusy}
          onClick={() => change.run(async () => setMoves(await send({ limit: MOST_PEOPLE })), "")}
        >
          {say("rule.preview")}
        </button>
        <button
          type="button"
          class="btn pri"
          disabled={change.isBusy}
          onClick={() => change.run(apply, say("rule.applied"))}
        >
          {say("rule.apply")}
        </button>
      </div>
      {moves !== undefined && <MovesTable moves={moves} />}
    </Section>
  );
}

function NewRule({ onAdd }: { onAdd: (make: (taken: readonly string[]) => Rule) => void }) {
  const [field, setField] = useState<(typeof RULE_FIELDS)[number]>("source");
  const [test, setTest] = useState<(typeof RULE_TESTS)[number]>("is");
  const [value, setValue] = useState("");
  const [channel, setChannel] = useState<(typeof CHANNELS)[number]>("Affiliates");
  return (
    <form
      class="rule"
      aria-label={say("rule.new")}
      onSubmit={(event) => {
        event.preventDefault();
        onAdd((taken) => simpleRule(field, test, value.trim(), channel, taken));
        setValue("");
      }}
    >
      <select
        id="rule-field"
        class="input"
        aria-label={say("rule.field")}
        value={field}
        onChange={(event) => setField(event.currentTarget.value as typeof field)}
      >
        {RULE_FIELDS.map((name) => (
          <option key={name} value={name}>
            {say(`rule.field.${name}`)}
          </option>
        ))}
      </select>
      <select
        id="rule-test"
        class="input"
        aria-label={say("rule.test")}
        value={test}
        onChange={(event) => setTest(event.currentTarget.value as typeof test)}
      >
        {RULE_TESTS.map((name) => (
          <option key={name} value={name}>
            {say(`rule.test.${name}`)}
          </option>
        ))}
      </select>
      <input
        id="rule-value"
        aria-label={say("rule.value")}
        placeholder={say("rule.value")}
        maxLength={256}
        value={value}
        onInput={(event) => setValue(event.currentTarget.value)}
      />
      <span class="acts">
        <span aria-hidden="true">→</span>
        <select
          id="rule-channel"
          class="input"
          aria-label={say("channel")}
          value={channel}
          onChange={(event) => setChannel(event.currentTarget.value as typeof channel)}
        >
          {CHANNELS.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <button type="submit" class="btn" disabled={value.trim() === ""}>
          {say("rule.add")}
        </button>
      </span>
    </form>
  );
}

/** For conditions inside conditions, which a form would only hide. */
function RulesAsText(props: { rules: readonly Rule[]; onChange: (rules: readonly Rule[]) => void }) {
  const [text, setText] = useState<string | undefined>(undefined);
  const change = useChange();
  const shown = text ?? JSON.stringify(props.rules, null, 1);
  return (
    <details class="more">
      <summary>{say("rule.asText")}</summary>
      <textarea
        id="rule-text"
        aria-label={say("rule.asText")}
        rows={10}
        spellcheck={false}
        value={shown}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Trouble problem={change.problem} />
      <div class="acts">
        <button
          type="button"
          class="btn"
          disabled={text === undefined}
          onClick={() =>
            change.run(async () => {
              // The collector checks every part of them, at the preview and before they apply.
              const read = readJson(shown);
              props.onChange(Array.isArray(read) ? (read as Rule[]) : []);
              setText(undefined);
            }, "")
          }
        >
          {say("rule.take")}
        </button>
      </div>
    </details>
  );
}
