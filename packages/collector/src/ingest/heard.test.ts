/** A touchpoint that another collector took in is dated by when that one heard of it. */
import { describe, expect, test } from "vitest";
import { beacon } from "../../test/house.ts";
import { DEFAULT_SITE } from "../domain/site.ts";
import { type Acceptance, type Arrival, accept, MARKS } from "./accept.ts";
import { acceptingSite } from "./accepting-site.ts";

const HOUR_MS = 3_600_000;
const HEARD = Date.UTC(2026, 9, 1, 12);

const read = (arrival: Partial<Arrival> & { body: string }): Acceptance =>
  accept(
    { door: "browser", receivedAt: HEARD, ...arrival },
    {
      site: (id) => (id === "shop" ? acceptingSite(1, id, DEFAULT_SITE) : undefined),
      isSpamReferrer: () => false,
      dailyVisitor: (_site, sender, at) => `day:${sender} ${at}`,
      newId: () => "new",
    },
  );
const timesOf = (said: Acceptance): { at: number; marks: number }[] =>
  said.kind === "accepted"
    ? said.touchpoints.map(({ marks, touchpoint }) => ({
        at: touchpoint.at,
        // Whether an id is of its time is asked when it reaches the log.
        marks: marks & ~MARKS.foreignId,
      }))
    : [];

describe("hours after it was heard", () => {
  test.each([
    ["a right clock", 0],
    ["a clock that is a day ahead", 24 * HOUR_MS],
    ["a clock that is a year behind", -365 * 24 * HOUR_MS],
  ])("%s gives the same time as it would have at once", (_what, error) => {
    const body = beacon("visitor-0000000001", HEARD + error, [
      { kind: "page_view", visit: true, at: HEARD + error - 90_000 },
      { kind: "share", at: HEARD + error + 20 * 60_000 },
    ]);
    const atOnce = read({ body });
    const later = read({ body, receivedAt: HEARD + 30 * HOUR_MS, heardAt: HEARD });
    expect(timesOf(later)).toEqual(timesOf(atOnce));
    expect(timesOf(later)).toHaveLength(2);
  });

  test("a server's touchpoint without a time happened when it was heard", () => {
    const body = JSON.stringify([{ kind: "review", rating: 5, visitor: "v-1" }]);
    const said = read({ body, door: "server", site: "shop", receivedAt: HEARD + HOUR_MS, heardAt: HEARD });
    expect(timesOf(said)).toMatchObject([{ at: HEARD }]);
  });

  test("a visitor without a name has the key of the day it was heard on", () => {
    const body = beacon(undefined, HEARD, [{ kind: "page_view" }]);
    const said = read({ body, sender: "x", receivedAt: HEARD + HOUR_MS, heardAt: HEARD });
    expect(said.kind === "accepted" && said.touchpoints[0]?.visitor).toBe(`day:x ${HEARD}`);
  });
});
