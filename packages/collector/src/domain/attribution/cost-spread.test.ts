/** Where a cost belongs: what agrees with what, and that no cent is lost. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CostLine, type Placement, type PlacementTraffic, spreadCost } from "./cost-spread.ts";

const place = (channel: string, source: string, medium: string, campaign: string): Placement => ({
  channel,
  source,
  medium,
  campaign,
});
const seen = (p: Placement, touches: number): PlacementTraffic => ({ ...p, touches });
const line = (p: Partial<Placement>, amount = 100): CostLine => ({ ...place("", "", "", ""), ...p, amount });
const byTags = ({ source }: Placement) => (source === "" ? "" : "Paid Search");

const GOOGLE_BRAND = seen(place("Paid Search", "google", "cpc", "brand"), 3);
const BING_BRAND = seen(place("Paid Search", "bing", "cpc", "brand"), 1);
const INSTAGRAM = seen(place("Paid Social", "instagram", "paid_social", "autumn"), 2);
const ORGANIC = seen(place("Organic Search", "google", "organic", ""), 90);
const TRAFFIC = [GOOGLE_BRAND, BING_BRAND, INSTAGRAM, ORGANIC];
const sources = (cost: CostLine) => {
  const { parts, isMatched } = spreadCost(cost, TRAFFIC, byTags);
  return [isMatched, ...parts.map(({ channel, source, amount }) => `${channel}/${source} ${amount}`)];
};

describe("a cost", () => {
  test.each<[string, CostLine, unknown[]]>([
    [
      "of a campaign goes to all who ran it, in proportion",
      line({ campaign: "Brand" }),
      [true, "Paid Search/google 75", "Paid Search/bing 25"],
    ],
    [
      "of a campaign and source stays with the source",
      line({ campaign: "brand", source: "bing" }),
      [true, "Paid Search/bing 100"],
    ],
    [
      "forgives another spelling of the medium",
      line({ campaign: "brand", source: "google", medium: "ppc" }),
      [true, "Paid Search/google 100"],
    ],
    [
      "of one house finds the house's other brands",
      line({ campaign: "autumn", source: "facebook", medium: "paid_social" }),
      [true, "Paid Social/instagram 100"],
    ],
    [
      "never goes to another house's campaign of that name",
      line({ campaign: "autumn", source: "google" }),
      [false, "Paid Search/google 100"],
    ],
    ["on a source alone was spent on its ads", line({ source: "google" }), [true, "Paid Search/google 100"]],
    [
      "on a channel alone stays without a source",
      line({ channel: "Paid Social" }),
      [true, "Paid Social/ 100"],
    ],
    ["on a channel that brought nobody keeps its name", line({ channel: "Email" }), [false, "Email/ 100"]],
    ["that says nothing we know stays unmatched", line({ campaign: "nowhere" }), [false, "/ 100"]],
    [
      "of a paid medium never goes to visits that were free",
      line({ source: "google", medium: "display" }),
      [false, "Paid Search/google 100"],
    ],
  ])("%s", (_name, cost, expected) => {
    expect(sources(cost)).toEqual(expected);
  });

  test("is never more or less than it was, whatever it meets", () => {
    const name = fc.constantFrom("", "a", "b");
    const anywhere = fc.record({ channel: name, source: name, medium: name, campaign: name });
    fc.assert(
      fc.property(
        fc.tuple(anywhere, fc.integer({ min: -100_000, max: 100_000 })),
        fc.array(fc.tuple(anywhere, fc.integer({ min: 1, max: 1_000 })), { maxLength: 20 }),
        ([where, amount], traffic) => {
          const { parts } = spreadCost(
            { ...where, amount },
            traffic.map(([p, touches]) => seen(p, touches)),
            byTags,
          );
          expect(parts.reduce((sum, part) => sum + part.amount, 0)).toBe(amount);
          for (const part of parts) expect(Number.isInteger(part.amount)).toBe(true);
        },
      ),
    );
  });
});
