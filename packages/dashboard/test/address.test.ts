import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filtersOf, readAddress, writeAddress } from "../src/address.ts";

const text = fc
  .string({ minLength: 1, maxLength: 20, unit: "grapheme" })
  .filter((s) => s.trim() !== "" && s.isWellFormed());

describe("the address", () => {
  test("gives back every choice it was given", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("overview", "people", "settings" as const),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}(\.not)?$/), text),
        (page, params) => {
          const url = new URL(writeAddress({ page, params } as never), "http://x.example");
          expect(readAddress(url.pathname, url.search)).toEqual({ page, params });
        },
      ),
    );
  });

  test("carries a person's id, whatever letters it has", () => {
    fc.assert(
      fc.property(
        text.filter((s) => !s.includes("/") && !/^\.{1,2}$/.test(s)),
        (item) => {
          const url = new URL(writeAddress({ page: "people", item, params: {} }), "http://x.example");
          expect(readAddress(url.pathname, url.search).item).toBe(item);
        },
      ),
    );
  });

  test("shows the overview for a page nobody made", () => {
    expect(readAddress("/nonsense", "").page).toBe("overview");
  });

  test("reads is and is not as the API names them", () => {
    expect(filtersOf({ channel: "Email", "source.not": "google", period: "7d", "period.not": "x" })).toEqual([
      { name: "channel", value: "Email", isNot: false },
      { name: "source", value: "google", isNot: true },
    ]);
  });
});
