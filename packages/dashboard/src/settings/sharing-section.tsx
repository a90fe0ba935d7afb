/**
 * Links for people without an account: read-only, withdrawn any time, with a password where wanted.
 */
import { useState } from "preact/hooks";
import { refresh, useAnswer } from "../answer.ts";
import { API, apiUrl, call } from "../api.ts";
import { useHere } from "../context.ts";
import { say } from "../words.ts";
import { GrantTable, ShownOnce } from "./grants.tsx";
import { Section, Trouble, useChange } from "./section.tsx";

interface Share {
  id: string;
  name: string;
  hasPassword: boolean;
  lastUsedAt: number | null;
}

export function SharingSection() {
  const { site } = useHere();
  const change = useChange();
  const shares = useAnswer<{ shares: Share[] }>("/shares", { site: site.id });
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [made, setMade] = useState("");
  const make = async (): Promise<void> => {
    const { token } = await call<{ token: string }>(`${API}/shares`, {
      method: "POST",
      body: { site: site.id, name, ...(password === "" ? {} : { password }) },
    });
    setMade(`${location.origin}/?site=${encodeURIComponent(site.id)}&share=${token}`);
    setName("");
    setPassword("");
    refresh(`${API}/shares`);
  };
  const withdraw = async ({ id }: Share): Promise<void> => {
    await call(apiUrl(`/shares/${encodeURIComponent(id)}`, { site: site.id }), { method: "DELETE" });
    refresh(`${API}/shares`);
  };
  return (
    <Section id="sharing" title={say("set.sharingTitle")} explain={say("set.sharingText")}>
      <GrantTable
        grants={shares.data?.shares ?? []}
        title={say("set.sharingTitle")}
        note={({ hasPassword }) => hasPassword && say("set.hasPassword")}
        removeWord={say("set.withdraw")}
        onRemove={(share) => change.run(() => withdraw(share), say("set.removed"))}
      />
      <div class="two">
        <label>
          {say("set.shareName")}
          <input
            id="share-name"
            value={name}
            maxLength={100}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label>
          {say("set.sharePassword")}
          <input
            id="share-password"
            type="password"
            autocomplete="new-password"
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
      </div>
      <Trouble problem={change.problem ?? shares.problem} />
      <div class="acts">
        <button
          type="button"
          class="btn pri"
          disabled={name === "" || change.isBusy}
          onClick={() => change.run(make, "")}
        >
          {say("set.shareMake")}
        </button>
      </div>
      <ShownOnce secret={made} />
    </Section>
  );
}
