/**
 * `sojourn classify`: why a visit would be this source and this channel. Needs no data file.
 */
import { classify, parseOperatorRules, type SourceOptions } from "../domain/source/classify.ts";
import { SojournError } from "../errors.ts";
import { classifyLines } from "./classify-lines.ts";
import { type Command, linesOf } from "./command.ts";
import { readRules } from "./rules.ts";
import { oneOf, optional } from "./typed.ts";

export const classifyCommand: Command = {
  name: "classify",
  summary: "Source and channel of a visit, with the rule that fired.",
  usage: "<url> [--referrer <url>] | --ndjson < lines",
  options: {
    referrer: { type: "string", help: "what document.referrer said" },
    ndjson: {
      type: "boolean",
      help: 'read lines {"url","referrer"} from standard input, answer a line each',
    },
    profile: { type: "string", help: "default, or ga4 (its default channel group, strictly)" },
    "site-host": {
      type: "string",
      multiple: true,
      help: "a host that is the site itself; may be given several times",
    },
    rules: { type: "string", help: "file with channel rules of your own (YAML or JSON)" },
  },
  more: '  sojourn classify "https://shop.example/?gclid=x" --referrer https://www.google.com/',
  async run(words, io) {
    const rulesFile = words.text("rules");
    const options: SourceOptions = {
      ...optional("profile", oneOf(words, "profile", ["default", "ga4"] as const)),
      siteHosts: words.list("site-host"),
      ...(rulesFile === undefined ? {} : { rules: parseOperatorRules(readRules(rulesFile)) }),
    };
    if (words.is("ndjson")) {
      for await (const line of classifyLines(linesOf(io.stdin), options)) io.out(`${line}\n`);
      return 0;
    }
    const url = words.positionals[0];
    if (url === undefined) {
      throw new SojournError("bad_usage", "Say which address was visited", {
        hint: 'sojourn classify "https://shop.example/?utm_source=x" --referrer https://www.google.com/',
      });
    }
    const decision = classify({ url, referrer: words.text("referrer") ?? null, opensVisit: true }, options);
    if (words.is("json")) {
      io.out(`${JSON.stringify(decision)}\n`);
      return 0;
    }
    const rows: [string, string | undefined][] = [
      ["channel", decision.channel],
      ["source", decision.source],
      ["medium", decision.medium],
      ["campaign", decision.campaign],
      ["term", decision.term],
      ["content", decision.content],
      ["rule", decision.rule],
      ...Object.entries(decision.evidence).map(([role, what]): [string, string] => [`  ${role}`, what]),
      ["flags", decision.flags.length === 0 ? undefined : decision.flags.join(", ")],
      ["", decision.keepsPrevious ? "The visit keeps the source it had before." : undefined],
    ];
    for (const [name, value] of rows) if (value !== undefined) io.out(`${name.padEnd(12)}${value}\n`);
    return 0;
  },
};
