/**
 * People per stage under a draft, beside how many there are now.
 */
import type { Answer } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { say } from "../words.ts";

export function ModelPreview(props: { preview: Answer<"preview">; nameOf: (stage: string) => string }) {
  const { preview, nameOf } = props;
  const { stages, stageColour, formats } = useHere();
  const now = new Map(stages?.stages.map(({ stage, people }) => [stage, people]));
  const most = Math.max(1, ...preview.stages.map(({ people }) => people));
  return (
    <div role="status">
      <table class="tbl num inset" data-preview={preview.people}>
        <caption>{say("set.previewTitle")}</caption>
        <thead>
          <tr>
            <th scope="col">{say("stage")}</th>
            <th scope="col">{say("set.now")}</th>
            <th scope="col">{say("set.then")}</th>
            <th scope="col">{say("model.change")}</th>
          </tr>
        </thead>
        <tbody>
          {preview.stages.map(({ stage, people }) => {
            const before = now.get(stage) ?? 0;
            return (
              <tr key={stage} data-stage={stage} data-people={people}>
                <td>
                  <span class="ch" style={{ "--w": `${(people / most) * 100}%` }}>
                    <span>
                      <i class="swatch" style={{ background: stageColour(stage) }} /> {nameOf(stage)}
                    </span>
                  </span>
                </td>
                <td class="mut">{formats.count(before)}</td>
                <td>
                  <b>{formats.count(people)}</b>
                </td>
                <td class="mut">
                  {people === before ? "=" : people > before ? "+" : "−"}
                  {people !== before && formats.count(Math.abs(people - before))}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {preview.looked < preview.people && (
        <p class="explain">
          {say("model.looked", { looked: preview.looked, people: formats.count(preview.people) })}
        </p>
      )}
    </div>
  );
}
