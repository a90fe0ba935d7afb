/**
 * The life-cycle model: which one the site shows, and an editor that counts people under a draft while it is typed, before it is
 * applied.
 */
import { useEffect, useState } from "preact/hooks";
import { refresh } from "../answer.ts";
import { API, call } from "../api.ts";
import type { Answer } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { readJson } from "../json-text.ts";
import { say } from "../words.ts";
import { Section, Trouble, useChange, useSaveSite } from "./section.tsx";

/** A pause in typing, in milliseconds, after which people are counted under the draft. */
const TYPING_MS = 700;

export function ModelsSection() {
  const { site, stages, stageName, stageColour, formats } = useHere();
  const { save, isBusy, problem } = useSaveSite();
  const change = useChange();
  const current =
    site.models.findLast(({ id, state }) => id === site.model && state === "active") ?? site.models[0];
  const [standing] = useState(() => JSON.stringify(current?.definition ?? {}, null, 2));
  const [text, setText] = useState(standing);
  const [preview, setPreview] = useState<Answer<"preview"> | undefined>(undefined);
  const [applied, setApplied] = useState<number | undefined>(undefined);
  const ids = [...new Set(site.models.map(({ id }) => id))];
  const count = (): Promise<void> =>
    change.run(async () => {
      const body = { site: site.id, model: readJson(text) };
      setPreview(await call<Answer<"preview">>(`${API}/models/preview`, { method: "POST", body }));
    }, "");
  useEffect(() => {
    if (text === standing) return;
    const timer = setTimeout(count, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
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
      <label>
        {say("set.edit")}
        <textarea
          id="model-text"
          rows={18}
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setPreview(undefined);
            setApplied(undefined);
          }}
        />
      </label>
      <Trouble problem={problem ?? change.problem} />
      <div class="acts">
        <button type="button" class="btn" disabled={change.isBusy} onClick={count}>
          {say("set.preview")}
        </button>
        <button
          type="button"
          class="btn pri"
          disabled={change.isBusy}
          onClick={() =>
            change.run(async () => {
              const { version } = await call<{ version: number }>(`${API}/models`, {
                method: "POST",
                body: { site: site.id, model: readJson(text) },
              });
              refresh();
              setPreview(undefined);
              setApplied(version);
            }, "")
          }
        >
          {say("set.applyModel")}
        </button>
        {applied !== undefined && (
          <span class="ok" role="status" data-applied={applied}>
            {say("set.applied", { n: applied })}
          </span>
        )}
      </div>
      {preview !== undefined && <Preview preview={preview} />}
    </Section>
  );
}

function Preview({ preview }: { preview: Answer<"preview"> }) {
  const { stages, stageName, formats } = useHere();
  const now = new Map(stages?.stages.map(({ stage, people }) => [stage, people]));
  const most = Math.max(1, ...preview.stages.map(({ people }) => people));
  return (
    <table class="tbl num inset" data-preview={preview.people}>
      <caption>{say("set.previewTitle")}</caption>
      <thead>
        <tr>
          <th scope="col">{say("stage")}</th>
          <th scope="col">{say("set.now")}</th>
          <th scope="col">{say("set.then")}</th>
        </tr>
      </thead>
      <tbody>
        {preview.stages.map(({ stage, label, people }) => (
          <tr key={stage} data-stage={stage} data-people={people}>
            <td>
              <span class="ch" style={{ "--w": `${(people / most) * 100}%` }}>
                <span>{now.has(stage) ? stageName(stage) : label}</span>
              </span>
            </td>
            <td class="mut">{formats.count(now.get(stage) ?? 0)}</td>
            <td>
              <b>{formats.count(people)}</b>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
