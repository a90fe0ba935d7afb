/**
 * A site nobody has visited yet: the line to paste, three steps, and a light that turns green by itself.
 */
import { useEffect } from "preact/hooks";
import { refresh } from "../answer.ts";
import { API } from "../api.ts";
import { useHere } from "../context.ts";
import { Snippet } from "../shell/scroller.tsx";
import { copy } from "../shell/toast.tsx";
import { say } from "../words.ts";

/** How often the page looks for the first touchpoint. */
const LOOK_MS = 2_000;

/** The line that belongs on every page of the site. */
export const snippetOf = (site: string): string =>
  `<script defer src="${location.origin}/sojourn.js" data-site="${site}"></script>`;

export function Empty() {
  const { site } = useHere();
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") refresh(`${API}/stages`);
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const snippet = snippetOf(site.id);
  return (
    <section class="card state" aria-labelledby="empty-title">
      <h1 class="vh">{site.name || site.id}</h1>
      <h2 id="empty-title">{say("emptyTitle")}</h2>
      <p>{say("emptyText")}</p>
      <Snippet name={say("emptySnippet")} text={snippet.replace(" data-site", "\n        data-site")} />
      <ol>
        <li>{say("emptyStep1")}</li>
        <li>{say("emptyStep2")}</li>
        <li>{say("emptyStep3")}</li>
      </ol>
      <div class="acts">
        <button type="button" class="btn pri" onClick={() => copy(snippet, say("copied"))}>
          {say("copySnippet")}
        </button>
      </div>
      <p class="live gap" role="status">
        <span class="dot" />
        {say("listening")}
      </p>
    </section>
  );
}
