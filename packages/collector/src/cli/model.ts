/**
 * `sojourn model`: look at, check, try and apply life-cycle models.
 */
import { readFileSync } from "node:fs";
import { modelLabel } from "../domain/lifecycle/labels.ts";
import { modelJsonSchema } from "../domain/lifecycle/model.ts";
import { PRESET_IDS, presetModel } from "../domain/lifecycle/presets.ts";
import { SojournError } from "../errors.ts";
import { bar } from "./bar.ts";
import { type Command, type Io, linesOf, type Words } from "./command.ts";
import { ask, change, siteOf } from "./data.ts";
import { modelNamed, readTime, tryModel } from "./model-try.ts";
import { textTable } from "./text-table.ts";
import { needed, optional } from "./typed.ts";

export const modelCommand: Command = {
  name: "model",
  summary: "Life-cycle models: list, show, check, try on a history, preview, apply to a site, remove.",
  usage:
    "list [--site <id>] | show <model> | check <file> | try <model> --at <time> [file] | preview <model> | apply <model> | remove <id> | schema",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    at: { type: "string", help: "try: the instant asked about, ISO or epoch ms" },
    "known-at": { type: "string", help: "try: only what was received by then" },
  },
  more: [
    "  <model> is a preset or a YAML or JSON file.",
    '  sojourn model try reach-loyalty --at 2026-01-01T00:00:00Z < history.ndjson   (lines {"id","kind","at",…})',
  ].join("\n"),
  async run(words, io) {
    const verb = needed(words, 0, "of list, show, check, try, preview, apply, remove, schema");
    switch (verb) {
      case "list":
        if (words.text("site") !== undefined) return listOfSite(words, io);
        for (const id of PRESET_IDS) io.out(`${id.padEnd(26)}${modelLabel(presetModel(id)!, "en")}\n`);
        return 0;
      case "show":
        io.out(`${JSON.stringify(named(words), null, 2)}\n`);
        return 0;
      case "schema":
        io.out(`${JSON.stringify(modelJsonSchema(), null, 2)}\n`);
        return 0;
      case "check": {
        const model = named(words);
        io.out(`${model.id}: ${model.stages.length} stages, ${model.rules.length} rules, nothing wrong\n`);
        return 0;
      }
      case "try":
        return tryOnHistory(words, io);
      case "apply": {
        const answer = await change(words, io, "applyModel", {
          site: siteOf(words, io),
          model: named(words),
          at: io.now(),
        });
        io.out(
          words.is("json")
            ? `${JSON.stringify(answer)}\n`
            : `${answer.id} version ${answer.version} is ${answer.state}${answer.state === "building" ? "; the version before it answers until it is done" : ""}\n`,
        );
        return 0;
      }
      case "remove": {
        const answer = await change(words, io, "removeModel", {
          site: siteOf(words, io),
          id: needed(words, 1, "model"),
        });
        io.out(words.is("json") ? `${JSON.stringify(answer)}\n` : "");
        return 0;
      }
      case "preview":
        return previewOf(words, io);
      default:
        throw new SojournError("bad_usage", `model ${verb} is not known`, {
          hint: "See: sojourn model --help",
        });
    }
  },
};

async function listOfSite(words: Words, io: Io): Promise<number> {
  const { sites } = await ask(words, io, "sites", {});
  const site = sites.find(({ id }) => id === words.text("site"));
  if (site === undefined) throw new SojournError("not_found", `There is no site "${words.text("site")}"`);
  if (words.is("json")) {
    io.out(`${JSON.stringify(site.models)}\n`);
    return 0;
  }
  const rows = site.models.map(({ id, version, state, progress, stages }) => [
    id === site.model ? `${id} *` : id,
    String(version),
    state === "building" ? `building, ${Math.floor(progress * 100)} %` : state,
    stages.join(" "),
  ]);
  io.out(`${textTable(["model", "version", "state", "stages"], rows)}\n`);
  return 0;
}

async function previewOf(words: Words, io: Io): Promise<number> {
  const answer = await ask(words, io, "preview", { site: siteOf(words, io), model: named(words) });
  if (words.is("json")) {
    io.out(`${JSON.stringify(answer)}\n`);
    return 0;
  }
  const rows = answer.stages.map(({ label, people, share }) => [
    label,
    String(people),
    share === null ? "" : `${(share * 100).toFixed(1)} %`,
    bar(share ?? 0, 24),
  ]);
  io.out(`${textTable(["stage", "people", "share", ""], rows)}\n`);
  if (answer.looked < answer.people) io.note(`Estimated from ${answer.looked} of ${answer.people} people\n`);
  return 0;
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new SojournError("bad_model", `${path} cannot be read`, { cause });
  }
};

const named = (words: Words) => modelNamed(needed(words, 1, "model: a preset or a file"), readText);

async function tryOnHistory(words: Words, io: Io): Promise<number> {
  const at = timeOf(words, "at");
  if (at === undefined) throw new SojournError("bad_usage", "Say which instant: --at 2026-01-01T00:00:00Z");
  const file = words.positionals[2];
  const lines: string[] = [];
  if (file === undefined) for await (const line of linesOf(io.stdin)) lines.push(line);
  else lines.push(...readText(file).split(/\r?\n/));
  const outcome = tryModel(named(words), lines, { at, ...optional("knownAt", timeOf(words, "known-at")) });
  if (outcome.kind === "refused") {
    for (const { line, reason } of outcome.problems) io.note(`line ${line}: ${reason}\n`);
    return 1;
  }
  io.out(`${JSON.stringify(outcome.answer)}\n`);
  return 0;
}

function timeOf(words: Words, name: string): number | undefined {
  const typed = words.text(name);
  if (typed === undefined) return undefined;
  const at = readTime(typed);
  if (at === undefined) {
    throw new SojournError("bad_usage", `--${name} is "${typed}"`, {
      hint: "Use 2026-01-01T00:00:00Z or epoch ms.",
    });
  }
  return at;
}
