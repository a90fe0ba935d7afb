/**
 * `sojourn person`: one person's timeline, with the reason of every stage change.
 */
import type { DataFlag } from "../domain/data-flags.ts";
import { formatMinor } from "../domain/money.ts";
import type { Command } from "./command.ts";
import { ask, siteOf } from "./data.ts";
import { needed, optional } from "./typed.ts";

const MEANINGS: Readonly<Record<DataFlag, string>> = {
  "order-edited": "the shop's newest version is worth more than the first one, which counts",
  "order-revived": "the shop counts it again after its cancellation; here it stays cancelled",
  "visitor-conflict": "a claim that would have made two customers one was not followed",
};

export const personCommand: Command = {
  name: "person",
  summary: "One person's timeline, with the reason of every stage change.",
  usage: "<visitor, customer or alias> [--site <id>]",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    model: { type: "string", help: "life-cycle model (default: the site's)" },
    at: { type: "string", help: "stage and changes as of this date or instant" },
    "known-at": { type: "string", help: "what was said then, before later arrivals corrected it" },
    superseded: { type: "boolean", help: "also changes that a late touchpoint or a merge took back" },
  },
  async run(words, io) {
    const answer = await ask(words, io, "person", {
      site: siteOf(words, io),
      person: needed(words, 0, "person"),
      ...optional("model", words.text("model")),
      ...optional("at", words.text("at")),
      ...optional("knownAt", words.text("known-at")),
      superseded: words.is("superseded"),
    });
    if (words.is("json")) {
      io.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const who = answer.customer === null ? answer.id : `customer ${answer.customer} (${answer.id})`;
    io.out(`${who}\n`);
    io.out(`Stage: ${answer.stage ?? "none"}${answer.since === null ? "" : ` since ${answer.since}`}\n`);
    for (const { flag, about, at } of answer.flags) io.out(`${flag}: ${about}, ${at}; ${MEANINGS[flag]}\n`);
    if (answer.firstTouch !== null) {
      io.out(
        `First came by: ${answer.firstTouch.channel} (${answer.firstTouch.source} / ${answer.firstTouch.medium})\n`,
      );
    }
    io.out("\n");
    const lines: { at: string; order: number; text: string }[] = [];
    for (const entry of answer.timeline) {
      const { url, order, value, currency } = entry.fields as {
        url?: string;
        order?: string;
        value?: number;
        currency?: string;
      };
      const facts = [
        url,
        order === undefined ? undefined : `order ${order}`,
        value === undefined ? undefined : `${formatMinor(value, currency ?? "EUR")} ${currency ?? ""}`,
        entry.traffic === "person" ? undefined : `(${entry.traffic}, not counted)`,
      ].filter((fact) => fact !== undefined);
      lines.push({ at: entry.at, order: 0, text: `  ${entry.kind.padEnd(20)} ${facts.join("  ")}` });
      if (entry.touch !== undefined) {
        const { channel, source, medium, campaign, rule } = entry.touch;
        const name = `${source} / ${medium}${campaign === null ? "" : ` / ${campaign}`}`;
        lines.push({ at: entry.at, order: 1, text: `    came by ${channel} (${name}), because ${rule}` });
      }
    }
    for (const change of answer.changes) {
      const from = change.from === null ? "" : `${change.from} -> `;
      const mark = change.supersededAt === null ? "" : ` [taken back ${change.supersededAt}]`;
      const cause = change.cause === "time" ? "time passed" : "this happened";
      lines.push({
        at: change.at,
        order: 2,
        text: `    STAGE ${from}${change.to}: ${cause}, rule ${change.rule}${mark}`,
      });
    }
    lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.order - b.order));
    for (const line of lines) io.out(`${line.at}${line.text}\n`);
    return 0;
  },
};
