/**
 * Everything kept about a person, newest first, by day; each visit's source and each stage change where it happened.
 */
import { useState } from "preact/hooks";
import type { Entry, Person, StageChange } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { formatsFor } from "../format.ts";
import { todayIn } from "../period.ts";
import { KINDS } from "../words/condition-words.ts";
import { say, type Word } from "../words.ts";
import { TouchText } from "./touch-text.tsx";

const FIRST_ENTRIES = 60;
/** Arrived this much later than it happened: worth saying. */
const LATE_MS = 60 * 60_000;
/** Fields that say what it was, in this order; the rest is in the tip. */
const TELLING = [
  "order",
  "value",
  "item",
  "name",
  "title",
  "url",
  "path",
  "page",
  "survey",
  "score",
  "query",
];

export function Timeline({ person }: { person: Person }) {
  const { formats, site } = useHere();
  const [isLong, setIsLong] = useState(false);
  const entries = [...person.timeline].reverse();
  const shown = isLong ? entries : entries.slice(0, FIRST_ENTRIES);
  const causes = new Map<string, StageChange[]>();
  for (const change of person.changes) {
    if (change.touchpoint === null || change.supersededAt !== null) continue;
    causes.set(change.touchpoint, [...(causes.get(change.touchpoint) ?? []), change]);
  }
  let day = "";
  return (
    <>
      <ol class="timeline num">
        {shown.map((entry) => {
          const date = formats.dayLong(todayIn(site.zone, Date.parse(entry.at)));
          const isNewDay = date !== day;
          day = date;
          return (
            <>
              {isNewDay && (
                <li class="dayline" key={date}>
                  {date}
                </li>
              )}
              <Line key={entry.id} entry={entry} changes={causes.get(entry.id) ?? []} />
            </>
          );
        })}
      </ol>
      {entries.length > FIRST_ENTRIES && (
        <p class="hint">
          <button type="button" class="linky" onClick={() => setIsLong(!isLong)}>
            {isLong ? say("showFewer") : say("showMore", { n: entries.length - FIRST_ENTRIES })}
          </button>
        </p>
      )}
    </>
  );
}

function Line({ entry, changes }: { entry: Entry; changes: StageChange[] }) {
  const { formats, stageName, stageColour, site } = useHere();
  const lateBy = Date.parse(entry.receivedAt) - Date.parse(entry.at);
  return (
    <li class={entry.traffic === "person" ? undefined : "old"}>
      <time dateTime={entry.at}>{formats.time(entry.at)}</time>
      <div>
        <b>{kindText(entry.kind)}</b>{" "}
        <span class="what">{tellingText(entry.fields, formats.language, site.zone)}</span>
        {entry.touch !== undefined && (
          <p class="from">
            <TouchText touch={entry.touch} />
          </p>
        )}
        {changes.map((change) => (
          <p class="moved" key={change.id}>
            <i style={{ background: stageColour(change.to) }} />
            {stageName(change.to)} <span class="mut">{change.rule}</span>
          </p>
        ))}
        {entry.traffic !== "person" && <small>{say("people.traffic", { kind: entry.traffic })}</small>}
        {lateBy > LATE_MS && <small>{say("people.late", { time: formats.ago(lateBy) })}</small>}
      </div>
    </li>
  );
}

function tellingText(fields: Record<string, unknown>, language: string, zone: string): string {
  const { currency } = fields;
  const parts = TELLING.flatMap((name) => {
    const value = fields[name];
    if (typeof value === "string") return [pathOf(value)];
    if (typeof value !== "number") return [];
    const isMoney = name === "value" && typeof currency === "string";
    return [isMoney ? formatsFor(language, currency, zone).money(value) : String(value)];
  });
  return parts.join(" · ");
}

/** A page's address without what every line has in common. */
function pathOf(text: string): string {
  if (!/^https?:/.test(text) || !URL.canParse(text)) return text;
  const { pathname, search } = new URL(text);
  return pathname + (search.length > 60 ? `${search.slice(0, 60)}…` : search);
}

/** What people did, as people say it; names that are the site's own as they are. */
function kindText(kind: string): string {
  const text = KINDS.includes(kind) ? say(`kind.${kind}` as Word) : kind.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
