/**
 * The line to paste, which turns green when the first touchpoint arrives.
 */
import { useEffect } from "preact/hooks";
import { refresh, useAnswer } from "../answer.ts";
import { API } from "../api.ts";
import type { Health, Live } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { snippetOf } from "../overview/empty.tsx";
import { Snippet } from "../shell/scroller.tsx";
import { copy } from "../shell/toast.tsx";
import { say } from "../words.ts";
import { Section } from "./section.tsx";

const LOOK_MS = 2_000;

export function SnippetSection() {
  const { site, formats } = useHere();
  const live = useAnswer<Live>("/live", { site: site.id });
  // A quiet site has nothing live; its health knows of older ones.
  const health = useAnswer<Health>("/health", { site: site.id });
  const newestAt = live.data?.newestAt ?? health.data?.newestAt ?? null;
  useEffect(() => {
    const timer = setInterval(() => refresh(`${API}/live`), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const snippet = snippetOf(site.id);
  return (
    <Section id="snippet" title={say("set.snippetTitle")} explain={say("set.snippetText")}>
      <Snippet name={say("emptySnippet")} text={snippet.replace(" data-site", "\n        data-site")} />
      <div class="acts">
        <button type="button" class="btn pri" onClick={() => copy(snippet, say("copied"))}>
          {say("copySnippet")}
        </button>
        <span class="pill" role="status">
          <span class={newestAt === null ? "dot off" : "dot"} />
          {newestAt === null ? (
            say("set.waiting")
          ) : (
            <span class="ok">
              {say("set.green", { time: formats.ago(Date.now() - Date.parse(newestAt)) })}
            </span>
          )}
        </span>
      </div>
    </Section>
  );
}
