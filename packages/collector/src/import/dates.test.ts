import { describe, expect, test } from "vitest";
import { zoneOf } from "../domain/zone.ts";
import { dateOrderOf, readInstant } from "./dates.ts";

const UTC = zoneOf("UTC");
const BERLIN = zoneOf("Europe/Berlin");
const at = (text: string, zone = UTC, order?: "dmy" | "mdy") => {
  const instant = readInstant(text, zone, order);
  return instant === undefined ? undefined : new Date(instant).toISOString();
};

describe("a date in an export", () => {
  test.each([
    ["2026-03-04", "2026-03-04T00:00:00.000Z"],
    ["2026-03-04T05:06", "2026-03-04T05:06:00.000Z"],
    ["2026-03-04 05:06:07.89", "2026-03-04T05:06:07.890Z"],
    ["2026-03-04 05:06:07 +0200", "2026-03-04T03:06:07.000Z"],
    ["2026-03-04T05:06:07-03:30", "2026-03-04T08:36:07.000Z"],
    ["2026-03-04 05:06:07 UTC", "2026-03-04T05:06:07.000Z"],
    ["2026/3/4 5:06 PM", "2026-03-04T17:06:00.000Z"],
    ["4.3.2026", "2026-03-04T00:00:00.000Z"],
    ["04.03.2026 23:59:59", "2026-03-04T23:59:59.000Z"],
    ["20260304", "2026-03-04T00:00:00.000Z"],
    ["1772600767", "2026-03-04T05:06:07.000Z"],
    ["1772600767890", "2026-03-04T05:06:07.890Z"],
    ["12:00 AM", undefined],
    ["2026-02-30", undefined],
    ["2026-03-04 24:00", undefined],
    ["2026-03-04 13:00 pm", undefined],
    ["04-03-26", undefined],
    ["yesterday", undefined],
    ["", undefined],
  ])("%s is %s", (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  test("with slashes is read only when the sequence of day and month is known", () => {
    expect(at("3/4/2026")).toBeUndefined();
    expect(at("3/4/2026", UTC, "mdy")).toBe("2026-03-04T00:00:00.000Z");
    expect(at("3/4/2026 8:26", UTC, "dmy")).toBe("2026-04-03T08:26:00.000Z");
    expect(["3/4/2026", "13/4/2026", "3/14/2026", "4.3.2026", "2026/3/4"].map(dateOrderOf)).toEqual([
      "open",
      "dmy",
      "mdy",
      undefined,
      undefined,
    ]);
  });

  test("without an offset is the clock of the zone, in summer and in winter", () => {
    expect(at("2026-07-01 12:00", BERLIN)).toBe("2026-07-01T10:00:00.000Z");
    expect(at("2026-01-01 12:00", BERLIN)).toBe("2026-01-01T11:00:00.000Z");
  });

  test("in the hour that comes twice is the first, and in the hour left out goes on from the one before", () => {
    expect(at("2026-10-25 02:30", BERLIN)).toBe("2026-10-25T00:30:00.000Z");
    expect(at("2026-10-25 03:00", BERLIN)).toBe("2026-10-25T02:00:00.000Z");
    expect(at("2026-03-29 02:30", BERLIN)).toBe("2026-03-29T01:30:00.000Z");
    expect(at("2026-03-29 03:00", BERLIN)).toBe("2026-03-29T01:00:00.000Z");
  });
});
