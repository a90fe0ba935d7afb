/**
 * Keys for programs: made here, shown once, removed any time.
 */
import { useState } from "preact/hooks";
import { refresh, useAnswer } from "../answer.ts";
import { API, call } from "../api.ts";
import { useHere } from "../context.ts";
import { say } from "../words.ts";
import { GrantTable, ShownOnce } from "./grants.tsx";
import { Section, Trouble, useChange } from "./section.tsx";

interface Key {
  id: string;
  name: string;
  scope: (typeof SCOPES)[number];
  lastUsedAt: number | null;
}
const SCOPES = ["read", "write", "admin"] as const;

export function KeysSection() {
  const { site } = useHere();
  const change = useChange();
  const keys = useAnswer<{ keys: Key[] }>("/keys");
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Key["scope"]>("read");
  const [made, setMade] = useState("");
  const make = async (): Promise<void> => {
    const answer = await call<{ key: string }>(`${API}/keys`, {
      method: "POST",
      body: { name, scope, sites: [site.id] },
    });
    setMade(answer.key);
    setName("");
    refresh(`${API}/keys`);
  };
  const remove = async ({ id }: Key): Promise<void> => {
    await call(`${API}/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
    refresh(`${API}/keys`);
  };
  return (
    <Section id="keys" title={say("set.keysTitle")} explain={say("set.keysText")}>
      <GrantTable
        grants={keys.data?.keys ?? []}
        title={say("set.keysTitle")}
        note={(key) => `${key.id}…, ${say(`set.scope.${key.scope}`)}`}
        removeWord={say("set.remove")}
        onRemove={(key) => change.run(() => remove(key), say("set.removed"))}
      />
      <div class="two">
        <label>
          {say("set.keyName")}
          <input
            id="key-name"
            value={name}
            maxLength={100}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label>
          {say("set.keyScope")}
          <select
            id="key-scope"
            class="input"
            value={scope}
            onChange={(event) => setScope(event.currentTarget.value as Key["scope"])}
          >
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
          onClick={() => change.run(make, "")}
        >
          {say("set.keyMake")}
        </button>
      </div>
      <ShownOnce secret={made} />
    </Section>
  );
}
