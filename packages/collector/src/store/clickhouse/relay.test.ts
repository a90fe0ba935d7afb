/** What is taken in for another collector: kept until that one has it, and sent the same however often. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { beacon } from "../../../test/house.ts";
import { DEFAULT_SITE } from "../../domain/site.ts";
import type { Arrival } from "../../ingest/accept.ts";
import type { Outcome } from "../../ingest/outcome.ts";
import { openRelay, type Relay } from "./relay.ts";
import { openRelayFile, RELAY_FILE, type RelayFile } from "./relay-file.ts";

const OWNER = "http://owner.example";
const NOW = Date.UTC(2026, 9, 1);
const STORED: Outcome = { kind: "stored", stored: 1, duplicates: 0, refused: [] };
const LATER: Outcome = { kind: "refused", status: 503, code: "overloaded", items: 1 };

let folder: string;
let file: RelayFile;
let relay: Relay;
let posted: Arrival[][];
let answer: (arrivals: Arrival[]) => Outcome[];

function open(): void {
  file = openRelayFile(folder);
  relay = openRelay(
    file,
    async (_url, texts) => {
      const arrivals = texts.map((text) => JSON.parse(text) as Arrival);
      posted.push(arrivals);
      return answer(arrivals);
    },
    () => NOW + 5_000,
  );
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-relay-"));
  posted = [];
  answer = (arrivals) => arrivals.map(() => STORED);
  open();
  const settings = { ...DEFAULT_SITE, origins: ["https://shop.example"] };
  relay.setDirectory({ sites: [{ id: "shop", settings, url: OWNER }], keys: [] });
});
afterEach(() => {
  file.close();
  rmSync(folder, { recursive: true });
});

const view = (visitor: string | undefined, more: Partial<Arrival> = {}) => ({
  site: "shop",
  arrival: {
    door: "browser",
    receivedAt: NOW,
    origin: "https://shop.example",
    body: beacon(visitor, NOW, [{ kind: "page_view", visit: true }]),
    ...more,
  } satisfies Arrival,
});

describe("a touchpoint of another collector's site", () => {
  test("is kept, survives a restart, and is sent with the instant it was heard at", async () => {
    expect(await relay.take([view("visitor-0000000001")])).toEqual([STORED]);
    file.close();
    open();
    expect(relay.status()).toMatchObject({ waiting: { arrivals: 1, touchpoints: 1 }, oldestMs: 5_000 });
    expect(await relay.passOn(OWNER)).toBe(1);
    expect(posted[0]).toMatchObject([{ heardAt: NOW, receivedAt: NOW, origin: "https://shop.example" }]);
    expect(await relay.passOn(OWNER)).toBe(0);
    expect(relay.status()).toMatchObject({ waiting: { arrivals: 0, touchpoints: 0 }, passedOn: 1 });
  });

  test("is refused here for what its owner would refuse it for", async () => {
    const [outcome] = await relay.take([view("visitor-0000000001", { origin: "https://other.example" })]);
    expect(outcome).toMatchObject({ kind: "refused", status: 403, code: "origin_not_allowed" });
    expect(relay.status().waiting.arrivals).toBe(0);
  });

  test("stays where its owner says later or does not know the site yet, and goes where it says no", async () => {
    answer = () => [
      LATER,
      { kind: "refused", status: 403, code: "unknown_site", items: 1 },
      { kind: "stored", stored: 0, duplicates: 0, refused: [{ index: 0, code: "visitor_forgotten" }] },
      STORED,
    ];
    await relay.take([1, 2, 3, 4].map((n) => view(`visitor-000000000${n}`)));
    expect(await relay.passOn(OWNER)).toBe(2);
    expect(relay.status()).toMatchObject({ waiting: { arrivals: 2 }, passedOn: 1, refused: 1 });
    answer = (arrivals) => arrivals.map(() => LATER);
    await expect(relay.passOn(OWNER)).rejects.toMatchObject({ code: "unavailable" });
    expect(relay.status().waiting.arrivals).toBe(2);
  });

  test("is the same call however often it is sent, when a server named none", async () => {
    const body = JSON.stringify([
      { kind: "purchase", order: "A-1", value: 5, currency: "EUR", visitor: "v-1" },
    ]);
    await relay.take([{ site: "shop", arrival: { door: "server", site: "shop", receivedAt: NOW, body } }]);
    answer = () => {
      throw new Error("the answer was lost");
    };
    await expect(relay.passOn(OWNER)).rejects.toThrow();
    answer = (arrivals) => arrivals.map(() => STORED);
    await relay.passOn(OWNER);
    const keys = posted.map(([arrival]) => arrival!.idempotencyKey);
    expect(keys[0]).toMatch(/^relay:/);
    expect(keys[1]).toBe(keys[0]);
  });

  test("of a visitor without a name is answered by its owner, and never written", async () => {
    const nameless = view(undefined, { sender: "203.0.113.77 Firefox" });
    expect(await relay.take([nameless])).toEqual([STORED]);
    expect(posted[0]).toMatchObject([{ sender: "203.0.113.77 Firefox" }]);
    answer = () => {
      throw new Error("away");
    };
    expect(await relay.take([nameless])).toEqual([LATER]);
    // Named, but with an address that nobody needs.
    await relay.take([view("visitor-0000000001", { sender: "203.0.113.77 Firefox" })]);
    expect(relay.status().waiting.arrivals).toBe(1);
    for (const name of [RELAY_FILE, `${RELAY_FILE}-wal`])
      expect(readFileSync(join(folder, name)).includes("203.0.113.77")).toBe(false);
  });

  test("goes to whoever has the site by then", async () => {
    await relay.take([view("visitor-0000000001")]);
    const { sites } = relay.directory();
    relay.setDirectory({ sites: sites.map((site) => ({ ...site, url: "http://heir.example" })), keys: [] });
    expect(await relay.passOn(OWNER)).toBe(0);
    expect(await relay.passOn("http://heir.example")).toBe(1);
  });
});
