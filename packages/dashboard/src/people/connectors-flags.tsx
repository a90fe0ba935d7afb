/**
 * What is doubtful about a person's orders and names: said beside them, and never guessed at.
 */
import "../words/connectors-words.ts";
import type { Person } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { say } from "../words.ts";

export function ConnectorsFlags({ flags }: { flags: Person["flags"] }) {
  const { formats } = useHere();
  if (flags.length === 0) return null;
  return (
    <section class="answer" aria-label={say("con.flags")}>
      <b>{say("con.flags")}</b>
      {flags.map(({ flag, about, at }) => (
        <span key={`${flag} ${about} ${at}`} data-flag={flag}>
          <code>{about}</code> {say(`con.flag.${flag}`)}, <time dateTime={at}>{formats.moment(at)}</time>
        </span>
      ))}
    </section>
  );
}
