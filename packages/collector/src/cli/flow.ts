/**
 * `sojourn flow`, `series`, `stays`, `velocity`, `cohorts`: how people move between stages, and whether they come back.
 */
import { COHORT_UNITS } from "../report/cohorts.ts";
import { SOURCE_DIMENSIONS } from "../store/port.ts";
import type { Command } from "./command.ts";
import {
  barTable,
  days,
  FILTER_OPTION,
  heading,
  money,
  PERIOD_OPTIONS,
  percent,
  questionCommand,
  wholeNumber,
} from "./question.ts";
import { textTable } from "./text-table.ts";
import { oneOf, optional } from "./typed.ts";

const options = { ...PERIOD_OPTIONS, ...FILTER_OPTION };

const flow = questionCommand({
  name: "flow",
  question: "flow",
  summary: "Who moved between stages: net (both ends of the period) and gross (every move).",
  usage: "[--site <id>] [--from <date>] [--to <date>] [--filter channel=Email]",
  options,
  show(answer) {
    const net = barTable(
      ["from", "to", "people"],
      answer.net,
      ({ from, to, people }) => [from ?? "(new)", to, String(people)],
      ({ people }) => people,
    );
    const gross = barTable(
      ["from", "to", "moves", "people", "rate"],
      answer.gross,
      (row) => [row.from ?? "(new)", row.to, String(row.moves), String(row.people), percent(row.rate)],
      ({ moves }) => moves,
    );
    return `${heading(answer.site, answer.period)}\nNet: where people were at both ends, stayers included\n${net}\n\nGross: every move\n${gross}`;
  },
});

const series = questionCommand({
  name: "series",
  question: "series",
  summary: "People per stage at the end of each day.",
  usage: "[--site <id>] [--from <date>] [--to <date>] [--by channel]",
  options: {
    ...options,
    by: { type: "string", help: "also per channel, source, medium or campaign (--json)" },
  },
  params: (words) =>
    optional(
      "by",
      oneOf(
        words,
        "by",
        SOURCE_DIMENSIONS.filter((d) => d !== "landing"),
      ),
    ),
  show: (answer) =>
    `${heading(answer.site, answer.period)}\n` +
    textTable(
      ["day", ...answer.stages.map(({ label }) => label)],
      answer.days.map((day, place) => [day, ...answer.stages.map(({ people }) => String(people[place]))]),
    ),
});

const stays = questionCommand({
  name: "stays",
  question: "stays",
  summary: "How long people stay in each stage: stays that ended, and stays that go on.",
  usage: "[--site <id>] [--from <date>] [--to <date>]",
  options,
  show: (answer) =>
    `${heading(answer.site, answer.period)}\n` +
    barTable(
      ["stage", "ended", "median days", "go on", "median days so far"],
      answer.stages,
      (row) => [
        row.label,
        String(row.closed),
        days(row.closedMedianDays),
        String(row.open),
        days(row.openMedianDays),
      ],
      (row) => row.closedMedianDays ?? 0,
    ),
});

const velocity = questionCommand({
  name: "velocity",
  question: "velocity",
  summary: "How fast people come from one stage to another, and how many are not there yet.",
  usage: "[--a <stage> --b <stage>] [--window <days>]",
  options: {
    ...options,
    a: { type: "string", help: "from this stage (default: every step of the path)" },
    b: { type: "string", help: "to this stage" },
    window: { type: "string", help: "days a person has (default: as long as it takes)" },
  },
  params: (words) => ({
    ...optional("a", words.text("a")),
    ...optional("b", words.text("b")),
    ...optional("window", wholeNumber(words, "window")),
  }),
  show: (answer) =>
    `${heading(answer.site, answer.period)}\n` +
    barTable(
      ["from", "to", "entered", "moved on", "so far", "not yet", "median days"],
      answer.steps,
      (row) => [
        row.from,
        row.to,
        String(row.entered),
        String(row.moved),
        percent(row.soFar),
        String(row.open),
        days(row.medianDays),
      ],
      (row) => row.soFar ?? 0,
    ),
});

const cohorts = questionCommand({
  name: "cohorts",
  question: "cohorts",
  summary: "Do they come back: customers by first order, and who ordered again.",
  usage: "[--every month|week|day] [--revenue]",
  options: {
    ...options,
    every: { type: "string", help: "month (default), week or day" },
    columns: { type: "string", help: "cells per row" },
    revenue: { type: "boolean", help: "show revenue instead of the share of people" },
  },
  params: (words) => ({
    ...optional("every", oneOf(words, "every", COHORT_UNITS)),
    ...optional("columns", wholeNumber(words, "columns")),
  }),
  show(answer, words) {
    const most = Math.max(1, ...answer.rows.map(({ cells }) => cells.length));
    const header = ["first order", "people", ...Array.from({ length: most }, (_, index) => String(index))];
    const rows = answer.rows.map((row) => [
      row.cohort,
      String(row.people),
      ...row.cells.map((cell) =>
        cell.soFar !== undefined
          ? "…"
          : words.is("revenue")
            ? money(cell.revenue, answer.currency)
            : percent(cell.share),
      ),
    ]);
    return `${heading(answer.site, answer.period)}\n${textTable(header, rows)}\n\n… the ${answer.every} is not over`;
  },
});

export const flowCommands: readonly Command[] = [flow, series, stays, velocity, cohorts];
