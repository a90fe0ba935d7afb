/**
 * What keys and share links have in common: a list of who may, and a secret that is shown once.
 */
import type { ComponentChildren } from "preact";
import { useHere } from "../context.ts";
import { copy } from "../shell/toast.tsx";
import { say } from "../words.ts";

interface Grant {
  id: string;
  name: string;
  /** Epoch milliseconds; null when it was never used. */
  lastUsedAt: number | null;
}

export function GrantTable<G extends Grant>(props: {
  grants: readonly G[];
  title: string;
  /** Beside the name. */
  note: (grant: G) => ComponentChildren;
  removeWord: string;
  onRemove: (grant: G) => void;
}) {
  const { formats } = useHere();
  if (props.grants.length === 0) return null;
  return (
    <table class="tbl inset">
      <caption class="vh">{props.title}</caption>
      <tbody>
        {props.grants.map((grant) => (
          <tr key={grant.id} data-grant={grant.id}>
            <td>
              <b>{grant.name}</b> <span class="mut">{props.note(grant)}</span>
            </td>
            <td class="opt">
              {say("set.keyUsed")}:{" "}
              {grant.lastUsedAt === null
                ? say("set.never")
                : formats.moment(new Date(grant.lastUsedAt).toISOString())}
            </td>
            <td>
              <button type="button" class="btn danger" onClick={() => props.onRemove(grant)}>
                {props.removeWord}
                <span class="vh"> {grant.name}</span>
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A secret that nobody sees again; nothing while there is none. */
export function ShownOnce({ secret }: { secret: string }) {
  if (secret === "") return null;
  return (
    <div class="answer" role="status">
      <p>{say("set.keyOnce")}</p>
      <code class="wrapped" data-secret>
        {secret}
      </code>
      <div class="acts">
        <button type="button" class="btn" onClick={() => copy(secret, say("copied"))}>
          {say("set.copy")}
        </button>
      </div>
    </div>
  );
}
