/**
 * The rules of a draft, tried from top to bottom, and what some of them rely on: the gap that makes a return, points of a score.
 */
import type { ComponentChildren } from "preact";
import type { Model } from "../conditions/condition.ts";
import { uses } from "../conditions/condition.ts";
import { ConditionEditor } from "../conditions/condition-editor.tsx";
import { KindField, NumberField, SpanField } from "../conditions/fields.tsx";
import { KINDS } from "../words/condition-words.ts";
import { say } from "../words.ts";
import { moved, ruled, type Troubles, withRule } from "./model-draft.ts";
import { MoveButtons, useFollow } from "./model-stages.tsx";

interface Props {
  model: Model;
  nameOf: (stage: string) => string;
  onChange: (model: Model) => void;
}

interface RulesProps extends Props {
  /** What is wrong with a rule, by its place. */
  troubles: Troubles["rules"];
  /** People in a stage now and under the draft. */
  counts: (stage: string) => ComponentChildren;
}

export function ModelRules({ model, nameOf, onChange, troubles, counts }: RulesProps) {
  const { rules } = model;
  const follow = useFollow();
  const change = (next: Model["rules"]): void => onChange({ ...model, rules: next });
  const move = (place: number, by: number): void => {
    change([...moved(rules.slice(0, -1), place, by), rules.at(-1)!]);
    follow.to(
      `rule-${place + by}-${by < 0 ? "up" : "down"}`,
      say("model.moved", { name: say("model.ruleN", { n: place + 1 }), n: place + by + 1, of: rules.length }),
    );
  };
  return (
    <fieldset class="block">
      <legend>{say("model.rules")}</legend>
      <p class="explain">{say("model.rulesText")}</p>
      <div class="acts">
        <button type="button" class="btn" onClick={() => change(withRule(rules, model.stages[0]!))}>
          {say("model.ruleAdd")}
        </button>
      </div>
      <ol class="mrules">
        {rules.map(({ stage, when }, place) => {
          const isLast = place === rules.length - 1;
          const trouble = troubles.get(place);
          return (
            <li key={place} data-draft-rule={stage}>
              <div class="line">
                <span class="mut num" aria-hidden="true">
                  {place + 1}
                </span>
                <select
                  class="input"
                  aria-label={say("model.ruleStage", { n: place + 1 })}
                  value={stage}
                  onChange={(event) => change(rules.with(place, { stage: event.currentTarget.value, when }))}
                >
                  {model.stages.map((name) => (
                    <option key={name} value={name}>
                      {nameOf(name)}
                    </option>
                  ))}
                </select>
                <span class="mut">{say(isLast ? "model.otherwise" : "model.when")}</span>
                <span class="push mut num">{counts(stage)}</span>
                {!isLast && (
                  <span class="acts">
                    <MoveButtons
                      id={`rule-${place}`}
                      isFirst={place === 0}
                      isLast={place === rules.length - 2}
                      up={say("model.ruleUp", { n: place + 1 })}
                      down={say("model.ruleDown", { n: place + 1 })}
                      onMove={(by) => move(place, by)}
                    />
                    <button
                      type="button"
                      class="btn danger"
                      aria-label={say("model.ruleRemove", { n: place + 1 })}
                      onClick={() => change(rules.toSpliced(place, 1))}
                    >
                      ✕
                    </button>
                  </span>
                )}
              </div>
              {!isLast && (
                <ConditionEditor when={when} onChange={(next) => change(ruled(rules, place, next))} />
              )}
              {trouble !== undefined && (
                <p class="failed">{trouble.isNeverReached ? say("model.never") : trouble.text}</p>
              )}
            </li>
          );
        })}
      </ol>
      <p class="vh" role="status">
        {follow.news}
      </p>
      <ReliedOn model={model} nameOf={nameOf} onChange={onChange} />
    </fieldset>
  );
}

function ReliedOn({ model, onChange }: Props) {
  const asks = (tests: Parameters<typeof uses>[1]): boolean =>
    model.rules.some(({ when }) => uses(when, tests));
  return (
    <>
      {model.returnGap !== undefined && asks(["sinceReturn", "ordersSinceReturn"]) && (
        <div class="line">
          <span>{say("model.returnGap")}</span>
          <SpanField
            label={say("model.returnGap")}
            value={model.returnGap}
            onChange={(returnGap) => onChange({ ...model, returnGap })}
          />
        </div>
      )}
      {model.score !== undefined && asks(["score"]) && (
        <Points score={model.score} onChange={(score) => onChange({ ...model, score })} />
      )}
    </>
  );
}

type Score = NonNullable<Model["score"]>;

function Points({ score, onChange }: { score: Score; onChange: (score: Score) => void }) {
  const weights = Object.entries(score.weights);
  const { halfLife, ...unfading } = score;
  const tell = (next: typeof weights): void => onChange({ ...score, weights: Object.fromEntries(next) });
  return (
    <fieldset class="group">
      <legend>{say("model.score")}</legend>
      <ul>
        {weights.map(([kind, weight], place) => {
          const points = typeof weight === "number" ? weight : weight.points;
          const atMost = typeof weight === "number" ? undefined : weight.atMost;
          const set = (n: number, most: number | undefined): void =>
            tell(weights.with(place, [kind, most === undefined ? n : { points: n, atMost: most }]));
          return (
            <li key={place}>
              <div class="line">
                <KindField value={kind} onChange={(next) => tell(weights.with(place, [next, weight]))} />
                <NumberField
                  label={say("model.points")}
                  value={points}
                  step="any"
                  min={-1_000}
                  onChange={(n) => n !== undefined && set(n, atMost)}
                />
                <span>{say("model.points")}</span>
                <span class="mut">{say("model.atMost")}</span>
                <NumberField
                  label={say("model.atMost")}
                  value={atMost}
                  min={1}
                  onChange={(most) => set(points, most)}
                />
                <button
                  type="button"
                  class="btn ghost x"
                  aria-label={say("model.pointsRemove")}
                  disabled={weights.length === 1}
                  onClick={() => tell(weights.toSpliced(place, 1))}
                >
                  ✕
                </button>
              </div>
            </li>
          );
        })}
      </ul>
      <div class="acts">
        <button
          type="button"
          class="btn ghost"
          onClick={() =>
            tell([...weights, [KINDS.find((kind) => !Object.hasOwn(score.weights, kind)) ?? "", 1]])
          }
        >
          {say("model.pointsAdd")}
        </button>
      </div>
      <div class="line">
        <label class="check">
          <input
            type="checkbox"
            checked={halfLife === undefined}
            onChange={(event) =>
              onChange(event.currentTarget.checked ? unfading : { ...unfading, halfLife: "P30D" })
            }
          />
          {say("model.fadesOff")}
        </label>
        {halfLife !== undefined && (
          <>
            <span>{say("model.fades")}</span>
            <SpanField
              label={say("model.fades")}
              value={halfLife}
              onChange={(next) => onChange({ ...score, halfLife: next })}
            />
          </>
        )}
      </div>
    </fieldset>
  );
}
