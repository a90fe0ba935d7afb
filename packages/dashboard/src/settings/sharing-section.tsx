/**
 * Links for people without an account: read-only, withdrawn any time, with a password where wanted.
 */
import { useState } from "preact/hooks";
import { refresh, useAnswer } from "../answer.ts";
import { API, apiUrl, call } from "../api.ts";
import { useHere } from "../context.ts";
import { copy } from "../shell/toast.tsx";
import { say } from "../words.ts";
import { Section, Trouble, useChange } from "./section.tsx";

interface Shares {
  shares: { id: string; name: string; site: string; hasPassword: boolean; lastUsedAt: number | null }[];
}

export function SharingSection() {
  const { site, formats } = useHere();
  const change = useChange();
  const shares = useAnswer<Shares>("/shares", { site: site.id });
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [made, setMade] = useState("");
  return (
    <Section id="sharing" title={say("set.sharingTitle")} explain={say("set.sharingText")}>
      <table class="tbl inset">
        <tbody>
          {(shares.data?.shares ?? []).map((share) => (
            <tr key={share.id}>
              <td>
                <b>{share.name}</b> <span class="mut">{share.hasPassword && say("set.hasPassword")}</span>
              </td>
              <td class="opt">
                {say("set.keyUsed")}:{" "}
                {share.lastUsedAt === null
                  ? say("set.never")
                  : formats.moment(new Date(share.lastUsedAt).toISOString())}
              </td>
              <td>
                <button
                  type="button"
                  class="btn danger"
                  onClick={() =>
                    change.run(async () => {
                      await call(apiUrl(`/shares/${encodeURIComponent(share.id)}`, { site: site.id }), {
                        method: "DELETE",
                      });
                      refresh(`${API}/shares`);
                    }, say("set.removed"))
                  }
                >
                  {say("set.withdraw")}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
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
          onClick={() =>
            change.run(async () => {
              const { token } = await call<{ token: string }>(`${API}/shares`, {
                method: "POST",
                body: { site: site.id, name, ...(password === "" ? {} : { password }) },
              });
              setMade(`${location.origin}/?site=${encodeURIComponent(site.id)}&share=${token}`);
              setName("");
              setPassword("");
              refresh(`${API}/shares`);
            }, "")
          }
        >
          {say("set.shareMake")}
        </button>
      </div>
      {made !== "" && (
        <div class="answer" role="status">
          <p>{say("set.keyOnce")}</p>
          <code class="wrapped" data-share-link>
            {made}
          </code>
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
