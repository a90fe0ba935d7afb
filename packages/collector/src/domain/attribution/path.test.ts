import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { journeys } from "../../../test/arbitrary-paths.ts";
import { DAY_MS, isDirect, type Journey, pathsOf, withDirectMode } from "./path.ts";

const day = (n: number) => n * DAY_MS;

function journey(touches: [string, number][], conversions: [number, number][]): Journey {
  return {
    visitor: "v",
    touches: touches.map(([channel, at]) => ({ channel, at: day(at) })),
    conversions: conversions.map(([at, value]) => ({ at: day(at), value })),
  };
}

const channelsOf = (j: Journey, options: Parameters<typeof pathsOf>[1] = {}) =>
  pathsOf([j], options).map((p) => p.channels);

describe("lookback", () => {
  const seven = { lookbackMs: day(7) };

  test("counts a touch exactly at the beginning of the window", () => {
    expect(channelsOf(journey([["ads", 3]], [[10, 1]]), seven)).toEqual([["ads"]]);
  });

  test("does not count a touch a millisecond before the window", () => {
    const j = journey([], [[10, 1]]);
    expect(channelsOf({ ...j, touches: [{ channel: "ads", at: day(3) - 1 }] }, seven)).toEqual([[]]);
  });

  test("counts a touch at the very instant of the conversion, and none after it", () => {
    const j = journey(
      [
        ["ads", 10],
        ["email", 10.5],
      ],
      [[10, 1]],
    );
    expect(channelsOf(j, seven)).toEqual([["ads"]]);
  });

  test("is thirty days unless said otherwise, and can be switched off", () => {
    const j = journey(
      [
        ["ads", 0],
        ["email", 1],
      ],
      [[31, 1]],
    );
    expect(channelsOf(j)).toEqual([["email"]]);
    expect(channelsOf(j, { lookbackMs: null })).toEqual([["ads", "email"]]);
  });
});

describe("several conversions of one visitor", () => {
  const j = journey(
    [
      ["ads", 1],
      ["email", 2],
      ["social", 3],
    ],
    [
      [2, 10],
      [4, 20],
    ],
  );

  test("each see all touches in their window under overlap", () => {
    expect(channelsOf(j)).toEqual([
      ["ads", "email"],
      ["ads", "email", "social"],
    ]);
  });

  test("see only touches strictly after the conversion before them under reset", () => {
    expect(channelsOf(j, { conversions: "reset" })).toEqual([["ads", "email"], ["social"]]);
  });

  test("may arrive in any order", () => {
    const turned = { ...j, touches: j.touches.toReversed(), conversions: j.conversions.toReversed() };
    expect(pathsOf([turned], { conversions: "reset" })).toEqual(pathsOf([j], { conversions: "reset" }));
  });

  test("carry their own value", () => {
    expect(pathsOf([j]).map((p) => p.value)).toEqual([10, 20]);
  });
});

describe("direct", () => {
  const j = journey(
    [
      ["social", 0],
      ["Direct", 1],
      ["(direct)", 2],
    ],
    [[3, 1]],
  );

  test("leaves a path that has another channel", () => {
    expect(channelsOf(j)).toEqual([["social"]]);
  });

  test("stays when it is alone in the window", () => {
    expect(channelsOf(j, { lookbackMs: day(2.5) })).toEqual([["Direct", "(direct)"]]);
  });

  test("is a channel like any other when kept", () => {
    expect(channelsOf(j, { direct: "keep" })).toEqual([["social", "Direct", "(direct)"]]);
  });

  test("is recognised by its whole name only", () => {
    expect(["direct", "DIRECT", "(Direct)"].map(isDirect)).toEqual([true, true, true]);
    expect(["direct mail", "redirect", "direct)"].map(isDirect)).toEqual([false, false, false]);
  });

  test("leaves ready-made paths in the same way, together with its times", () => {
    const path = {
      channels: ["ads", "direct"],
      times: [1, 2],
      convertedAt: 3,
      conversions: 1,
      value: 5,
      nulls: 0,
    };
    expect(withDirectMode([path], "drop-unless-alone")).toEqual([{ ...path, channels: ["ads"], times: [1] }]);
    expect(withDirectMode([path], "keep")).toEqual([path]);
  });
});

describe("visitors without a conversion", () => {
  test("give one null path of all their touches, whatever the window", () => {
    const j = journey(
      [
        ["ads", 0],
        ["email", 90],
      ],
      [],
    );
    expect(pathsOf([j])).toEqual([{ channels: ["ads", "email"], conversions: 0, value: 0, nulls: 1 }]);
  });

  test("give nothing when they had no touch either", () => {
    expect(pathsOf([journey([], [])])).toEqual([]);
  });

  test("are not those who converted and came back later", () => {
    const paths = pathsOf([
      journey(
        [
          ["ads", 0],
          ["email", 5],
        ],
        [[1, 1]],
      ),
    ]);
    expect(paths.map((p) => p.nulls)).toEqual([0]);
  });
});

test("every conversion has exactly one path, and reset never sees more than overlap", () => {
  fc.assert(
    fc.property(journeys(), (list) => {
      const overlap = pathsOf(list, { direct: "keep" });
      const reset = pathsOf(list, { direct: "keep", conversions: "reset" });
      const conversions = list.reduce((n, j) => n + j.conversions.length, 0);
      expect(overlap.reduce((n, p) => n + p.conversions, 0)).toBe(conversions);
      expect(reset.length).toBe(overlap.length);
      reset.forEach((p, i) => {
        expect(p.channels.length).toBeLessThanOrEqual(overlap[i]!.channels.length);
      });
    }),
  );
});
