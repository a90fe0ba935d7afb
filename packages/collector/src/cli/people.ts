/**
 * `sojourn people`, `lapsing`, `scores`, `rfm`, `worth`: people as lists.
 */
import { PURCHASE_MODELS } from "../domain/value/purchase-model.ts";
import { RFM_GROUPS } from "../report/rfm.ts";
import type { Command } from "./command.ts";
import { barTable, FILTER_OPTION, money, PAGE_OPTIONS, questionCommand, wholeNumber } from "./question.ts";
import { textTable } from "./text-table.ts";
import { oneOf, optional } from "./typed.ts";

const people = questionCommand({
  name: "people",
  question: "people",
  summary: "People, newest first; narrowed by filters, or found by a beginning.",
  usage: "[--search <beginning>] [--filter stage=loyalty]",
  options: {
    ...FILTER_OPTION,
    ...PAGE_OPTIONS,
    search: { type: "string", help: "beginning of a visitor id, customer id, alias or e-mail hash" },
  },
  params: (words) => optional("search", words.text("search")),
  show: (answer) =>
    [
      answer.total === null ? "" : `${answer.total} people\n`,
      textTable(
        ["first seen", "who", "stage", "came by", "orders", "revenue"],
        answer.rows.map((row) => [
          row.firstAt.slice(0, 10),
          row.customer ?? row.id,
          row.stageLabel ?? "-",
          row.channel ?? "-",
          String(row.orders),
          money(row.revenue, answer.currency),
        ]),
      ),
      answer.hasMore ? `\nMore: --after ${answer.next}` : "",
    ].join("\n"),
});

const lapsing = questionCommand({
  name: "lapsing",
  question: "lapsing",
  summary: "Who will fall quiet in the next days if nothing happens.",
  usage: "[--days 14]",
  options: {
    ...FILTER_OPTION,
    ...PAGE_OPTIONS,
    days: { type: "string", help: "how far ahead (default 14)" },
  },
  params: (words) => optional("days", wholeNumber(words, "days")),
  show: (answer) =>
    [
      `${answer.total} people within ${answer.days} days`,
      "",
      textTable(
        ["due", "who", "stage", "becomes", "orders", "revenue"],
        answer.rows.map((row) => [
          row.due,
          row.customer ?? row.id,
          row.stageLabel ?? "-",
          row.becomesLabel,
          String(row.orders),
          money(row.revenue, answer.currency),
        ]),
      ),
      answer.hasMore ? `\nMore: --after ${answer.next}` : "",
    ].join("\n"),
});

const scores = questionCommand({
  name: "scores",
  question: "scores",
  summary: "Lead scores: who is warm, by what they did lately.",
  usage: "[--customers] [--limit 50]",
  options: {
    ...FILTER_OPTION,
    limit: PAGE_OPTIONS.limit,
    customers: { type: "boolean", help: "customers too, not only people without an order" },
  },
  params: (words) => ({ customers: words.is("customers") }),
  show: (answer) =>
    `${barTable(
      ["score from", "people"],
      answer.bins,
      ({ from, people: n }) => [String(from), String(n)],
      ({ people: n }) => n,
    )}\n\n${textTable(
      ["score", "who", "stage", "came by", "last seen"],
      answer.rows.map((row) => [
        row.score.toFixed(1),
        row.customer ?? row.id,
        row.stageLabel ?? "-",
        row.channel ?? "-",
        row.lastAt.slice(0, 10),
      ]),
    )}`,
});

const rfm = questionCommand({
  name: "rfm",
  question: "rfm",
  summary: "Customers by recency, frequency and money, each from 1 to 5.",
  usage: "[--group champions] [--limit 50]",
  options: {
    ...FILTER_OPTION,
    limit: PAGE_OPTIONS.limit,
    group: { type: "string", help: `only one of ${RFM_GROUPS.join(", ")}` },
  },
  params: (words) => optional("group", oneOf(words, "group", RFM_GROUPS)),
  show: (answer) =>
    `${answer.customers} customers\n\n${barTable(
      ["group", "people", "orders", "revenue"],
      answer.groups,
      (row) => [row.group, String(row.people), String(row.orders), money(row.revenue, answer.currency)],
      (row) => row.people,
    )}\n\n${textTable(
      ["who", "r", "f", "m", "group", "days since", "orders", "revenue"],
      answer.rows.map((row) => [
        row.customer ?? row.person,
        String(row.r),
        String(row.f),
        String(row.m),
        row.group,
        String(row.daysSince),
        String(row.orders),
        money(row.revenue, answer.currency),
      ]),
    )}`,
});

const worth = questionCommand({
  name: "worth",
  question: "value",
  summary: "What customers will bring, from models fitted on the stored orders.",
  usage: "[--horizon 90] [--purchases mbg-nbd|bg-nbd]",
  options: {
    ...FILTER_OPTION,
    limit: PAGE_OPTIONS.limit,
    horizon: { type: "string", help: "days ahead (default 90)" },
    purchases: { type: "string", help: PURCHASE_MODELS.join(" (default) or ") },
  },
  params: (words) => ({
    ...optional("horizon", wholeNumber(words, "horizon")),
    ...optional("purchases", oneOf(words, "purchases", PURCHASE_MODELS)),
  }),
  show(answer) {
    if (answer.tooLittleData)
      return `Too little data (${answer.customers} customers): ${answer.reasons.join("; ")}`;
    const rows = answer.rows.map((row) => [
      row.customer ?? row.person,
      row.expectedOrders.toFixed(2),
      money(row.expectedValue ?? null, answer.currency),
      String(row.frequency + 1),
    ]);
    return `${answer.customers} customers, next ${answer.horizonDays} days: ${answer.expectedOrders!.toFixed(1)} orders, ${money(answer.expectedValue, answer.currency)}\n\n${textTable(["who", "expected orders", "expected value", "order days so far"], rows)}`;
  },
});

export const peopleCommands: readonly Command[] = [people, lapsing, scores, rfm, worth];
