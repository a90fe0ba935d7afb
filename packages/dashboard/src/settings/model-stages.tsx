/**
 * The stages of a draft, in the order people see them: named, moved, added and taken away.
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Model } from "../conditions/condition.ts";
import { useHere } from "../context.ts";
import { languageNow, say } from "../words.ts";
import { moved, ownName, renamed, unreached, withoutStage, withStage } from "./model-draft.ts";

export function ModelStages(props: {
  model: Model;
  /** What a stage is called when the model does not say. */
  standardName: (stage: string) => string;
  /** People in a stage now and under the draft. */
  counts: (stage: string) => ComponentChildren;
  onChange: (model: Model) => void;
}) {
  const { model, standardName, counts, onChange } = props;
  const { stageColour } = useHere();
  const [added, setAdded] = useState("");
  const follow = useFollow();
  const language = languageNow();
  const empty = unreached(model);
  const nameOf = (stage: string): string => ownName(model, stage, language) ?? standardName(stage);
  const move = (place: number, by: number): void => {
    const stage = model.stages[place]!;
    onChange({ ...model, stages: moved(model.stages, place, by) });
    follow.to(
      `stage-${place + by}-${by < 0 ? "up" : "down"}`,
      say("model.moved", { name: nameOf(stage), n: place + by + 1, of: model.stages.length }),
    );
  };
  return (
    <fieldset class="block">
      <legend>{say("model.stages")}</legend>
      <ol class="rules">
        {model.stages.map((stage, place) => (
          <li key={stage} data-draft-stage={stage}>
            <span class="grow">
              <i class="swatch" style={{ background: stageColour(stage) }} />
              <input
                class="input"
                aria-label={say("model.stageName", { n: place + 1 })}
                value={nameOf(stage)}
                maxLength={60}
                onInput={(event) =>
                  onChange(renamed(model, stage, language, event.currentTarget.value, standardName(stage)))
                }
              />
              {empty.includes(stage) && <small class="failed">{say("model.unreached")}</small>}
            </span>
            <span class="mut num">{counts(stage)}</span>
            <span class="acts">
              <MoveButtons
                id={`stage-${place}`}
                isFirst={place === 0}
                isLast={place === model.stages.length - 1}
                up={say("model.stageUp", { name: nameOf(stage) })}
                down={say("model.stageDown", { name: nameOf(stage) })}
                onMove={(by) => move(place, by)}
              />
              <button
                type="button"
                class="btn danger"
                disabled={model.stages.length === 1}
                aria-label={say("model.stageRemove", { name: nameOf(stage) })}
                onClick={() => onChange(withoutStage(model, stage))}
              >
                ✕
              </button>
            </span>
          </li>
        ))}
      </ol>
      <form
        class="rule"
        aria-label={say("model.stageNew")}
        onSubmit={(event) => {
          event.preventDefault();
          onChange(withStage(model, added.trim()));
          setAdded("");
        }}
      >
        <input
          id="stage-new"
          aria-label={say("model.stageNew")}
          placeholder={say("model.stageNew")}
          value={added}
          maxLength={60}
          onInput={(event) => setAdded(event.currentTarget.value)}
        />
        <button type="submit" class="btn" disabled={added.trim() === ""}>
          {say("model.stageAdd")}
        </button>
      </form>
      <p class="vh" role="status">
        {follow.news}
      </p>
    </fieldset>
  );
}

export function MoveButtons(props: {
  id: string;
  isFirst: boolean;
  isLast: boolean;
  up: string;
  down: string;
  onMove: (by: -1 | 1) => void;
}) {
  const { id, isFirst, isLast, up, down, onMove } = props;
  return (
    <>
      <button
        type="button"
        class="btn"
        id={`${id}-up`}
        aria-disabled={isFirst}
        aria-label={up}
        onClick={() => !isFirst && onMove(-1)}
      >
        ↑
      </button>
      <button
        type="button"
        class="btn"
        id={`${id}-down`}
        aria-disabled={isLast}
        aria-label={down}
        onClick={() => !isLast && onMove(1)}
      >
        ↓
      </button>
    </>
  );
}

/** Lets the focus follow what was moved, and says where it is now. */
export function useFollow(): { news: string; to: (id: string, news: string) => void } {
  const wanted = useRef<string | undefined>(undefined);
  const [news, setNews] = useState("");
  useLayoutEffect(() => {
    if (wanted.current === undefined) return;
    document.getElementById(wanted.current)?.focus();
    wanted.current = undefined;
  });
  return {
    news,
    to(id, said) {
      wanted.current = id;
      setNews(said);
    },
  };
}
