import { describe, expect, test } from "vitest";
import { SojournError } from "../../errors.ts";
import { classify, parseOperatorRules } from "./classify.ts";

const SITE = "https://www.kettle-and-cup.example/";
const is = (field: string, text: string) => ({ field, is: text });
const rule = (when: unknown, set: unknown = { channel: "Affiliates" }) => ({ id: "r1", when, set });

describe("operator rules", () => {
  test("run before the table and are named in the decision", () => {
    const rules = parseOperatorRules([rule(is("referrerHost", "Club.example"))]);
    const decision = classify({ url: SITE, referrer: "https://www.club.example/" }, { rules });
    expect(decision).toMatchObject({ source: "club.example", channel: "Affiliates", rule: "operator:r1" });
    expect(decision.evidence.channel).toBe("operator rule r1");
    expect(classify({ url: SITE, referrer: "https://other.example/" }, { rules }).channel).toBe("Referral");
  });

  test.each([
    [{ field: "source", in: ["crm", "CRM2"] }, true],
    [{ field: "medium", contains: "MAI" }, true],
    [{ field: "campaign", startsWith: "may" }, true],
    [{ field: "campaign", endsWith: "SALE" }, true],
    [{ field: "landing", matches: "^/tea/\\w+$" }, true],
    [{ field: "landing", is: "/tea" }, false],
    [{ field: "referrerHost", is: "" }, true],
    [{ all: [is("source", "crm"), is("medium", "email")] }, true],
    [{ all: [is("source", "crm"), is("medium", "sms")] }, false],
    [{ any: [is("source", "no"), { not: is("medium", "sms") }] }, true],
    [{ not: { any: [is("source", "crm")] } }, false],
  ])("the condition %j holds: %s", (when, expected) => {
    const rules = parseOperatorRules([rule(when)]);
    const url = `${SITE}tea/cups?utm_source=crm&utm_medium=email&utm_campaign=MaySale`;
    expect(classify({ url }, { rules }).channel === "Affiliates").toBe(expected);
  });

  test("may name source, medium and campaign, for a code on a flyer", () => {
    const rules = parseOperatorRules([
      rule(is("landing", "/flyer"), { channel: "audio", source: "Flyer", medium: "Print", campaign: "May" }),
    ]);
    expect(classify({ url: `${SITE}flyer` }, { rules })).toMatchObject({
      source: "flyer",
      medium: "print",
      campaign: "May",
      channel: "Audio",
    });
  });

  test("leave a return from the site itself or from payment alone", () => {
    const rules = parseOperatorRules([rule({ field: "landing", startsWith: "/" })]);
    expect(
      classify({ url: `${SITE}thanks`, referrer: "https://www.paypal.com/" }, { rules }).keepsPrevious,
    ).toBe(true);
    expect(classify({ url: `${SITE}cart`, referrer: SITE }, { rules }).channel).toBe("Direct");
  });

  test("the first rule that holds wins", () => {
    const first = { ...rule(is("source", "(direct)")), id: "first" };
    const second = { ...rule(is("medium", "(none)")), id: "second" };
    expect(classify({ url: SITE }, { rules: parseOperatorRules([first, second]) }).rule).toBe(
      "operator:first",
    );
  });

  test.each([
    ["a text", "rules is string"],
    [[null], "rules[0] is null"],
    [[{ when: is("source", "a"), set: { channel: "Email" } }], "rules[0].id is missing"],
    [[rule(is("source", "a"), { channel: "Emails" })], 'rules[0].set.channel is "Emails"'],
    [[rule(is("sauce", "a"))], 'rules[0].when.field is "sauce"'],
    [[rule({ field: "source" })], "compares with nothing"],
    [[rule({ field: "source", is: "a", contains: "b" })], "has is and contains"],
    [[rule({ all: [] })], "rules[0].when.all is a list"],
    [[rule({ all: [is("source", "a")], any: [is("source", "b")] })], "has all and any"],
    [[rule({ field: "source", matches: "(" })], "no regular expression"],
    [[rule({ field: "source", is: 3 })], "rules[0].when.is is number 3"],
    [[rule({ field: "source", is: "a", color: "red" })], "rules[0].when.color is not known"],
    [[rule(is("source", "a")), rule(is("source", "b"))], '"r1" is used twice'],
    [[rule(is("source", "a".repeat(300)))], "rules[0].when.is"],
  ])("a mistake is named with its place: %j", (raw, message) => {
    expect(() => parseOperatorRules(raw)).toThrow(message);
    try {
      parseOperatorRules(raw);
    } catch (error) {
      expect(error).toBeInstanceOf(SojournError);
      expect(error).toMatchObject({ code: "bad_config", hint: expect.stringMatching(/\.$/) });
    }
  });

  test("rules nested without end are refused", () => {
    let when: unknown = is("source", "a");
    for (let i = 0; i < 10_000; i += 1) when = { not: when };
    expect(() => parseOperatorRules([rule(when)])).toThrow("nested too deep");
  });
});
