/**
 * The small fields conditions are made of: choices, numbers, times, and what people did.
 */
import { useState } from "preact/hooks";
import { KINDS } from "../words/condition-words.ts";
import { say, type Word } from "../words.ts";
import type { Duration } from "./condition.ts";
import { isoOf, measured, measureOf, spanOf, UNITS, type Unit } from "./time.ts";

export function Choice<T extends string>(props: {
  label: string;
  value: T;
  options: readonly T[];
  /** The word for an option. */
  word: (option: T) => Word;
  onChange: (option: T) => void;
}) {
  return (
    <select
      class="input"
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value as T)}
    >
      {props.options.map((option) => (
        <option key={option} value={option}>
          {say(props.word(option))}
        </option>
      ))}
    </select>
  );
}

/** A number that may be half typed: only what is a number is told. */
export function NumberField(props: {
  label: string;
  value: number | undefined;
  min?: number;
  step?: number | "any";
  id?: string;
  onChange: (n: number | undefined) => void;
}) {
  const [text, setText] = useState<string | undefined>(undefined);
  return (
    <input
      class="input n"
      type="number"
      id={props.id}
      min={props.min ?? 0}
      step={props.step ?? 1}
      aria-label={props.label}
      value={text ?? (props.value === undefined ? "" : String(props.value))}
      onInput={(event) => {
        const typed = event.currentTarget.value;
        setText(typed);
        const n = Number(typed);
        if (typed.trim() === "") props.onChange(undefined);
        else if (Number.isFinite(n)) props.onChange(n);
      }}
      onBlur={() => setText(undefined)}
    />
  );
}

/** A fixed time as a number and a unit. */
export function SpanField(props: { label: string; value: string; onChange: (iso: string) => void }) {
  return (
    <span class="span">
      <SpanNumber {...props} />
      <Choice<Unit>
        label={say("cond.unit")}
        value={spanOf(props.value).unit}
        options={UNITS}
        word={unitWord}
        onChange={(unit) => props.onChange(isoOf({ n: spanOf(props.value).n, unit }))}
      />
    </span>
  );
}

function SpanNumber(props: { label: string; value: string; onChange: (iso: string) => void }) {
  const span = spanOf(props.value);
  return (
    <NumberField
      label={props.label}
      value={span.n}
      min={1}
      onChange={(n) => n !== undefined && n > 0 && props.onChange(isoOf({ ...span, n }))}
    />
  );
}

const unitWord = (unit: Unit): Word => `cond.unit.${unit}`;

/** Units of a fixed time, and the two rhythms a time can be measured by instead. */
const MEASURES = [...UNITS, "own", "quantile"] as const;

/** A time in any of its three ways: fixed, by the person's own rhythm, by the site's. */
export function DurationField({ value, onChange }: { value: Duration; onChange: (next: Duration) => void }) {
  const measure = measureOf(value);
  return (
    <span class="span">
      {typeof value === "string" ? (
        <SpanNumber label={say("cond.time")} value={value} onChange={onChange} />
      ) : "own" in value ? (
        <NumberField
          label={say("cond.own")}
          value={value.own}
          step="any"
          onChange={(own) => own !== undefined && own > 0 && onChange({ ...value, own })}
        />
      ) : (
        <NumberField
          label={say("cond.quantile")}
          value={Math.round(value.quantile * 10_000) / 100}
          step="any"
          onChange={(n) => n !== undefined && n > 0 && n < 100 && onChange({ ...value, quantile: n / 100 })}
        />
      )}
      <Choice<(typeof MEASURES)[number]>
        label={say("cond.unit")}
        value={typeof value === "string" ? spanOf(value).unit : measure === "own" ? "own" : "quantile"}
        options={MEASURES}
        word={(name) => (name === "own" || name === "quantile" ? `cond.${name}` : unitWord(name))}
        onChange={(name) => {
          if (name === "own" || name === "quantile") onChange(measured(value, name));
          else {
            const fixed = measured(value, "fixed") as string;
            onChange(
              isoOf({ n: spanOf(fixed).n, unit: typeof value === "string" ? name : spanOf(fixed).unit }),
            );
          }
        }}
      />
      {typeof value !== "string" && (
        <>
          <span>{say("cond.min")}</span>
          <SpanField
            label={say("cond.min")}
            value={value.min}
            onChange={(min) => onChange({ ...value, min })}
          />
          <span>{say("cond.max")}</span>
          <SpanField
            label={say("cond.max")}
            value={value.max}
            onChange={(max) => onChange({ ...value, max })}
          />
          {"own" in value && <OwnFewer value={value} onChange={onChange} />}
        </>
      )}
    </span>
  );
}

function OwnFewer({
  value,
  onChange,
}: {
  value: Extract<Duration, { own: number }>;
  onChange: (next: Duration) => void;
}) {
  const { times: _times, ...rest } = value;
  return (
    <>
      <NumberField
        label={say("cond.own.from")}
        value={value.from}
        min={2}
        onChange={(from) => from !== undefined && from >= 2 && onChange({ ...value, from })}
      />
      <span>{say("cond.own.from")}</span>
      <SpanField
        label={say("cond.own.from")}
        value={value.else}
        onChange={(otherwise) => onChange({ ...value, else: otherwise })}
      />
      <span>{say("cond.own.times")}</span>
      <NumberField
        label={say("cond.own.times")}
        value={value.times ?? 1}
        step="any"
        onChange={(times) =>
          times !== undefined && times > 0 && onChange(times === 1 ? rest : { ...value, times })
        }
      />
    </>
  );
}

/** What people did, as people say it; names that are the site's own are typed. */
export function KindField(props: { value: string; onChange: (kind: string) => void }) {
  const isOwn = !KINDS.includes(props.value);
  return (
    <span class="span">
      <select
        class="input"
        aria-label={say("cond.kind")}
        value={isOwn ? "" : props.value}
        onChange={(event) => props.onChange(event.currentTarget.value || "my_event")}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {say(`kind.${kind}` as Word)}
          </option>
        ))}
        <option value="">{say("cond.otherKind")}</option>
      </select>
      {isOwn && (
        <input
          class="input"
          aria-label={say("cond.kindName")}
          value={props.value}
          maxLength={40}
          spellcheck={false}
          onInput={(event) =>
            props.onChange(event.currentTarget.value.trim().toLowerCase().replace(/\W+/g, "_"))
          }
        />
      )}
    </span>
  );
}
