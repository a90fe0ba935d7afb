/**
 * Ways to take the page to somebody else: its address, a print, and links for people without an account.
 */
import type { Address } from "../address.ts";
import { addressOf } from "../address.ts";
import { API, call } from "../api.ts";
import { useHere } from "../context.ts";
import { LANGUAGE_NAMES, LANGUAGES, languageNow, say } from "../words.ts";
import { remember } from "./choices.ts";
import { Drop } from "./drop.tsx";
import { Link } from "./link.tsx";
import { copy } from "./toast.tsx";

export function ShareMenu(_props: { params: Address["params"] }) {
  const { isReadOnly } = useHere();
  return (
    <Drop summary={say("share")}>
      <button type="button" class="item" onClick={() => copy(location.href, say("copied"))}>
        {say("copyLink")}
      </button>
      {!isReadOnly && (
        <Link class="item" to={addressOf("settings", "sharing")}>
          {say("shareLinks")}
        </Link>
      )}
      <button type="button" class="item" onClick={() => print()}>
        {say("print")}
      </button>
      {!isReadOnly && (
        <button
          type="button"
          class="item"
          onClick={async () => {
            await call(`${API}/session`, { method: "DELETE" });
            location.assign("/");
          }}
        >
          {say("signOut")}
        </button>
      )}
      <div class="row2">
        <label>
          {say("language")}
          <select
            class="input"
            value={languageNow()}
            onChange={(event) => {
              remember("lang", event.currentTarget.value);
              const url = new URL(location.href);
              url.searchParams.delete("lang");
              location.replace(url);
            }}
          >
            {LANGUAGES.map((language) => (
              <option key={language} value={language} lang={language}>
                {LANGUAGE_NAMES[language]}
              </option>
            ))}
          </select>
        </label>
      </div>
    </Drop>
  );
}
