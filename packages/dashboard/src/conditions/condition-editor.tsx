/**
 * A condition on people as fields: tests of one line, and groups of which all, any or none must hold, as deep as one likes.
 */
import "../words/condition-words.ts";
import { say } from "../words.ts";
import {
  extended,
  FIRST,
  groupOf,
  isAtom,
  JOINTS,
  type Joint,
  jointOf,
  partsOf,
  rejoined,
  replaced,
  type When,
  without,
} from "./condition.ts";
import { TestFields } from "./condition-line.tsx";
import { Choice } from "./fields.tsx";

/** The fields of a condition. A condition that stands alone cannot be removed; it can be made into a group. */
export function ConditionEditor({ when, onChange }: { when: When; onChange: (next: When) => void }) {
  return (
    <div class="cond">
      <Part when={when} onChange={onChange} />
      {(when === true || isAtom(when)) && (
        <div class="acts">
          <button type="button" class="btn ghost" onClick={() => onChange(extended(when, FIRST))}>
            {say("cond.add")}
          </button>
        </div>
      )}
    </div>
  );
}

interface PartProps {
  when: When;
  onChange: (next: When) => void;
  onRemove?: () => void;
}

function Part({ when, onChange, onRemove }: PartProps) {
  if (when === true) {
    return (
      <div class="line">
        <span>{say("cond.everybody")}</span>
        <RemoveButton onRemove={onRemove} />
      </div>
    );
  }
  if (isAtom(when)) {
    return (
      <div class="line">
        <TestFields atom={when} onChange={onChange} />
        <RemoveButton onRemove={onRemove} />
      </div>
    );
  }
  const group = when;
  return (
    <fieldset class="group" data-joint={jointOf(group)}>
      <legend class="vh">{say(`cond.${jointOf(group)}`)}</legend>
      <div class="line">
        <Choice<Joint>
          label={say("cond.joint")}
          value={jointOf(group)}
          options={JOINTS}
          word={(joint) => `cond.${joint}`}
          onChange={(joint) => onChange(rejoined(group, joint))}
        />
        <RemoveButton onRemove={onRemove} />
      </div>
      <ul>
        {partsOf(group).map((part, place) => (
          <li key={place}>
            <Part
              when={part}
              onChange={(next) => onChange(replaced(group, place, next))}
              onRemove={() => {
                const rest = without(group, place);
                if (rest !== undefined) onChange(rest);
                else if (onRemove !== undefined) onRemove();
                else onChange(FIRST);
              }}
            />
          </li>
        ))}
      </ul>
      {!("not" in group) && (
        <div class="acts">
          <button type="button" class="btn ghost" onClick={() => onChange(extended(group, FIRST))}>
            {say("cond.add")}
          </button>
          <button
            type="button"
            class="btn ghost"
            onClick={() =>
              onChange(
                extended(
                  group,
                  groupOf(jointOf(group) === "all" ? "any" : "all", [FIRST, ["visits", ">=", 2]]),
                ),
              )
            }
          >
            {say("cond.group")}
          </button>
        </div>
      )}
    </fieldset>
  );
}

function RemoveButton({ onRemove }: { onRemove: (() => void) | undefined }) {
  if (onRemove === undefined) return null;
  return (
    <button type="button" class="btn ghost x" aria-label={say("cond.remove")} onClick={onRemove}>
      ✕
    </button>
  );
}
