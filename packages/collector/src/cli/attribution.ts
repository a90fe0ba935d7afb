/**
 * `sojourn attribution`: all models of credit side by side, the paths to a conversion, and the touches behind a figure.
 */
import { CREDIT_MODELS } from "../domain/attribution/credit.ts";
import { formatMinor } from "../domain/money.ts";
import { SojournError } from "../errors.ts";
import type { AttributionAnswer } from "../report/attribution.ts";
import type { LengthBucket } from "../report/path-lengths.ts";
import { bar } from "./bar.ts";
import type { Command, Io, Words } from "./command.ts";
import { CREDIT_OPTIONS, creditOf, modelOf, SUBJECT_OPTIONS, subjectOf } from "./credit-words.ts";
import { ask, siteOf } from "./data.ts";
import { textTable } from "./text-table.ts";
import { optional } from "./typed.ts";

export const attributionCommand: Command = {
  name: "attribution",
  summary: "Credit by every model side by side; the paths to a conversion; the touches behind a figure.",
  usage: "[conversions | touches] [--site <id>] [--by <dimension>] [--conversion <name>]",
  options: {
    ...SUBJECT_OPTIONS,
    ...CREDIT_OPTIONS,
    credit: { type: "string", help: `conversions: the model of the shares: ${CREDIT_MODELS.join(", ")}` },
    paths: { type: "string", help: "how many paths are listed (default 20)" },
    limit: { type: "string", help: "conversions, touches: rows per page (default 100)" },
    after: { type: "string", help: "conversions, touches: `next` of the page before" },
  },
  more: "  sojourn attribution --conversion stage:loyal\n  sojourn attribution conversions --within channel=Email",
  async run(words, io) {
    const what = words.positionals[0];
    if (what === "conversions") return listConversions(words, io);
    if (what === "touches") return listTouches(words, io);
    if (what !== undefined) {
      throw new SojournError("bad_usage", `attribution ${what} is not known`, {
        hint: "Use attribution, attribution conversions or attribution touches.",
      });
    }
    const answer = await ask(words, io, "attribution", {
      site: siteOf(words, io),
      ...subjectOf(words),
      ...creditOf(words),
      ...optional("paths", countOf(words, "paths")),
    });
    io.out(words.is("json") ? `${JSON.stringify(answer)}\n` : textOf(answer));
    return 0;
  },
};

function textOf(answer: AttributionAnswer): string {
  const { period, rows, total, markov, lengths, currency } = answer;
  const models = CREDIT_MODELS.filter((model) => answer.refused.every((one) => one.model !== model));
  const round = (n: number) => String(Math.round(n * 100) / 100);
  const lines = [
    `${answer.site}, ${period.from} to ${period.to} (${period.zone}), ${answer.conversion}: ${total.conversions}, ${formatMinor(Math.round(total.value), currency)} ${currency}`,
    "",
    textTable(
      [answer.by, ...models, "spread", "assisted"],
      rows.map((row) => [
        row.value,
        ...models.map((model) => round(row.credit[model]?.conversions ?? 0)),
        round(row.spread),
        String(row.assisted),
      ]),
    ),
  ];
  if (answer.unattributed.conversions > 0) lines.push(`(unattributed): ${answer.unattributed.conversions}`);
  for (const { model, reason } of answer.refused) lines.push(`${model}: ${reason}`);
  if (markov?.tooLittleData) lines.push(`Too little data for markov: ${markov.reasons.join("; ")}`);
  lines.push("", `Paths (${answer.pathCount} different ones)`, "");
  lines.push(
    textTable(
      ["path", "conversions", `value ${currency}`, "not converted"],
      answer.paths.map(({ path, conversions, value, nulls }) => [
        path.join(" > "),
        String(conversions),
        formatMinor(value, currency),
        String(nulls),
      ]),
    ),
  );
  const distribution = (name: string, median: number | null, buckets: readonly LengthBucket[]) => {
    if (median === null) return;
    const most = Math.max(1, ...buckets.map((bucket) => bucket.conversions));
    lines.push("", `${name}, median ${round(median)}`, "");
    lines.push(
      textTable(
        ["", "conversions", ""],
        buckets.map(({ from, to, conversions }) => [
          to === from ? `${from}` : to === null ? `${from}+` : `${from}-${to}`,
          String(conversions),
          bar(conversions / most, 20),
        ]),
      ),
    );
  };
  distribution("Days to conversion", lengths.days.median, lengths.days.buckets);
  distribution("Touches to conversion", lengths.touches.median, lengths.touches.buckets);
  return `${lines.join("\n")}\n`;
}

async function listConversions(words: Words, io: Io): Promise<number> {
  const answer = await ask(words, io, "conversions", {
    site: siteOf(words, io),
    ...subjectOf(words),
    ...modelOf(words),
    ...creditOf(words),
    ...optional("limit", countOf(words, "limit")),
    ...optional("after", words.text("after")),
  });
  if (words.is("json")) {
    io.out(`${JSON.stringify(answer)}\n`);
    return 0;
  }
  for (const row of answer.rows) {
    const value = row.value === 0 ? "" : `  ${formatMinor(row.value, answer.currency)} ${answer.currency}`;
    io.out(`${row.at}  ${row.name}${value}  ${row.customer ?? row.person}\n`);
    if (row.touches.length === 0) io.out("  (unattributed): no touch in the lookback\n");
    for (const touch of row.touches) {
      const share = touch.share === null ? "" : `${Math.round(touch.share * 1_000) / 10} %`;
      const campaign = touch.campaign === null ? "" : `, ${touch.campaign}`;
      io.out(
        `  ${share.padStart(7)}  ${touch.at}  ${touch.channel} (${touch.source}${campaign})  ${touch.landing}\n`,
      );
    }
  }
  if (answer.next !== null) io.out(`\nMore: --after ${answer.next}\n`);
  return 0;
}

async function listTouches(words: Words, io: Io): Promise<number> {
  const answer = await ask(words, io, "touches", {
    site: siteOf(words, io),
    ...subjectOf(words),
    ...optional("limit", countOf(words, "limit")),
    ...optional("after", words.text("after")),
  });
  if (words.is("json")) {
    io.out(`${JSON.stringify(answer)}\n`);
    return 0;
  }
  const rows = answer.rows.map((row) => [
    row.at,
    row.customer ?? row.person,
    row.channel,
    row.source,
    row.campaign ?? "–",
    row.landing,
    row.rule,
  ]);
  io.out(`${textTable(["at", "person", "channel", "source", "campaign", "landing", "rule"], rows)}\n`);
  if (answer.next !== null) io.out(`\nMore: --after ${answer.next}\n`);
  return 0;
}

function countOf(words: Words, name: string): number | undefined {
  const typed = words.text(name);
  if (typed === undefined) return undefined;
  const count = Number(typed);
  if (Number.isInteger(count) && count >= 0 && count <= 1_000) return count;
  throw new SojournError("bad_usage", `--${name} is "${typed}"`, { hint: "Use a whole number up to 1000." });
}
