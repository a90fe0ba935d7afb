/**
 * The life-cycle model: which one the site shows, and an editor that counts people under a draft while it is made, before it is
 * applied.
 */
import "../words/model-words.ts";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { refresh, useAnswer } from "../answer.ts";
import { API, call } from "../api.ts";
import type { Answer } from "../api-shapes.ts";
import type { Model } from "../conditions/condition.ts";
import { useHere } from "../context.ts";
import { readJson } from "../json-text.ts";
import { type Language, languageNow, say } from "../words.ts";
import { asModel, completed, ownName, troublesIn } from "./model-draft.ts";
import { ModelPreview } from "./model-preview.tsx";
import { ModelRules } from "./model-rules.tsx";
import { ModelStages } from "./model-stages.tsx";
import { type Change, Section, Trouble, useChange, useSaveSite } from "./section.tsx";

/** A pause in typing, in milliseconds, after which people are counted under the draft. */
const TYPING_MS = 700;

interface Presets {
  presets: { names: Record<Language, string>; definition: Model }[];
  /** What the stages of ready-made models are called. */
  stages: Record<string, Record<Language, string>>;
}

export function ModelsSection() {
  const { site, stages, stageColour, stageName, formats } = useHere();
  const { save, isBusy, problem } = useSaveSite();
  const ids = [...new Set(site.models.map(({ id }) => id))];
  return (
    <>
      <Section id="models" title={say("set.modelsTitle")}>
        <label>
          {say("set.modelNow")}
          <select
            id="model-now"
            class="input"
            value={site.model}
            disabled={isBusy}
            onChange={(event) => save({ model: event.currentTarget.value })}
          >
            {ids.map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
        <div class="acts tags">
          {stages?.stages.map(({ stage, people }) => (
            <span class="tag" key={stage}>
              <i style={{ background: stageColour(stage) }} />
              {stageName(stage)} <span class="mut">{formats.count(people)}</span>
            </span>
          ))}
        </div>
        <Trouble problem={problem} />
      </Section>
      <Editor />
    </>
  );
}

function Editor() {
  const { site, stages, stageName, formats } = useHere();
  const presets = useAnswer<Presets>("/models/presets").data;
  const current =
    site.models.findLast(({ id, state }) => id === site.model && state === "active") ?? site.models[0];
  const [standing, setStanding] = useState(() => textOf(current?.definition));
  const [text, setText] = useState(standing);
  const [applied, setApplied] = useState<number | undefined>(undefined);
  const change = useChange();
  const { preview, clear } = useCounted(text, text !== standing, change);
  const model = modelIn(text);
  const language = languageNow();
  const known = new Set(stages?.stages.map(({ stage }) => stage));
  const standardName = (stage: string): string =>
    known.has(stage) ? stageName(stage) : (presets?.stages[stage]?.[language] ?? inWords(stage));
  const isDraft = text !== standing;
  const counts = (stage: string): ComponentChildren => {
    const now = stages?.stages.find((row) => row.stage === stage)?.people;
    const then = preview?.stages.find((row) => row.stage === stage)?.people;
    if (then === undefined) return isDraft || now === undefined ? "" : formats.count(now);
    if (then === now) return formats.count(then);
    return (
      <>
        {now !== undefined && `${formats.count(now)} → `}
        <b>{formats.count(then)}</b>
      </>
    );
  };
  const { code, title = "" } = change.problem ?? {};
  const troubles = troublesIn(code === "bad_model" ? title : "");
  const nameOf = (stage: string): string =>
    (model === undefined ? undefined : ownName(model, stage, language)) ?? standardName(stage);

  const write = (next: string): void => {
    setText(next);
    setApplied(undefined);
    clear();
  };
  const edit = (next: Model): void => write(textOf(completed(next)));
  const apply = async (): Promise<void> => {
    const body = { site: site.id, model: readJson(text) };
    const { version } = await call<{ version: number }>(`${API}/models`, { method: "POST", body });
    refresh();
    clear();
    setStanding(text);
    setApplied(version);
  };
  return (
    <Section id="model-edit" title={say("model.title")} explain={say("model.text")} isWide>
      <div class="two">
        <label>
          {say("model.from")}
          <select
            id="model-from"
            class="input"
            value=""
            onChange={(event) => {
              const [kind, place] = event.currentTarget.value.split(" ");
              const from = kind === "mine" ? site.models[Number(place)] : presets?.presets[Number(place)];
              if (from !== undefined) write(textOf(from.definition));
              event.currentTarget.value = "";
            }}
          >
            <option value="">…</option>
            <optgroup label={say("model.mine")}>
              {site.models.map(({ id, version, state }, place) => (
                <option key={`${id} ${version}`} value={`mine ${place}`}>
                  {id} {version} {state === "active" ? "" : `(${state})`}
                </option>
              ))}
            </optgroup>
            <optgroup label={say("model.presets")}>
              {presets?.presets.map(({ names, definition }, place) => (
                <option key={definition.id} value={`preset ${place}`}>
                  {names[language]}
                </option>
              ))}
            </optgroup>
          </select>
        </label>
        {model !== undefined && (
          <label>
            {say("model.id")}
            <input
              id="model-id"
              value={model.id}
              maxLength={40}
              spellcheck={false}
              onInput={(event) => edit({ ...model, id: event.currentTarget.value.trim() })}
            />
          </label>
        )}
      </div>
      {model !== undefined && (
        <>
          <p class="explain">
            {say(site.models.some(({ id }) => id === model.id) ? "model.idSame" : "model.idNew")}
          </p>
          <ModelStages model={model} standardName={standardName} counts={counts} onChange={edit} />
          <ModelRules
            model={model}
            nameOf={nameOf}
            counts={counts}
            troubles={troubles.rules}
            onChange={edit}
          />
        </>
      )}
      <details class="more" open={model === undefined}>
        <summary>{say("model.asText")}</summary>
        <textarea
          id="model-text"
          aria-label={say("set.edit")}
          rows={18}
          spellcheck={false}
          value={text}
          onInput={(event) => write(event.currentTarget.value)}
        />
      </details>
      {preview !== undefined && <ModelPreview preview={preview} nameOf={nameOf} />}
      {troubles.rules.size > 0 && troubles.rest === "" ? (
        <p role="alert" class="failed">
          {say("model.marked", { n: troubles.rules.size })}
        </p>
      ) : (
        <Trouble problem={change.problem} />
      )}
      <div class="acts">
        <button
          type="button"
          class="btn pri"
          disabled={change.isBusy || !isDraft}
          onClick={() => change.run(apply, "")}
        >
          {say("set.applyModel")}
        </button>
        {isDraft && (
          <button type="button" class="btn" onClick={() => write(standing)}>
            {say("model.undo")}
          </button>
        )}
        {applied !== undefined && (
          <span class="ok" role="status" data-applied={applied}>
            {say("set.applied", { n: applied })}
          </span>
        )}
      </div>
    </Section>
  );
}

/** People under the draft, counted after a pause; an answer to an older draft is thrown away. */
function useCounted(
  text: string,
  isDraft: boolean,
  { run, forget }: Change,
): { preview: Answer<"preview"> | undefined; clear: () => void } {
  const { site } = useHere();
  const [preview, setPreview] = useState<Answer<"preview"> | undefined>(undefined);
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    if (!isDraft) {
      forget();
      return;
    }
    const count = async (): Promise<void> => {
      const body = { site: site.id, model: readJson(text) };
      const answer = await call<Answer<"preview">>(`${API}/models/preview`, { method: "POST", body });
      if (latest.current === text) setPreview(answer);
    };
    const timer = setTimeout(() => run(count, ""), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, isDraft]);
  return { preview, clear: () => setPreview(undefined) };
}

const textOf = (model: Model | undefined): string => JSON.stringify(model ?? {}, null, 2);

/** The model a text holds, when fields can be drawn for it. */
function modelIn(text: string): Model | undefined {
  try {
    return asModel(JSON.parse(text));
  } catch {
    return undefined; // Half typed; the counting says what is wrong.
  }
}

const inWords = (stage: string): string => {
  const words = stage.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};
