/**
 * What a finding says, in the reader's language, from the figures it was found with. Pure.
 */
import type { Finding } from "../api-shapes.ts";
import type { Here } from "../context.ts";
import { say, type Word } from "../words.ts";

const RULES = new Set([
  "carts_left",
  "lapse_due",
  "second_order_overdue",
  "loyal_past_rhythm",
  "channel_fell",
  "channel_rose",
  "cost_rose",
  "abandonment_rose",
  "direct_high",
]);

/** Text and reason; the API's own English for a rule this page does not know yet. */
export function findingText(
  { rule, text, reason, values }: Finding,
  { formats, stageName }: Pick<Here, "formats" | "stageName">,
): { text: string; reason: string } {
  if (!RULES.has(rule)) return { text, reason };
  const number = (name: string): number => Number(values[name] ?? 0);
  // The same name is money in one rule, a share in another and a count in a third.
  const amount = (name: string): string =>
    rule === "cost_rose"
      ? formats.money(number(name))
      : rule === "abandonment_rose"
        ? formats.rate(number(name))
        : formats.count(number(name));
  const gaps: Record<string, string | number> = {
    n: number(rule === "carts_left" ? "carts" : "people"),
    left: number("left"),
    days: number("days"),
    usual: number("usualDays"),
    channel: String(values.channel ?? ""),
    money: formats.money(number("value")),
    change: formats.rate(Math.abs(number("change"))),
    rate: formats.rate(number("rate")),
    share: formats.percent(number("visitors") === 0 ? null : number("people") / number("visitors")),
    is: amount("is"),
    was: amount("was"),
    stage: stageName(String(values.becomes ?? "")),
  };
  const why =
    rule === "second_order_overdue" && values.rate === undefined
      ? "find.second_order_new.why"
      : `find.${rule}.why`;
  return { text: say(`find.${rule}` as Word, gaps), reason: say(why as Word, gaps) };
}
