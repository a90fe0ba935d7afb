/**
 * `sojourn target`: goals per figure and period, and where we stand.
 */
import { parseMinor } from "../domain/money.ts";
import { SojournError } from "../errors.ts";
import { FIGURE_SHAPES } from "../report/figure-shapes.ts";
import { FIGURES, type FigureId } from "../report/kpis.ts";
import type { Command, Words } from "./command.ts";
import { ask, change, siteOf } from "./data.ts";
import { barTable, money, percent } from "./question.ts";
import { needed } from "./typed.ts";

export const targetCommand: Command = {
  name: "target",
  summary: "Goals per figure and period: where we stand.",
  usage: "list | set <figure> <period> <goal> | remove <figure> <period>",
  options: { site: { type: "string", help: "site id; may be left out when there is one site" } },
  more: [
    "  sojourn target set sign_ups 2026-11 +5%      5 % more than the month before",
    "  sojourn target set revenue 2026-Q4 120000    in the site's currency",
    "  sojourn target set repeat_rate 2026-11 30%",
    `  Figures: ${FIGURES.join(", ")}`,
  ].join("\n"),
  async run(words, io) {
    const verb = needed(words, 0, "of list, set, remove");
    const site = siteOf(words, io);
    if (verb === "list") {
      const answer = await ask(words, io, "targets", { site });
      if (words.is("json")) io.out(`${JSON.stringify(answer)}\n`);
      else if (answer.rows.length === 0) io.out("There is no target yet. See: sojourn target --help\n");
      else {
        const shown = (figure: FigureId, n: number | null) => inWords(figure, n, answer.currency);
        const table = barTable(
          ["figure", "period", "goal", "so far", "expected by now", "leads to", "state"],
          answer.rows,
          (row) => [
            FIGURE_SHAPES[row.figure].label,
            row.name,
            shown(row.figure, row.goal),
            shown(row.figure, row.value),
            shown(row.figure, row.expected),
            shown(row.figure, row.projected),
            row.state.replaceAll("_", " "),
          ],
          (row) => Math.min(1, row.share ?? 0),
        );
        io.out(`${table}\n`);
      }
      return 0;
    }
    const figure = figureOf(words);
    const period = needed(words, 2, "period: 2026-11, 2026-Q4 or 2026");
    if (verb === "set") {
      const goal = await goalOf(needed(words, 3, "goal: 500, 30% or +5%"));
      const set = await change(words, io, "setTarget", { site, figure, period, goal });
      io.out(words.is("json") ? `${JSON.stringify(set)}\n` : `${figure} ${period}: ${set.goal}\n`);
      return 0;
    }
    if (verb === "remove") {
      const { removed } = await change(words, io, "removeTarget", { site, figure, period });
      if (!removed) throw new SojournError("not_found", "There is no such target");
      io.out(words.is("json") ? `${JSON.stringify({ removed: true })}\n` : "Removed\n");
      return 0;
    }
    throw new SojournError("bad_usage", `target ${verb} is not known`, {
      hint: "See: sojourn target --help",
    });

    async function goalOf(typed: string): Promise<number> {
      // Asked in any case, so that a period that is none is found before it is saved.
      const relative = /^([+-]\d+(?:\.\d+)?)%$/.exec(typed);
      if (relative !== null) {
        const change = Number(relative[1]) / 100;
        return (await ask(words, io, "goalFor", { site, figure, period, change })).goal;
      }
      if (!/^\d{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?$/.test(period)) {
        throw new SojournError("bad_usage", `The period is "${period}"`, {
          hint: "Use 2026-11, 2026-Q4 or 2026.",
        });
      }
      const share = /^(\d+(?:\.\d+)?)%$/.exec(typed);
      if (share !== null) return Number(share[1]) / 100;
      const { currency } = await ask(words, io, "targets", { site });
      const plain =
        FIGURE_SHAPES[figure].unit === "money"
          ? parseMinor(typed, currency)
          : /^\d+(\.\d+)?$/.test(typed)
            ? Number(typed)
            : undefined;
      if (plain !== undefined && plain >= 0) return plain;
      throw new SojournError("bad_usage", `The goal is "${typed}"`, { hint: "Use 500, 30% or +5%." });
    }
  },
};

function figureOf(words: Words): FigureId {
  const typed = needed(words, 1, "figure");
  const figure = FIGURES.find((id) => id === typed);
  if (figure !== undefined) return figure;
  throw new SojournError("bad_usage", `There is no figure "${typed}"`, {
    hint: `Use ${FIGURES.join(", ")}.`,
  });
}

function inWords(figure: FigureId, n: number | null, currency: string): string {
  const { unit } = FIGURE_SHAPES[figure];
  if (n === null) return "–";
  if (unit === "money") return money(n, currency);
  return unit === "rate" ? percent(n) : String(Math.round(n * 10) / 10);
}
