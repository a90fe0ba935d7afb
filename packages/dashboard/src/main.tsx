/**
 * Starts the page: theme and language first, then the first picture.
 */
import { render } from "preact";
import { currentAddress } from "./address.ts";
import { App } from "./app.tsx";
import { applyTheme, remembered } from "./shell/choices.ts";
import { snapshot } from "./snapshot.ts";
import { speak, wantedLanguage } from "./words.ts";

const { params } = currentAddress();
applyTheme(params.theme);
if (snapshot() !== undefined) document.documentElement.dataset.report = "";
const language = wantedLanguage(params.lang, remembered("lang"), navigator.languages);

speak(language)
  .catch(() => speak("en")) // The language file did not arrive; English is here already.
  .then(() => {
    document.documentElement.lang = language;
    render(<App />, document.getElementById("app")!);
  });
