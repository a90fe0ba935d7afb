import { describe, expect, test } from "vitest";
import { classifyLines } from "./classify-lines.ts";

async function answers(
  lines: readonly string[],
  options: Parameters<typeof classifyLines>[1] = {},
): Promise<unknown[]> {
  async function* given() {
    yield* lines;
  }
  const out: unknown[] = [];
  for await (const line of classifyLines(given(), options)) out.push(JSON.parse(line));
  return out;
}

describe("the classification calculator", () => {
  test("answers each line with source, medium, campaign, channel, rule, evidence and whether the visit keeps its source", async () => {
    const [first, second] = await answers([
      '{"url":"https://shop.example/?utm_source=crm&utm_medium=email&utm_campaign=May"}',
      '{"url":"https://shop.example/","referrer":"https://www.paypal.com/"}',
    ]);
    expect(first).toMatchObject({
      source: "crm",
      medium: "email",
      campaign: "May",
      channel: "Email",
      rule: "email",
      keepsPrevious: false,
    });
    expect(second).toMatchObject({
      source: "(direct)",
      medium: "(none)",
      campaign: null,
      channel: "Direct",
      keepsPrevious: true,
    });
    expect(second).toHaveProperty("evidence.source", "referrer paypal.com");
  });

  test("names a line that cannot be read with its number, and goes on", async () => {
    const out = await answers([
      "\ufeff" + '{"url":"https://shop.example/"}',
      "not json",
      "",
      "[1]",
      '{"referrer":"https://a.example/"}',
      '{"url":5}',
      '{"url":"https://shop.example/","referrer":7}',
      '{"url":"https://shop.example/","referrer":null}',
    ]);
    expect(out).toHaveLength(7);
    expect(out.map((o) => (o as { error?: string }).error)).toEqual([
      undefined,
      expect.stringMatching(/^line 2: .*JSON/),
      expect.stringMatching(/^line 4: expected an object/),
      "line 5: url is missing",
      "line 6: url must be a text",
      "line 7: referrer must be a text or null",
      undefined,
    ]);
  });

  test("keeps to the profile and the site's own hosts", async () => {
    const line = '{"url":"https://shop.example/?utm_source=newsletter","referrer":null}';
    expect(await answers([line])).toMatchObject([{ channel: "Email" }]);
    expect(await answers([line], { profile: "ga4" })).toMatchObject([{ channel: "Unassigned" }]);
    const own = '{"url":"https://shop.example/","referrer":"https://www.shop-cart.example/"}';
    expect(await answers([own], { siteHosts: ["www.shop-cart.example"] })).toMatchObject([
      { keepsPrevious: true },
    ]);
  });
});
