/** An operator's word against a claim: people come apart as if they had never been joined. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runCommand } from "../src/store/sqlite/commands.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";
import { beacon, openHouse, START } from "./house.ts";
import { projectionsOf } from "./projections.ts";

const HOUR = 3_600_000;

function withWriter(work: (writer: Writer) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-identity-"));
  const writer = openWriter(folder);
  try {
    runCommand(writer, "addSite", { id: "shop", settings: {}, at: START });
    work(writer);
  } finally {
    writer.close();
    rmSync(folder, { recursive: true });
  }
}

const step = fc.record({
  who: fc.integer({ min: 0, max: 6 }),
  customer: fc.integer({ min: 0, max: 3 }),
  kind: fc.constantFrom("page_view", "identify", "identify", "purchase"),
  late: fc.boolean(),
});

describe("a visitor who is unlinked", () => {
  test("and everybody they met are what a replay with the decision makes of them", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 4, maxLength: 40 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 3 }),
        fc.boolean(),
        (steps, who, customer, takesBack) => {
          withWriter((writer) => {
            for (const [n, s] of steps.entries()) {
              const now = START + n * HOUR;
              const more =
                s.kind === "identify"
                  ? { customer: `c${s.customer}` }
                  : s.kind === "purchase"
                    ? { order: `o${n}`, value: 5, currency: "EUR" }
                    : { visit: true, url: "https://shop.example/" };
              const at = s.late ? Math.max(START, now - 2 * HOUR) : now;
              const body = beacon(`visitor-${s.who}-00000`, now, [{ kind: s.kind, at, ...more }]);
              writer.ingest([{ body, receivedAt: now, door: "browser" }]);
            }
            while (writer.project(1_000) > 0);
            const seen = new Set(steps.map((s) => s.who));
            const take = {
              site: "shop",
              visitor: `visitor-${who}-00000`,
              claim: `customer:c${customer}`,
              at: START,
            };
            if (!seen.has(who)) {
              expect(() => runCommand(writer, "unlink", take)).toThrow("no visitor");
              return;
            }
            runCommand(writer, "unlink", take);
            if (takesBack) runCommand(writer, "relink", take);
            const end = START + 100 * HOUR;
            while (writer.sweep(end) > 0);
            const live = projectionsOf(writer.db);
            writer.startReplay();
            while (writer.project(1_000) > 0);
            while (writer.sweep(end) > 0);
            expect(live).toEqual(projectionsOf(writer.db));
          });
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  test("leaves the customer over HTTP, and conflicts say who was refused which name", async () => {
    const house = await openHouse();
    try {
      const key = await house.key("admin");
      const say = (visitor: string, customer: string) =>
        house.call("POST", "/b", {
          body: beacon(visitor, house.clock.now++, [
            { kind: "page_view", visit: true, url: "https://shop.example/" },
            { kind: "identify", customer },
          ]),
          headers: { "user-agent": "Mozilla/5.0 Firefox/140.0" },
        });
      await say("visitor-anna-01", "anna");
      await say("visitor-shared-1", "anna");
      await say("visitor-berta-1", "berta");
      await say("visitor-berta-1", "anna");
      await house.store.settled(house.clock.now);
      const { body } = await house.call("GET", "/api/v1/identity/conflicts?site=shop", { key });
      expect(body).toMatchObject({
        conflicts: [{ name: "customer:anna", visitor: "visitor-berta-1", owner: "visitor-anna-01" }],
      });
      const unlinked = await house.call("POST", "/api/v1/identity/unlink", {
        key,
        body: { site: "shop", visitor: "visitor-shared-1", claim: "customer:anna" },
      });
      expect(unlinked).toMatchObject({ status: 200, body: { visitors: 3, people: 3 } });
      const person = await house.call("GET", "/api/v1/people/visitor-shared-1?site=shop", { key });
      expect(person.body).toMatchObject({ customer: null, visitors: ["visitor-shared-1"] });
      const anna = await house.call("GET", "/api/v1/people/anna?site=shop", { key });
      expect(anna.body).toMatchObject({ customer: "anna", visitors: ["visitor-anna-01"] });
    } finally {
      await house.close();
    }
  });
});
