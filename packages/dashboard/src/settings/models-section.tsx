/**
 * The life-cycle model: which one the site shows, and an editor that counts people under a draft before it is applied.
 */
import { useState } from "preact/hooks";
import { refresh } from "../answer.ts";
import { API, call } from "../api.ts";
import { useHere } from "../context.ts";
import { say } from "../words.ts";
import { Section, Trouble, useChange, useSaveSite } from "./section.tsx";

interface Preview {
  total: number;
  stages: { stage: string; people: number }[];
}

export function ModelsSection() {
  const { site, stages, stageName, stageColour, formats } = useHere();
  const { save, isBusy, problem } = useSaveSite();
  const change = useChange();
  const current =
    site.models.findLast(({ id, state }) => id === site.model && state === "active") ?? site.models[0];
  const [text, setText] = useState(() => JSON.stringify(current?.definition ?? {}, null, 2));
  const [preview, setPreview] = useState<Preview | undefined>(undefined);
  const ids = [...new Set(site.models.map(({ id }) => id))];
  const draft = (): unknown => JSON.parse(text);
  const most = Math.max(1, ...(preview?.stages ?? []).map(({ people }) => people));
  const now = new Map(stages?.stages.map(({ stage, people }) => [stage, people]));
  return (
    <Section id="models" title={say("set.modelsTitle")}>
      <label>
        {say("set.modelNow")}
        <select
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
      <div class="acts">
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
          }}
        />
      </label>
      <Trouble problem={problem ?? change.problem} />
      <div class="acts">
        <button
          type="button"
          class="btn"
          disabled={change.isBusy}
          onClick={() =>
            change.run(async () => {
              setPreview(
                await call<Preview>(`${API}/models/preview`, {
                  method: "POST",
                  body: { site: site.id, model: draft() },
                }),
              );
            }, "")
          }
        >
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
                body: { site: site.id, model: draft() },
              });
              refresh();
              setPreview(undefined);
              return version;
            }, say("set.saved"))
          }
        >
          {say("set.applyModel")}
        </button>
      </div>
      {preview !== undefined && (
        <table class="tbl num inset" data-preview>
          <caption>{say("set.previewTitle")}</caption>
          <thead>
            <tr>
              <th scope="col">{say("stage")}</th>
              <th scope="col">{say("set.now")}</th>
              <th scope="col">{say("set.then")}</th>
            </tr>
          </thead>
          <tbody>
            {preview.stages.map(({ stage, people }) => (
              <tr key={stage}>
                <td>
                  <span class="ch" style={{ "--w": `${(people / most) * 100}%` }}>
                    <span>{stageName(stage)}</span>
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
      )}
    </Section>
  );
}
