/**
 * Adds a filter by hand: what, is or is not, and a value among those that occur.
 */
import { useState } from "preact/hooks";
import { type FilterName, filterKey, toggleFilter } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { Sources } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { say } from "../words.ts";
import { Drop } from "./drop.tsx";
import { Seg } from "./seg.tsx";

const FIELDS = ["channel", "source", "medium", "campaign", "landing", "stage", "segment"] as const;

export function FilterMenu() {
  const here = useHere();
  const [field, setField] = useState<FilterName>("channel");
  const [isNot, setIsNot] = useState(false);
  const [value, setValue] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const isSource = field !== "stage" && field !== "segment";
  const known = useAnswer<Sources>(isOpen && isSource ? "/sources" : undefined, {
    site: here.site.id,
    by: field,
    from: here.range.from,
    to: here.range.to,
  });
  const segments = useAnswer<{ segments?: { name: string }[]; rows?: { name: string }[] }>(
    isOpen && field === "segment" ? "/segments" : undefined,
    { site: here.site.id },
  );
  const values: { value: string; name: string }[] =
    field === "stage"
      ? (here.stages?.stages.map(({ stage }) => ({ value: stage, name: here.stageName(stage) })) ?? [])
      : field === "segment"
        ? (segments.data?.segments ?? segments.data?.rows ?? []).map(({ name }) => ({ value: name, name }))
        : known.data?.by === field
          ? known.data.rows.map((row) => ({ value: row.value, name: row.value }))
          : [];
  return (
    <Drop
      class="btn dash"
      id="filter-menu"
      isLeft
      onOpen={() => setIsOpen(true)}
      summary={<>+ {say("addFilter")}</>}
    >
      <div class="row2">
        <label>
          {say("filterField")}
          <select
            class="input"
            value={field}
            onChange={(event) => {
              setField(event.currentTarget.value as FilterName);
              setValue("");
            }}
          >
            {FIELDS.map((name) => (
              <option key={name} value={name}>
                {say(name)}
              </option>
            ))}
          </select>
        </label>
        <Seg
          label={say("filterIs")}
          options={[
            { value: "is", name: say("filterIs") },
            { value: "not", name: say("filterIsNot") },
          ]}
          value={isNot ? "not" : "is"}
          onChoose={(choice) => setIsNot(choice === "not")}
        />
        <label>
          {say("filterValue")}
          <select class="input" value={value} onChange={(event) => setValue(event.currentTarget.value)}>
            <option value="" />
            {values.map((option) => (
              <option key={option.value} value={option.value}>
                {option.name}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="btn pri"
          data-close
          disabled={value === "" || here.params[filterKey({ name: field, isNot })] === value}
          onClick={() => {
            toggleFilter(field, value, isNot);
            setValue("");
          }}
        >
          {say("apply")}
        </button>
      </div>
    </Drop>
  );
}
