/**
 * `sojourn kpis`, `funnel`, `carts`, `findings`, `live`, `health`: the figures of a shop's morning.
 */

import { SojournError } from "../errors.ts";
import { FIGURE_SHAPES } from "../report/figure-shapes.ts";
import { FIGURES, type FigureUnit, type NoValue } from "../report/kpis.ts";
import type { Command, Words } from "./command.ts";
import {
  barTable,
  COMPARE_OPTIONS,
  comparedOf,
  days,
  FILTER_OPTION,
  heading,
  money,
  PAGE_OPTIONS,
  PERIOD_OPTIONS,
  percent,
  questionCommand,
  wholeNumber,
} from "./question.ts";
import { textTable } from "./text-table.ts";
import { optional } from "./typed.ts";

const options = { ...PERIOD_OPTIONS, ...FILTER_OPTION };

const WHY: Readonly<Record<NoValue, string>> = {
  nothing_to_divide_by: "nothing to divide by",
  no_cost: "no cost set",
  not_with_filter: "costs cannot be narrowed by this filter",
  no_rate: "a currency has no rate",
  not_told: "not told",
  in_the_future: "has not begun",
};

const kpis = questionCommand({
  name: "kpis",
  question: "kpis",
  summary: "All key figures of a period, with the period before.",
  usage: "[--from <date>] [--to <date>] [--compare previous|year|custom|none]",
  options: {
    ...options,
    ...COMPARE_OPTIONS,
    window: { type: "string", help: "days a person has for the next step (default 30)" },
    margin: { type: "string", help: "share of revenue that is profit, 0 to 1, for the customer value" },
    pages: { type: "string", help: "pages of the site, for focus" },
    "content-changes": { type: "string", help: "changes of content in the period, for freshness" },
    "profile-used": { type: "string", help: "profile fields used, for personalisation" },
    "profile-collected": { type: "string", help: "profile fields collected" },
  },
  params: (words) => ({
    ...comparedOf(words),
    ...optional("window", wholeNumber(words, "window")),
    ...optional("margin", decimal(words, "margin")),
    ...optional("pages", wholeNumber(words, "pages")),
    ...optional("contentChanges", wholeNumber(words, "content-changes")),
    ...optional("profileUsed", wholeNumber(words, "profile-used")),
    ...optional("profileCollected", wholeNumber(words, "profile-collected")),
  }),
  show(answer) {
    const rows = FIGURES.map((id) => {
      const figure = answer.figures[id];
      const { label, unit } = FIGURE_SHAPES[id];
      const needs = figure.needs === undefined ? "" : `: --${dashed(figure.needs)}`;
      const why = figure.reason === undefined ? "" : WHY[figure.reason] + needs;
      return [
        label,
        shown(figure.value, unit, answer.currency),
        figure.before === undefined ? "" : shown(figure.before.value, unit, answer.currency),
        changed(figure.change ?? null, unit),
        why,
      ];
    });
    const steps = textTable(
      [
        "step",
        "entered",
        "moved on",
        "so far",
        "rate of those whose time is up",
        "median days",
        "still open",
      ],
      answer.steps.map((s) => [
        `${s.from} -> ${s.to}`,
        String(s.entered),
        String(s.moved),
        percent(s.soFar),
        percent(s.rate),
        days(s.medianDays),
        String(s.open),
      ]),
    );
    return `${heading(answer.site, answer.period)}\n${textTable(["figure", "now", "before", "change", ""], rows)}\n\nSteps within ${answer.windowDays} days\n${steps}`;
  },
});

const funnel = questionCommand({
  name: "funnel",
  question: "funnel",
  summary: "From product to order: people per step and where they drop off.",
  usage: "[--steps view_item,add_to_cart,begin_checkout,purchase]",
  options: { ...options, steps: { type: "string", help: "kinds of touchpoints, separated by commas" } },
  params: (words) => optional("steps", words.text("steps")?.split(",")),
  show(answer) {
    const steps = barTable(
      ["step", "people", "of the step before", "dropped off"],
      answer.steps,
      (step) => [step.kind, String(step.reached), percent(step.rate), percent(step.dropOff)],
      ({ reached }) => reached,
    );
    const { bins, medianDays } = answer.toFirstOrder;
    const histogram = barTable(
      ["days", "people", "share"],
      bins,
      ({ fromDays, toDays, people, share }) => [
        toDays === null
          ? `${fromDays} and more`
          : fromDays === toDays
            ? `${fromDays}`
            : `${fromDays} to ${toDays}`,
        String(people),
        percent(share),
      ],
      ({ people }) => people,
    );
    const { carts } = answer;
    return `${heading(answer.site, answer.period)}\n${steps}\n\nLeft in carts: ${money(carts.valueLeft, carts.currency)}, ${percent(carts.abandonment)} of carts\n\nFrom first visit to first order (median ${days(medianDays)} days)\n${histogram}`;
  },
});

const carts = questionCommand({
  name: "carts",
  question: "carts",
  summary: "Carts: open, ordered, left, and what is in them.",
  usage: "[--from <date>] [--to <date>]",
  options: { ...options, limit: PAGE_OPTIONS.limit },
  show(answer) {
    const rows = answer.rows.map((cart) => [
      cart.changedAt,
      cart.customer ?? cart.person,
      cart.state,
      money(cart.value, answer.currency),
    ]);
    return [
      heading(answer.site, answer.period),
      `${answer.opened} carts: ${answer.open} open (${money(answer.valueOpen, answer.currency)}), ${answer.ordered} ordered, ${answer.left} left (${money(answer.valueLeft, answer.currency)})`,
      `Abandonment: ${percent(answer.abandonment)}`,
      "",
      textTable(["last change", "who", "state", "value"], rows),
    ].join("\n");
  },
});

const findings = questionCommand({
  name: "findings",
  question: "findings",
  summary: "Worth a look: at most five findings by fixed rules.",
  usage: "[--from <date>] [--to <date>]",
  options,
  show: (answer) =>
    answer.findings.length === 0
      ? `${heading(answer.site, answer.period)}\nNothing stands out.`
      : `${heading(answer.site, answer.period)}\n${answer.findings.map(({ text, reason }) => `${text}\n  ${reason}`).join("\n")}`,
});

const live = questionCommand({
  name: "live",
  question: "live",
  summary: "Who is on the site right now, and the latest changes of stage.",
  usage: "[--site <id>]",
  options: {},
  show: (answer) =>
    `${answer.onSite} people on the site in the last five minutes\n\n${textTable(
      ["at", "who", "from", "to"],
      answer.transitions.map((t) => [t.at, t.customer ?? t.person, t.from ?? "-", t.to]),
    )}`,
});

const health = questionCommand({
  name: "health",
  question: "health",
  summary: "How fresh the data is, what was kept apart as robots, and what was refused.",
  usage: "[--site <id>]",
  options: {},
  show({ newestAt, recent, refused }) {
    const lines = [
      newestAt === null ? "No touchpoint yet" : `The newest touchpoint came at ${newestAt}`,
      `Of the newest ${recent.touchpoints}: ${recent.people} of people, ${recent.robots} of robots, ${recent.spam} of referrer spam, ${recent.own} of your own`,
      refused.total === 0
        ? "Nothing was refused in the last seven days"
        : `At least ${refused.total} refused in the last seven days: ${refused.codes.map(({ code, n }) => `${n} ${code}`).join(", ")}`,
    ];
    return lines.join("\n");
  },
});

function shown(value: number | null, unit: FigureUnit, currency: string): string {
  if (value === null) return "–";
  switch (unit) {
    case "money":
      return money(value, currency);
    case "rate":
      return percent(value);
    case "people":
    case "count":
      return String(value);
    default:
      return value.toFixed(1);
  }
}

function changed(change: number | null, unit: FigureUnit): string {
  if (change === null) return "";
  const sign = change > 0 ? "+" : "";
  if (unit === "points") return `${sign}${change.toFixed(1)} points`;
  return unit === "rate"
    ? `${sign}${(change * 100).toFixed(1)} pts`
    : `${sign}${(change * 100).toFixed(1)} %`;
}

function decimal(words: Words, name: string): number | undefined {
  const typed = words.text(name);
  if (typed === undefined) return undefined;
  const value = /^\d*\.?\d+$/.test(typed) ? Number(typed) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new SojournError("bad_usage", `--${name} is "${typed}"`, { hint: "Use a number from 0 to 1." });
}

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const figureCommands: readonly Command[] = [kpis, funnel, carts, findings, live, health];
