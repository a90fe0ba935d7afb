/**
 * `sojourn reclassify`: what other rules, or newer tables, would move; and with `--apply` history classified again by them.
 */
import { formatMinor } from "../domain/money.ts";
import type { ClassificationRules } from "../domain/reclassification.ts";
import { parseOperatorRules } from "../domain/source/operator-rules.ts";
import { type MoveRow, mergeReclassify, type ReclassifyAnswer } from "../report/reclassify.ts";
import { openProgress } from "./bar.ts";
import type { Command, Io, Words } from "./command.ts";
import { ask, change, siteOf } from "./data.ts";
import { readRules } from "./rules.ts";
import { textTable } from "./text-table.ts";
import { oneOf, optional } from "./typed.ts";

const PEOPLE_PER_CALL = 2_000;
const PEOPLE_PER_STEP = 200;
const MOST_ROWS = 40;

export const reclassifyCommand: Command = {
  name: "reclassify",
  summary: "See what other channel rules or newer tables would move, then apply them to history.",
  usage: "[--site <id>] [--rules <file>] [--profile default|ga4] [--host <host>]… [--apply]",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    rules: { type: "string", help: "file with operator rules (YAML or JSON); default: the site's" },
    profile: { type: "string", help: "default or ga4; default: the site's" },
    host: { type: "string", multiple: true, help: "hosts that are the site itself; default: the site's" },
    apply: { type: "boolean", help: "keep the rules and classify history again; without it nothing changes" },
  },
  more: "  sojourn reclassify --site shop --rules rules.yaml\n  sojourn reclassify --site shop --rules rules.yaml --apply",
  async run(words, io) {
    const site = siteOf(words, io);
    const rules = rulesOf(words);
    const answer = await compare(words, io, site, rules);
    if (words.is("apply")) await apply(words, io, site, rules);
    if (words.is("json")) {
      io.out(`${JSON.stringify({ ...answer, applied: words.is("apply") })}\n`);
      return 0;
    }
    io.out(textOf(answer));
    if (words.is("apply")) io.out("Applied.\n");
    else if (answer.moved > 0 || answer.isStale) io.out("Nothing was changed. To do it: --apply\n");
    return 0;
  },
};

function rulesOf(words: Words): Partial<ClassificationRules> {
  const file = words.text("rules");
  const hosts = words.list("host");
  return {
    ...optional("rules", file === undefined ? undefined : [...parseOperatorRules(readRules(file))]),
    ...optional("profile", oneOf(words, "profile", ["default", "ga4"] as const)),
    ...optional("hosts", hosts.length === 0 ? undefined : hosts),
  };
}

async function compare(
  words: Words,
  io: Io,
  site: string,
  rules: Partial<ClassificationRules>,
): Promise<ReclassifyAnswer> {
  const progress = openProgress(io, "Comparing", undefined);
  let answer = await ask(words, io, "reclassify", { site, ...rules, limit: PEOPLE_PER_CALL });
  while (answer.next !== null) {
    progress.at(answer.people);
    const more = await ask(words, io, "reclassify", {
      site,
      ...rules,
      limit: PEOPLE_PER_CALL,
      after: answer.next,
    });
    answer = mergeReclassify(answer, more);
  }
  progress.end();
  return answer;
}

/** Classifies everybody again; when this is interrupted, a running collector goes on by itself, and so does the next call. */
async function apply(
  words: Words,
  io: Io,
  site: string,
  settings: Partial<ClassificationRules>,
): Promise<void> {
  const { people } = await change(words, io, "startReclassify", { site, settings });
  const progress = openProgress(io, "Classifying", people);
  for (let left = people; left > 0; ) {
    ({ left } = await change(words, io, "stepReclassify", { site, limit: PEOPLE_PER_STEP, at: io.now() }));
    progress.at(people - left);
  }
  // The last step notes that all is done, also for a site without people.
  await change(words, io, "stepReclassify", { site, limit: PEOPLE_PER_STEP, at: io.now() });
  progress.end();
}

function textOf(answer: ReclassifyAnswer): string {
  const { rows, currency } = answer;
  const lines = [
    `${answer.site}, tables of ${answer.tables}: ${answer.moved} of ${answer.touches} touches of ${answer.people} people would change`,
  ];
  if (answer.withoutRaw > 0) {
    lines.push(`${answer.withoutRaw} touches stay as they are: their touchpoints are no longer kept`);
  }
  if (rows.length > 0) {
    const place = (side: MoveRow["from"]) =>
      side === null
        ? "(no touch)"
        : `${side.channel} (${[side.source, side.campaign].filter(Boolean).join(", ")})`;
    lines.push(
      "",
      textTable(
        ["from", "to", "touches", "people", "orders", `revenue ${currency}`, "for example"],
        rows
          .slice(0, MOST_ROWS)
          .map((row) => [
            place(row.from),
            place(row.to),
            String(row.touches),
            String(row.people),
            String(row.orders),
            formatMinor(row.revenue, currency),
            row.example?.landing ?? "",
          ]),
      ),
    );
    if (rows.length > MOST_ROWS) lines.push(`… and ${rows.length - MOST_ROWS} more`);
    lines.push("");
  }
  return `${lines.join("\n")}\n`;
}
