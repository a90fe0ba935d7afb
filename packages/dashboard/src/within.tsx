/**
 * Looking into one value of a report: which channel, source or page the figures on the way here were about, and how to go back to all.
 */
import { type Address, addressOf, choose } from "./address.ts";
import type { Query } from "./api.ts";
import { useHere } from "./context.ts";
import { say } from "./words.ts";

const FIELDS = ["channel", "source", "medium", "campaign", "landing"] as const;
type Field = (typeof FIELDS)[number];
type Params = Readonly<Record<string, string>>;

/** What an address looks into. The names are the API's: `within.channel=Email`. */
export function withinOf(params: Params): { field: Field; value: string }[] {
  return FIELDS.flatMap((field) => {
    const value = params[`within.${field}`];
    return value === undefined ? [] : [{ field, value }];
  });
}

export const withinQuery = (params: Params): Query =>
  Object.fromEntries(withinOf(params).map(({ field, value }) => [`within.${field}`, value]));

/** The address that shows the touches behind a figure of one row. */
export const behind = (field: Field, value: string, conversion?: string): Address =>
  addressOf("journeys", undefined, {
    [`within.${field}`]: value,
    ...(conversion === undefined ? { show: "touches" } : { conversion }),
  });

export function WithinChips() {
  const { params } = useHere();
  return (
    <>
      {withinOf(params).map(({ field, value }) => (
        <span class="chip" key={field}>
          <span class="txt">
            {say(field)}: <b>{value}</b>
          </span>
          <button
            type="button"
            aria-label={say("removeFilter", { name: say(field), is: say("filterIs"), value })}
            onClick={() => choose({ [`within.${field}`]: undefined, after: undefined, show: undefined })}
          >
            ✕
          </button>
        </span>
      ))}
    </>
  );
}
