/**
 * `sojourn site`: add, list and set sites.
 */

import { SojournError } from "../errors.ts";
import { parse } from "../http/reports.ts";
import { newSite, siteSettings } from "../http/site-settings.ts";
import type { Command, Words } from "./command.ts";
import { ask, change } from "./data.ts";
import { needed, optional } from "./typed.ts";

export const siteCommand: Command = {
  name: "site",
  summary: "Sites: list, add, set, show.",
  usage: "list | add <id> | set <id> | show <id>  [--origin <origin>]… [--zone <zone>] …",
  options: {
    name: { type: "string", help: "shown to people" },
    origin: {
      type: "string",
      multiple: true,
      help: "origin that may send, such as https://shop.example; none: any",
    },
    host: { type: "string", multiple: true, help: "another host that is the site itself" },
    zone: { type: "string", help: "time zone, such as Europe/Berlin" },
    currency: { type: "string", help: "ISO 4217, such as EUR" },
    rate: {
      type: "string",
      multiple: true,
      help: "what a unit of another currency is worth in the site's: USD=0.92",
    },
    model: { type: "string", help: "the life-cycle model shown first" },
    profile: { type: "string", help: "channel rules: default or ga4" },
    "max-age-days": { type: "string", help: "older browser touchpoints are clamped (default 31)" },
    "cookie-domain": {
      type: "string",
      help: "keep the visitor's id in a cookie of this domain, such as shop.example",
    },
    "lead-score": {
      type: "string",
      help: "tell targets when somebody without an order passes this score; 0: not",
    },
    "survey-days": {
      type: "string",
      help: "tell targets so many days after an order: time to ask how it was; 0: not",
    },
    "retention-days": { type: "string", help: "keep raw touchpoints this long; 0: for ever" },
    "count-robots": { type: "boolean", help: "robots count like people (a test site)" },
    "count-spam": { type: "boolean", help: "visits with spam referrers count" },
    "count-own": { type: "boolean", help: "own traffic counts" },
    "no-count": { type: "boolean", help: "set: robots, spam and own traffic do not count" },
  },
  more: "  sojourn site add shop --origin https://shop.example --zone Europe/Berlin --currency EUR",
  async run(words, io) {
    const verb = needed(words, 0, "of list, add, set, show");
    if (verb === "list" || verb === "show") {
      const { sites } = await ask(words, io, "sites", {});
      const id = verb === "show" ? needed(words, 1, "site") : undefined;
      const shown = verb === "list" ? sites : sites.filter((site) => site.id === id);
      if (verb === "show" && shown.length === 0)
        throw new SojournError("not_found", `There is no site "${id}"`);
      if (words.is("json")) io.out(`${JSON.stringify(shown)}\n`);
      else {
        for (const site of shown) {
          const from = site.origins.length === 0 ? "any origin" : site.origins.join(", ");
          io.out(`${site.id}  ${site.zone}  ${site.currency}  model ${site.model}  ${from}\n`);
        }
      }
      return 0;
    }
    const settings = settingsOf(words);
    const id = needed(words, 1, "site");
    if (verb === "add") {
      const site = parse(newSite, { id, settings });
      io.out(`${JSON.stringify(await change(words, io, "addSite", { ...site, at: io.now() }))}\n`);
      return 0;
    }
    if (verb === "set") {
      const answer = await change(words, io, "updateSite", { id, settings: parse(siteSettings, settings) });
      io.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    throw new SojournError("bad_usage", `site ${verb} is not known`, { hint: "See: sojourn site --help" });
  },
};

function settingsOf(words: Words): Record<string, unknown> {
  const number = (name: string) => {
    const typed = words.text(name);
    return typed === undefined ? undefined : Number(typed);
  };
  const yes = (name: string) => (words.is(name) ? true : words.is("no-count") ? false : undefined);
  const list = (name: string) => (words.list(name).length === 0 ? undefined : words.list(name));
  return {
    ...optional("name", words.text("name")),
    ...optional("origins", list("origin")),
    ...optional("hosts", list("host")),
    ...optional("zone", words.text("zone")),
    ...optional("currency", words.text("currency")),
    ...optional("rates", ratesIn(words.list("rate"))),
    ...optional("model", words.text("model")),
    ...optional("profile", words.text("profile")),
    ...optional("maxAgeDays", number("max-age-days")),
    ...optional("cookieDomain", words.text("cookie-domain")),
    ...optional("leadScore", number("lead-score")),
    ...optional("surveyDays", number("survey-days")),
    ...optional("retentionDays", number("retention-days")),
    ...optional("countsRobots", yes("count-robots")),
    ...optional("countsSpam", yes("count-spam")),
    ...optional("countsOwn", yes("count-own")),
  };
}

/** `USD=0.92` as settings; the schema says what is wrong with a number that is none. */
function ratesIn(typed: readonly string[]): Record<string, number> | undefined {
  if (typed.length === 0) return undefined;
  return Object.fromEntries(
    typed.map((pair) => {
      const [currency = "", rate = ""] = pair.split("=");
      return [currency.trim().toUpperCase(), Number(rate)];
    }),
  );
}
