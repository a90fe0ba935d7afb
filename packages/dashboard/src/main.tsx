/**
 * Starts the page: theme and language first, then the first picture.
 *
 * Every other question names a site, so the sites are asked for before anything else is done. Their answer is there in a few
 * milliseconds; waiting for it a moment saves drawing the page twice, for a site without a name and for the real one.
 */
import { render } from "preact";
import { currentAddress } from "./address.ts";
import { askAhead } from "./answer.ts";
import { askAsShare, SITES_QUERY } from "./api.ts";
import { App } from "./app.tsx";
import { applyTheme, remembered } from "./shell/choices.ts";
import { snapshot } from "./snapshot.ts";
import { speak, wantedLanguage } from "./words.ts";

/** How long the first picture waits for the sites; a collector farther away finds the frames drawn. */
const SITES_MS = 80;

const { params } = currentAddress();
askAsShare(params.share);
const sites = Promise.race([
  askAhead("/sites", SITES_QUERY),
  new Promise<void>((resolve) => {
    setTimeout(resolve, SITES_MS);
  }),
]);
applyTheme(params.theme);
if (snapshot() !== undefined) document.documentElement.dataset.report = "";
const language = wantedLanguage(params.lang, remembered("lang"), navigator.languages);

speak(language)
  .catch(() => speak("en")) // The language file did not arrive; English is here already.
  .then(() => sites)
  .then(() => {
    document.documentElement.lang = language;
    render(<App />, document.getElementById("app")!);
  });
