import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { askedFirst, linkOf } from "../../collector/src/http/ahead.ts";
import { filterKey, filtersOf, readAddress } from "../src/address.ts";
import { apiUrl, SITES_QUERY } from "../src/api.ts";
import { COMPARISONS, comparedQuery, PERIODS, rangeOf, todayIn } from "../src/period.ts";

const SITES = [
  { id: "shop", zone: "Europe/Berlin" },
  { id: "köb & co", zone: "Pacific/Auckland" },
];

/** What the page itself asks, put together as it does (app.tsx, context.ts, overview.tsx). */
function askedByThePage(path: string, search: string, now: number): string[] {
  const { page, params } = readAddress(path, search);
  const site = SITES.find(({ id }) => id === params.site) ?? SITES[0]!;
  const sites = apiUrl("/sites", SITES_QUERY);
  if (params.model !== undefined) return [sites];
  const stages = apiUrl("/stages", { site: site.id });
  if (page !== "overview") return [sites, stages];
  const filters = Object.fromEntries(filtersOf(params).map((filter) => [filterKey(filter), filter.value]));
  const query = {
    site: site.id,
    ...filters,
    ...rangeOf(params, todayIn(site.zone, now)),
    ...comparedQuery(params),
  };
  return [sites, stages, apiUrl("/kpis/headline", query)];
}

const date = fc.constantFrom("2026-10-01", "2026-10-31", "2024-02-29", "2026-02-30", "x", "");
const choice = fc.oneof(
  fc.tuple(fc.constant("site"), fc.constantFrom("shop", "köb & co", "gone", "")),
  fc.tuple(fc.constant("period"), fc.constantFrom(...PERIODS, "ever")),
  fc.tuple(fc.constantFrom("from", "to", "compareFrom", "compareTo"), date),
  fc.tuple(fc.constant("compare"), fc.constantFrom(...COMPARISONS, "x")),
  fc.tuple(fc.constant("weekdays"), fc.constantFrom("true", "false")),
  fc.tuple(
    fc.constantFrom("channel", "channel.not", "stage", "segment", "landing", "campaign.not.x", "source"),
    fc.string({ maxLength: 12, unit: "grapheme" }),
  ),
  fc.tuple(fc.constantFrom("credit", "tab", "lang", "model"), fc.constantFrom("first", "")),
);

describe("what is told ahead", () => {
  test("is what the page asks first, whatever its address and the hour", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          "/",
          "/overview",
          "/people",
          "/people/x",
          "/journeys",
          "/settings/models",
          "/peoples",
        ),
        fc.array(choice, { maxLength: 7 }),
        fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 11, 31) }),
        (path, choices, now) => {
          const search = `?${new URLSearchParams(choices)}`;
          expect(askedFirst(path, new URLSearchParams(search), SITES, now)).toEqual(
            askedByThePage(path, search, now),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test("cannot break out of its header", () => {
    const search = new URLSearchParams({
      channel: '>; rel=x, <https://elsewhere.example>\r\nset-cookie: a=b"',
    });
    const link = linkOf(askedFirst("/", search, SITES, 0));
    expect(link.split(", ")).toHaveLength(3);
    expect(link).not.toMatch(/[\r\n"]|elsewhere.example>/);
  });
});
