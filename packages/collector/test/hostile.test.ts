/** Whatever arrives at the door: nothing throws, nothing unclean is kept, and every item is accounted for. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIMITS } from "@sojourn/sdk/wire";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { presetModel } from "../src/domain/lifecycle/presets.ts";
import { openDoor } from "../src/http/collect.ts";
import { openBuckets } from "../src/http/limits.ts";
import type { Arrival } from "../src/ingest/accept.ts";
import type { Outcome } from "../src/ingest/outcome.ts";
import { decodeTouchpoint, type StoredRow } from "../src/store/sqlite/log.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";
import { type House, openHouse, START } from "./house.ts";

let folder: string;
let writer: Writer;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-hostile-"));
  writer = openWriter(folder);
  writer.change(() => {
    writer.sites.add("shop", {}, presetModel("reach-loyalty")!, START);
  });
});
afterAll(() => {
  writer.close();
  rmSync(folder, { recursive: true });
});

let made = 0;
const nextId = (): string => {
  made += 1;
  return `${START.toString(16)
    .padStart(12, "0")
    .replace(/^(.{8})/, "$1-")}-7000-8000-${made.toString(16).padStart(12, "0")}`;
};

const NASTY: readonly unknown[] = [
  "\0",
  "a\0b\u0007\u001b[31m",
  "\ud800 lone",
  "\udc00",
  "\u202e\u0000",
  "x".repeat(100_000),
  "'; drop table touchpoint; --",
  "<script>alert(1)</script>",
  "=cmd|' /C calc'!A0",
  "javascript:alert(1)",
  "data:text/html;base64,AAAA",
  "http://[::1",
  "https://%",
  "",
  " ",
  -1,
  -0,
  1e308,
  2 ** 53,
  0.1,
  null,
  true,
  [],
  [[[[]]]],
  {},
  { __proto__: null, constructor: { prototype: { polluted: 1 } } },
];

/** Any JSON value, with more of what breaks things than chance would bring. */
const anything = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.jsonValue({ maxDepth: 6 }),
);

const FIELDS = [
  "id", "at", "kind", "url", "referrer", "title", "visit", "items", "value", "currency", "order", "tax", "shipping",
  "coupon", "list", "query", "rating", "referral", "survey", "score", "customer", "email", "traits", "aliases", "props",
  "__proto__", "constructor", "toString", "visitor",
] as const; // biome-ignore format: a list of names

const KINDS = ["page_view", "purchase", "refund", "identify", "survey_response", "my_own", "Bad Kind", ""];

/** A touchpoint that is right but for some of its fields. */
const touchpoint = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    at: fc.oneof(fc.integer({ min: 0, max: 9e15 }), fc.constant(START)),
    wrong: fc.array(fc.tuple(fc.constantFrom(...FIELDS), anything), { maxLength: 2 }),
    hasId: fc.boolean(),
  })
  .map(({ kind, at, wrong, hasId }) => {
    const fields: [string, unknown][] = [
      ["id", hasId ? nextId() : "not-a-uuid-at-all"],
      ["kind", kind],
      ["at", at],
      ["url", "https://shop.example/"],
      ["order", "A-1"],
      ...wrong,
    ];
    // As text, so that "__proto__" is a key like any other.
    return `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? "null"}`).join(",")}}`;
  });

const items = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: touchpoint },
    { weight: 1, arbitrary: anything.map((v) => JSON.stringify(v) ?? "null") },
  ),
  {
    minLength: 1,
    maxLength: 6,
  },
);

const beacon = fc
  .record({
    items,
    visitor: fc.oneof({ weight: 5, arbitrary: fc.constant("visitor-1") }, { weight: 1, arbitrary: anything }),
    sentAt: fc.oneof({ weight: 5, arbitrary: fc.constant(START) }, { weight: 1, arbitrary: anything }),
  })
  .map(({ items: list, visitor, sentAt }) => ({
    count: list.length,
    body: `{"v":1,"site":"shop","sentAt":${JSON.stringify(sentAt) ?? 0},"visitor":${JSON.stringify(visitor) ?? 0},"touchpoints":[${list.join(",")}]}`,
  }));

const countOf = (outcome: Outcome): number =>
  outcome.kind === "refused" ? outcome.items : outcome.stored + outcome.duplicates + outcome.refused.length;

const keep = (body: string, door: Arrival["door"]): Outcome =>
  writer.ingest([
    { body, receivedAt: START, door, sender: "192.0.2.1 x", ...(door === "server" ? { site: "shop" } : {}) },
  ])[0]!;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are exactly what must not be kept.
const UNCLEAN = /[\u0000-\u001f\u007f-\u009f]/;

function everyString(value: unknown, see: (text: string) => void): void {
  if (typeof value === "string") see(value);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      see(key);
      everyString(inner, see);
    }
  }
}

describe("the door", () => {
  test.each(["browser", "server"] as const)(
    "(%s) accounts for every item of any beacon, each by its own index",
    (door) => {
      fc.assert(
        fc.property(beacon, ({ body, count }) => {
          const outcome = keep(body, door);
          expect(countOf(outcome)).toBe(count);
          if (outcome.kind === "stored") {
            const indexes = outcome.refused.map(({ index }) => index);
            expect(new Set(indexes).size).toBe(indexes.length);
            for (const index of indexes) expect(index >= 0 && index < count).toBe(true);
          } else expect([400, 403, 413]).toContain(outcome.status);
        }),
        { numRuns: 300 },
      );
    },
  );

  test("answers any bytes at all with a code", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary", maxLength: 2_000 }), fc.json(), fc.json({ maxDepth: 40 })),
        (body) => {
          for (const door of ["browser", "server"] as const)
            expect(countOf(keep(body, door))).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("survives JSON nested a hundred thousand deep, and keys by the thousand", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i])));
    for (const props of [deep, wide, `{"a":${deep}}`]) {
      const body = `{"v":1,"site":"shop","sentAt":${START},"visitor":"visitor-1","touchpoints":[{"id":"${nextId()}","at":${START},"kind":"page_view","props":${props}}]}`;
      expect(countOf(keep(body, "browser"))).toBe(1);
    }
  });

  test("keeps no control character, no lone surrogate, nothing over its limit, and no foreign prototype", () => {
    const names = new Map(writer.db.prepare<[], [number, string]>("select key, name from kind").raw().all());
    const visitors = writer.db.prepare<[], string>("select id from visitor").pluck().all();
    const rows = writer.db.prepare<[], StoredRow>("select * from touchpoint").all();
    expect(rows.length).toBeGreaterThan(50);
    for (const row of rows) {
      const touchpoint = decodeTouchpoint(row, names.get(row.kind)!);
      everyString([touchpoint, visitors], (text) => {
        expect(text).not.toMatch(UNCLEAN);
        expect(text.isWellFormed()).toBe(true);
        expect(text.length).toBeLessThanOrEqual(LIMITS.urlMax);
      });
      expect(touchpoint.at).toBeLessThanOrEqual(START);
      expect(Object.keys(touchpoint)).not.toContain("__proto__");
      for (const record of [touchpoint.props, touchpoint.traits]) {
        if (record !== undefined) expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
      }
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("takes no visitor from a server's envelope that is no identifier (one with NUL was kept once)", () => {
    for (const visitor of ["\0", "a\u0007b", "x".repeat(LIMITS.visitorMax + 1), ""]) {
      const item = { id: nextId(), at: START, kind: "page_view" };
      const outcome = keep(JSON.stringify({ visitor, touchpoints: [item, item] }), "server");
      expect(outcome).toMatchObject({
        kind: "refused",
        status: 400,
        code: "bad_beacon",
        path: "visitor",
        items: 2,
      });
    }
  });

  test("counts received touchpoints as stored, duplicate or refused, always", () => {
    const { received, stored, duplicates, refused } = writer.totals;
    expect(received).toBeGreaterThan(500);
    expect(stored + duplicates + Object.values(refused).reduce((total, n) => total + n, 0)).toBe(received);
    expect(writer.db.prepare("select count(*) from touchpoint").pluck().get()).toBe(stored);
  });

  test("folds whatever it kept, and a replay agrees", () => {
    while (writer.project(1_000) > 0);
    const people = writer.db.prepare("select key, orders from person order by key").all();
    writer.startReplay();
    while (writer.project(1_000) > 0);
    expect(writer.db.prepare("select key, orders from person order by key").all()).toEqual(people);
  });
});

describe("a beacon's route", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
    await house.addSite("strict", { origins: ["https://shop.example"] });
  });
  afterAll(() => house.close());

  const send = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const response = await house.app.request("/b", { method: "POST", body, headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const good = (site = "strict", more = ""): string =>
    `{"v":1,"site":"${site}","sentAt":${START},"visitor":"visitor-1","touchpoints":[{"id":"${nextId()}","at":${START},"kind":"page_view"}${more}]}`;

  test.each([
    ["no JSON", "hello", 400, "bad_json"],
    ["an empty body", "", 400, "bad_json"],
    ["an array", "[]", 400, "bad_beacon"],
    [
      "another version",
      '{"v":2,"site":"shop","sentAt":1,"visitor":"visitor-1","touchpoints":[{}]}',
      400,
      "unknown_version",
    ],
    [
      "no touchpoints",
      '{"v":1,"site":"shop","sentAt":1,"visitor":"visitor-1","touchpoints":[]}',
      400,
      "bad_beacon",
    ],
    [
      "an unknown site",
      '{"v":1,"site":"nobody","sentAt":1,"visitor":"visitor-1","touchpoints":[{}]}',
      403,
      "unknown_site",
    ],
    [
      "51 touchpoints",
      `{"v":1,"site":"shop","sentAt":1,"visitor":"visitor-1","touchpoints":[${"{},".repeat(50)}{}]}`,
      413,
      "too_many",
    ],
    ["64 KiB and one byte", "x".repeat(64 * 1024 + 1), 413, "too_large"],
    [
      "gzip, which is not unpacked",
      new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]),
      400,
      "bad_json",
    ],
  ])("answers %s with its code", async (_, body, status, code) => {
    const answer = await send(body as string);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("x-sojourn-reason")).toBe(code);
    expect(JSON.parse(answer.text)).toMatchObject({ code, status });
  });

  test("takes exactly 64 KiB", async () => {
    const body = good("strict");
    const padded = body.padEnd(64 * 1024, " ");
    expect((await send(padded, { origin: "https://shop.example" })).status).toBe(204);
  });

  test("lets only listed origins in, and says why in a header", async () => {
    expect((await send(good(), { origin: "https://shop.example" })).status).toBe(204);
    for (const headers of [
      {},
      { origin: "null" },
      { origin: "https://shop.example.evil.example" },
      { origin: "http://shop.example" },
    ]) {
      const answer = await send(good(), headers as Record<string, string>);
      expect(answer.status).toBe(403);
      expect(answer.headers.get("x-sojourn-reason")).toBe("origin_not_allowed");
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test("stores the good ones among bad ones and lists the bad by index, never with their content", async () => {
    const answer = await send(good("strict", ',{"id":"secret-visitor-data","kind":"page_view"},7'), {
      origin: "https://shop.example",
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      stored: 1,
      refused: [{ index: 1, code: "bad_touchpoint", path: "at" }, { index: 2 }],
    });
    expect(answer.text).not.toContain("secret");
  });

  test("does not repeat in its answer what was sent", async () => {
    const answer = await send(
      '{"v":1,"site":"<script>alert(1)</script>","sentAt":1,"visitor":"visitor-1","touchpoints":[{}]}',
    );
    expect(answer.text).not.toContain("script");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("never answers anything with 5xx", async () => {
    await fc.assert(
      fc.asyncProperty(beacon, async ({ body }) => {
        expect((await send(body)).status).toBeLessThan(500);
      }),
      { numRuns: 60 },
    );
    expect(house.errors).toEqual([]);
  });
});

describe("limits of rate", () => {
  test("belong to a network and come back with time", () => {
    const buckets = openBuckets(10, 20);
    for (let i = 0; i < 20; i++) expect(buckets.take("a", START)).toBe(0);
    expect(buckets.take("a", START)).toBe(1);
    expect(buckets.take("b", START)).toBe(0);
    expect(buckets.take("a", START + 100)).toBe(0);
    expect(buckets.take("a", START - 50_000)).toBeGreaterThan(0);
  });

  test("stay bounded in memory whatever addresses call", () => {
    const buckets = openBuckets(1, 1);
    for (let i = 0; i < 120_000; i++) expect(buckets.take(String(i), START)).toBe(0);
  });

  const door = (proxies: number, ratePerSite = 0) =>
    openDoor({ store: {} as never, now: () => START, proxies, ratePerAddress: 1, ratePerSite });

  test("count the address that a trusted proxy saw, not one that the sender made up", () => {
    const invented = { address: "10.0.0.1", forwardedFor: "1.1.1.1, 2.2.2.2, 203.0.113.9" };
    expect(door(0).addressOf(invented)).toBe("10.0.0.1");
    expect(door(1).addressOf(invented)).toBe("203.0.113.9");
    expect(door(2).addressOf(invented)).toBe("2.2.2.2");
    expect(door(1).addressOf({ address: "10.0.0.1", forwardedFor: "" })).toBe("10.0.0.1");
    const one = door(0);
    // Ten at once, then one a second, however the header changes.
    const waits = Array.from({ length: 12 }, (_, i) =>
      one.waitOf({ address: "198.51.100.7", forwardedFor: `9.9.9.${i}` }),
    );
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect(one.waitOf({ address: "198.51.100.250" })).toBe(1);
    expect(one.waitOf({ address: "198.51.101.7" })).toBe(0);
  });

  test("are told in headers", () => {
    const { status, headers } = door(0).refusal(429, "rate_limited", undefined, 3);
    expect(status).toBe(429);
    expect(headers).toMatchObject({
      "retry-after": "3",
      "ratelimit-limit": "1",
      "ratelimit-remaining": "0",
      "ratelimit-reset": "3",
    });
  });
});
