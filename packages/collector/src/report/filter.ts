/**
 * Which people a question is about: the one shape of filters, from an address or a command line to what an engine can select.
 *
 * In an address: `channel=Email` (is), `channel.not=Direct` (is not); the same name again means "or". On a command line:
 * `--filter channel=Email --filter 'channel!=Direct'`. Different names must all hold.
 */

/** What people can be chosen by. The source fields are those of a person's first touch. */
export const FILTER_FIELDS = [
  "channel",
  "source",
  "medium",
  "campaign",
  "landing",
  "stage",
  "segment",
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** One condition: the field is one of the values, or is none of them. */
export interface Clause {
  field: FilterField;
  is: boolean;
  values: readonly string[];
}

/** What a question with filters takes. */
export interface Filtered {
  filter?: readonly Clause[];
}
