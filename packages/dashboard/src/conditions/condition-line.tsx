/**
 * One test on people as fields in a line: "Orders, at least, 3".
 */
import { useHere } from "../context.ts";
import { say } from "../words.ts";
import { type Atom, kindsOf, newAtom, OPERATORS, type Operator, TESTS, type Test } from "./condition.ts";
import { Choice, DurationField, KindField, NumberField } from "./fields.tsx";

/** What is looked at, how it is compared, and with what. */
export function TestFields({ atom, onChange }: { atom: Atom; onChange: (next: Atom) => void }) {
  const { site } = useHere();
  return (
    <>
      <Choice<Test>
        label={say("cond.what")}
        value={atom[0]}
        options={TESTS}
        word={(test) => `cond.${test}`}
        onChange={(test) => onChange(newAtom(test, site.currency))}
      />
      <Rest key={atom[0]} atom={atom} onChange={onChange} />
    </>
  );
}

/** What follows the name of a test. */
function Rest({ atom, onChange }: { atom: Atom; onChange: (next: Atom) => void }) {
  switch (atom[0]) {
    case "count": {
      const [test, asked, op, n] = atom;
      const kinds = kindsOf(asked);
      const tell = (next: string[]): void => onChange([test, next.length === 1 ? next[0]! : next, op, n]);
      return (
        <>
          {kinds.map((kind, place) => (
            <span class="span" key={place}>
              <KindField value={kind} onChange={(next) => tell(kinds.with(place, next))} />
              {kinds.length > 1 && (
                <button
                  type="button"
                  class="btn ghost x"
                  aria-label={say("cond.withoutKind")}
                  onClick={() => tell(kinds.toSpliced(place, 1))}
                >
                  ✕
                </button>
              )}
            </span>
          ))}
          <button type="button" class="btn ghost" onClick={() => tell([...kinds, "add_to_cart"])}>
            {say("cond.orKind")}
          </button>
          <Compared op={op} n={n} onChange={(nextOp, next) => onChange([test, asked, nextOp, next])} />
        </>
      );
    }
    case "countSinceOrder": {
      const [test, kind, op, n] = atom;
      return (
        <>
          <KindField value={kind} onChange={(next) => onChange([test, next, op, n])} />
          <Compared op={op} n={n} onChange={(nextOp, next) => onChange([test, kind, nextOp, next])} />
        </>
      );
    }
    case "ordersWithin": {
      const [test, within, op, n] = atom;
      return (
        <>
          <DurationField value={within} onChange={(next) => onChange([test, next, op, n])} />
          <Compared op={op} n={n} onChange={(nextOp, next) => onChange([test, within, nextOp, next])} />
        </>
      );
    }
    case "idle": {
      const [test, subject, op, time] = atom;
      const since = subject === "order" || subject === "activity" ? subject : "kind";
      return (
        <>
          <Choice
            label={say("cond.since")}
            value={since}
            options={["activity", "order", "kind"] as const}
            word={(name) => `cond.since.${name}`}
            onChange={(name) => onChange([test, name === "kind" ? "page_view" : name, op, time])}
          />
          {since === "kind" && (
            <KindField value={subject} onChange={(next) => onChange([test, next, op, time])} />
          )}
          <Choice
            label={say("cond.op")}
            value={op}
            options={[">=", "<"] as const}
            word={(name) => `cond.${name}`}
            onChange={(next) => onChange([test, subject, next, time])}
          />
          <DurationField value={time} onChange={(next) => onChange([test, subject, op, next])} />
        </>
      );
    }
    case "sinceReturn":
      return <DurationField value={atom[2]} onChange={(next) => onChange(["sinceReturn", "<", next])} />;
    case "revenue": {
      const [test, currency, op, minor] = atom;
      const digits = minorDigits(currency);
      return (
        <>
          <Compared
            op={op}
            n={minor / 10 ** digits}
            label={say("cond.amount")}
            step="any"
            onChange={(nextOp, n) => onChange([test, currency, nextOp, Math.round(n * 10 ** digits)])}
          />
          <input
            class="input n"
            aria-label={say("cond.currency")}
            value={currency}
            maxLength={3}
            onInput={(event) => onChange([test, event.currentTarget.value.toUpperCase(), op, minor])}
          />
        </>
      );
    }
    case "trait":
      return <TraitFields atom={atom} onChange={onChange} />;
    default: {
      const [test, op, n] = atom;
      return (
        <Compared
          op={op}
          n={n}
          {...(test === "score" ? { step: "any" as const } : {})}
          onChange={(nextOp, next) => onChange([test, nextOp, next])}
        />
      );
    }
  }
}

function Compared(props: {
  op: Operator;
  n: number;
  label?: string;
  step?: "any";
  onChange: (op: Operator, n: number) => void;
}) {
  return (
    <span class="span">
      <Operators value={props.op} onChange={(op) => props.onChange(op, props.n)} />
      <NumberField
        label={props.label ?? say("cond.n")}
        value={props.n}
        {...(props.step === undefined ? {} : { step: props.step, min: -1_000_000 })}
        onChange={(n) => n !== undefined && props.onChange(props.op, n)}
      />
    </span>
  );
}

const Operators = ({ value, onChange }: { value: Operator; onChange: (op: Operator) => void }) => (
  <Choice<Operator>
    label={say("cond.op")}
    value={value}
    options={OPERATORS}
    word={(op) => `cond.${op}`}
    onChange={onChange}
  />
);

type Trait = Extract<Atom, readonly ["trait", ...unknown[]]>;

function TraitFields({ atom, onChange }: { atom: Trait; onChange: (next: Atom) => void }) {
  const [test, key, op, value] = atom;
  const type =
    typeof value === "number" ? "number" : typeof value === "boolean" ? (value ? "yes" : "no") : "text";
  return (
    <>
      <input
        class="input"
        aria-label={say("cond.trait.key")}
        value={key}
        spellcheck={false}
        onInput={(event) => onChange([test, event.currentTarget.value, op, value])}
      />
      <Operators value={op} onChange={(next) => onChange([test, key, next, value])} />
      <Choice
        label={say("cond.trait.type")}
        value={type}
        options={["text", "number", "yes", "no"] as const}
        word={(name) => `cond.trait.${name}`}
        onChange={(name) => {
          const isTruth = name === "yes" || name === "no";
          const next = isTruth ? name === "yes" : name === "number" ? Number(value) || 0 : String(value);
          // Yes and no are equal or not; they are never more or less.
          onChange([test, key, isTruth && op !== "!=" ? "==" : op, next]);
        }}
      />
      {typeof value === "number" && (
        <NumberField
          label={say("cond.trait.value")}
          value={value}
          step="any"
          min={-1_000_000_000}
          onChange={(n) => n !== undefined && onChange([test, key, op, n])}
        />
      )}
      {typeof value === "string" && (
        <input
          class="input"
          aria-label={say("cond.trait.value")}
          value={value}
          onInput={(event) => onChange([test, key, op, event.currentTarget.value])}
        />
      )}
    </>
  );
}

/** Digits after the point of a currency; 2 where the browser does not know it. */
function minorDigits(currency: string): number {
  try {
    return (
      new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ??
      2
    );
  } catch {
    return 2; // Half typed.
  }
}
