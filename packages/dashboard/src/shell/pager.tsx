/**
 * To the next page of a long list, and back to its first.
 */
import { say } from "../words.ts";

export function Pager(props: {
  /** Where the page shown begins; undefined: at the beginning. */
  after: string | undefined;
  /** Where the next one begins; null when there is none. */
  next: string | null;
  onGo: (after: string | undefined) => void;
}) {
  const { after, next, onGo } = props;
  if (after === undefined && next === null) return null;
  return (
    <p class="pager">
      {after !== undefined && (
        <button type="button" class="btn" onClick={() => onGo(undefined)}>
          {say("pageFirst")}
        </button>
      )}
      {next !== null && (
        <button type="button" class="btn" onClick={() => onGo(next)}>
          {say("pageNext")}
        </button>
      )}
    </p>
  );
}
