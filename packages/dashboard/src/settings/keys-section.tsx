/**
 * Keys for programs: made here, shown once, removed any time.
 */
import { useState } from "preact/hooks";
import { refresh, useAnswer } from "../answer.ts";
import { API, call } from "../api.ts";
import { useHere } from "../context.ts";
import { copy } from "../shell/toast.tsx";
import { say } from "../words.ts";
import { Section, Trouble, useChange } from "./section.tsx";

export interface Key {
  id: string;
  name: string;
  scope: string;
  sites: string[];
  lastUsedAt: number | null;
}
const SCOPES = ["read", "write", "admin"] as const;

export function KeysSection() {
  const { site, formats } = useHere();
  const change = useChange();
  const keys = useAnswer<{ keys: Key[] }>("/keys");
  const [name, setName] = useState("");
  const [scope, setScope] = useState<string>("read");
  const [made, setMade] = useState("");
  return (
    <Section id="keys" title={say("set.keysTitle")}>
      <table class="tbl inset">
        <tbody>
          {(keys.data?.keys ?? []).map((key) => (
            <tr key={key.id}>
              <td>
                <b>{key.name}</b> <code class="mut">{key.id}…</code>
              </td>
              <td class="l">{say(`set.scope.${key.scope}` as "set.scope.read")}</td>
              <td class="opt">
                {say("set.keyUsed")}:{" "}
                {key.lastUsedAt === null
                  ? say("set.never")
                  : formats.moment(new Date(key.lastUsedAt).toISOString())}
              </td>
              <td>
                <button
                  type="button"
                  class="btn danger"
                  onClick={() =>
                    change.run(async () => {
                      await call(`${API}/keys/${encodeURIComponent(key.id)}`, { method: "DELETE" });
                      refresh(`${API}/keys`);
                    }, say("set.removed"))
                  }
                >
                  {say("set.remove")}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="two">
        <label>
          {say("set.keyName")}
          <input value={name} maxLength={100} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label>
          {say("set.keyScope")}
          <select class="input" value={scope} onChange={(event) => setScope(event.currentTarget.value)}>
            {SCOPES.map((known) => (
              <option key={known} value={known}>
                {say(`set.scope.${known}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Trouble problem={change.problem ?? keys.problem} />
      <div class="acts">
        <button
          type="button"
          class="btn pri"
          disabled={name === "" || change.isBusy}
          onClick={() =>
            change.run(async () => {
              const answer = await call<{ key: string }>(`${API}/keys`, {
                method: "POST",
                body: { name, scope, sites: [site.id] },
              });
              setMade(answer.key);
              setName("");
              refresh(`${API}/keys`);
            }, "")
          }
        >
          {say("set.keyMake")}
        </button>
      </div>
      {made !== "" && (
        <div class="answer" role="status">
          <p>{say("set.keyOnce")}</p>
          <code class="wrapped">{made}</code>
          <div class="acts">
            <button type="button" class="btn" onClick={() => copy(made, say("copied"))}>
              {say("copyLink")}
            </button>
          </div>
        </div>
      )}
    </Section>
  );
}
