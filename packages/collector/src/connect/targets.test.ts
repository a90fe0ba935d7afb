import { describe, expect, test } from "vitest";
import { MESSAGE_KINDS, type MessageKind } from "../domain/message.ts";
import { refsOf } from "./references.ts";
import { readTable } from "./table.ts";
import type { ContactAddress, OutboxMessage, Parts, TargetOptions, TargetSystem } from "./target.ts";
import { TARGETS } from "./targets.ts";

const AT = Date.UTC(2026, 9, 1, 12);
const NEEDS: Partial<Record<TargetSystem, Record<string, unknown>>> = {
  ga4: { settings: { measurementId: "G-TEST", consent: "denied" } },
  zendesk: { host: "https://shop.zendesk.com" },
  insightly: { host: "https://api.na1.insightly.com" },
};

function optionsOf(system: TargetSystem, send: Record<string, unknown> = {}): TargetOptions {
  const entry = { name: "t", system, site: "shop", token: { file: "t" }, ...NEEDS[system], send };
  return readTable([entry], "table.yml")[0]!.send!;
}

const entered = (more: Record<string, unknown> = {}): OutboxMessage => ({
  id: "msg_1",
  kind: "stage.entered",
  at: AT,
  data: {
    site: "shop",
    person: "visitor-anna-01",
    customer: "42",
    from: "acquisition",
    to: "conversion",
    at: "2026-10-01T12:00:00.000Z",
    peak: "conversion",
    entry: 1,
    cause: "event",
    rule: "orders >= 1",
    model: "reach-loyalty",
    firstSource: { channel: "Email", source: "letter", medium: "email", campaign: null },
    lastSource: null,
    lastViewed: ["kettle-1", "kettle-2"],
    lastBought: [],
    ...more,
  },
});
const message = (kind: MessageKind, data: Record<string, unknown>): OutboxMessage => ({
  ...entered(data),
  kind,
  data: { site: "shop", person: "visitor-anna-01", ...data },
});
const id: ContactAddress = { kind: "id", value: "501" };
const PROPERTY: Parts = { property: true, event: false };
const EVENT: Parts = { property: false, event: true };
const BOTH: Parts = { property: true, event: true };

describe("Omnisend", () => {
  const { omnisend } = TARGETS;
  test("gets event and property in one call, named by its contact id or the address", () => {
    const [step, ...more] = omnisend.deliver(entered(), id, optionsOf("omnisend"), BOTH);
    expect(more).toEqual([]);
    expect(step).toMatchObject({
      method: "POST",
      path: "/api/events",
      body: {
        eventName: "sojourn stage entered",
        eventID: "msg_1",
        eventTime: "2026-10-01T12:00:00.000Z",
        origin: "api",
        contact: { id: "501", customProperties: { sojourn_stage: "conversion", sojourn_source: "Email" } },
        properties: { from: "acquisition", stage: "conversion", last_viewed: "kettle-1, kettle-2" },
      },
    });
    const email: ContactAddress = { kind: "email", value: "anna@example.com" };
    const [byAddress] = omnisend.deliver(entered(), email, optionsOf("omnisend"), PROPERTY);
    expect(byAddress!.body).toMatchObject({
      eventName: "sojourn stage set",
      contact: { email: "anna@example.com" },
    });
  });

  test("gets amounts in units and the products left, under the operator's name of the event", () => {
    const options = optionsOf("omnisend", { events: { "cart.left": "started checkout" } });
    const left = message("cart.left", {
      value: 5990,
      currency: "EUR",
      url: "https://shop.example/cart",
      items: [{ id: "k-1", name: "Kettle", price: 5990, quantity: 1 }],
    });
    const [step] = omnisend.deliver(left, id, options, EVENT);
    expect(step!.body).toMatchObject({
      eventName: "started checkout",
      properties: { value: 59.9, currency: "EUR", items: "Kettle", url: "https://shop.example/cart" },
    });
    expect(JSON.stringify(step)).not.toContain("visitor-anna");
  });

  test("is signed in with its key and its version", () => {
    expect(omnisend.signIn("k").headers).toEqual({
      authorization: "Omnisend-API-Key k",
      "omnisend-version": "2026-03-15",
    });
  });
});

describe("Zendesk", () => {
  const { zendesk } = TARGETS;
  test("gets fields of a user who is there, never tags and never a new user", () => {
    const options = optionsOf("zendesk", { stages: { conversion: "customer_new" } });
    expect(zendesk.deliver(entered(), id, options, PROPERTY)).toEqual([
      {
        name: "property",
        method: "PUT",
        path: "/api/v2/users/501.json",
        body: {
          user: {
            user_fields: {
              sojourn_stage: "customer_new",
              sojourn_stage_at: "2026-10-01T12:00:00.000Z",
              sojourn_source: "Email",
            },
          },
        },
        unknown: [404],
      },
    ]);
  });

  test("finds a user by our id or the address only when exactly one is meant", () => {
    const options = optionsOf("zendesk");
    const customer: ContactAddress = { kind: "customer", value: "4 2&x" };
    expect(zendesk.lookUp!(customer, options, PROPERTY)!.path).toBe(
      "/api/v2/users/search.json?external_id=4%202%26x",
    );
    const users = (...list: object[]) => ({ status: 200, json: { users: list } });
    expect(zendesk.found!(users({ id: 9, external_id: "4 2&x" }), customer)).toBe("9");
    expect(zendesk.found!(users({ id: 9, external_id: "4" }), customer)).toBeUndefined();
    const email: ContactAddress = { kind: "email", value: "anna@example.com" };
    const two = users({ id: 1, email: "Anna@example.com" }, { id: 2, email: "joanna@example.com" });
    expect(zendesk.found!(two, email)).toBe("1");
    expect(
      zendesk.found!(
        users({ id: 1, email: "anna@example.com" }, { id: 2, email: "anna@example.com" }),
        email,
      ),
    ).toBeUndefined();
  });
});

describe("Insightly", () => {
  const { insightly } = TARGETS;
  test("gets custom fields of a contact by its id", () => {
    expect(insightly.deliver(entered(), id, optionsOf("insightly"), PROPERTY)).toMatchObject([
      {
        method: "PUT",
        path: "/v3.1/Contacts",
        body: {
          CONTACT_ID: 501,
          CUSTOMFIELDS: [
            { FIELD_NAME: "SOJOURN_STAGE__c", FIELD_VALUE: "conversion" },
            { FIELD_NAME: "SOJOURN_STAGE_AT__c" },
            { FIELD_NAME: "SOJOURN_SOURCE__c", FIELD_VALUE: "Email" },
          ],
        },
      },
    ]);
  });

  test("gets a lead when a score passed the limit, and none for somebody who is a contact", () => {
    const passed = message("lead.passed", { score: 61.5, limit: 50 });
    const options = optionsOf("insightly");
    const addresses = (refs: object) =>
      insightly.addresses({ ids: [], customers: [], ...refs }, options, EVENT, "lead.passed");
    expect(addresses({})).toEqual([{ kind: "new", value: "" }]);
    const [lead] = insightly.deliver(passed, addresses({})[0]!, options, EVENT);
    expect(lead).toMatchObject({
      method: "POST",
      path: "/v3.1/Leads",
      body: { LAST_NAME: "Visitor visitor-anna-01" },
    });
    expect((lead!.body as { LEAD_DESCRIPTION: string }).LEAD_DESCRIPTION).toContain("score: 61.5");
    const [named] = insightly.deliver(passed, addresses({ email: "anna@example.com" })[0]!, options, EVENT);
    expect(named!.body).toMatchObject({ LAST_NAME: "anna", EMAIL: "anna@example.com" });
    expect(insightly.deliver(passed, addresses({ ids: ["7"] })[0]!, options, EVENT)).toEqual([]);
  });

  test("is left alone until the next day when its allowance is used up", () => {
    const pause = (left: string, status = 200) =>
      insightly.pauseAfter!({ "x-ratelimit-remaining": left }, status, AT);
    expect(pause("1")).toBeUndefined();
    expect(pause("0")).toBe(12 * 3_600_000);
    expect(pause("0", 429)).toBe(3_600_000);
  });
});

describe("GA4", () => {
  const { ga4 } = TARGETS;
  const client: ContactAddress = { kind: "ga", value: "123.456" };
  test("gets a user property with an event, the consent the operator stated, and no secret in the path", () => {
    const [step] = ga4.deliver(entered(), client, optionsOf("ga4"), PROPERTY);
    expect(step).toMatchObject({
      method: "POST",
      path: "/mp/collect?measurement_id=G-TEST",
      body: {
        client_id: "123.456",
        timestamp_micros: AT * 1_000,
        consent: { ad_user_data: "DENIED", ad_personalization: "DENIED" },
        user_properties: { sojourn_stage: { value: "conversion" }, sojourn_source: { value: "Email" } },
        events: [{ name: "sojourn_stage", params: { message_id: "msg_1", stage: "conversion" } }],
      },
    });
    expect(ga4.signIn("s3cret")).toEqual({ query: { api_secret: "s3cret" } });
    expect(
      ga4.addresses({ ids: [], customers: ["42"] }, optionsOf("ga4"), PROPERTY, "stage.entered"),
    ).toEqual([]);
  });

  test("keeps Google's limits", () => {
    const long = entered({ to: "x".repeat(60), rule: "r".repeat(300) });
    const [step] = ga4.deliver(long, client, optionsOf("ga4"), PROPERTY);
    const { user_properties: properties, events } = step!.body as {
      user_properties: Record<string, { value: string }>;
      events: { params: Record<string, string | number> }[];
    };
    expect(properties["sojourn_stage"]!.value).toHaveLength(36);
    const params = Object.values(events[0]!.params);
    expect(params.length).toBeLessThanOrEqual(25);
    expect(params.every((value) => typeof value !== "string" || value.length <= 100)).toBe(true);
  });
});

describe("every target", () => {
  test.each(Object.values(TARGETS))(
    "$system says the same twice, and nothing where there is nothing to say",
    (target) => {
      const options = optionsOf(target.system);
      for (const kind of MESSAGE_KINDS) {
        const one =
          kind === "stage.entered" ? entered() : message(kind, { order: "A-1", value: 100, currency: "EUR" });
        for (const parts of [PROPERTY, EVENT, BOTH]) {
          const steps = target.deliver(one, id, options, parts);
          expect(target.deliver(one, id, options, parts)).toEqual(steps);
          expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
          for (const { path } of steps) expect(path).toMatch(/^\/[^/]/);
        }
        if (!kind.startsWith("stage.")) expect(target.deliver(one, id, options, PROPERTY)).toEqual([]);
      }
    },
  );

  test.each(Object.values(TARGETS))("$system has checks that never throw, whatever is answered", (target) => {
    for (const { judge } of target.checks(optionsOf(target.system))) {
      for (const json of [null, {}, [], 5, "x", { users: [null] }, { user_fields: [null, {}] }, [null]]) {
        for (const status of [200, 401, 404, 500])
          expect(["ok", "warn", "fail"]).toContain(judge({ status, json }).state);
      }
    }
  });
});

describe("what a person is known by", () => {
  const of = (claims: string[], more: Partial<TargetOptions> = {}, email?: string) =>
    refsOf(claims, email, { system: "hubspot", customers: "shop", keepEmail: false, ...more });

  test("is the system's own id, the customer of its namespace, cookies of browsers", () => {
    expect(
      of([
        "alias:hubspot:512",
        "alias:zendesk:7",
        "customer:shop:42",
        "customer:crm:9",
        "customer:77",
        "email:ab",
        "alias:hutk:cookie",
        "alias:ga:1.2",
        "alias:cart:5",
      ]),
    ).toEqual({ ids: ["512"], customers: ["42", "77"], hutk: "cookie", ga: "1.2" });
    expect(of(["alias:insightly:lead:5", "alias:insightly:8"], { system: "insightly" }).ids).toEqual(["8"]);
  });

  test("is an address only where the operator lets it be one", () => {
    expect(of([], {}, "anna@example.com").email).toBeUndefined();
    expect(of([], { keepEmail: true }, "anna@example.com").email).toBe("anna@example.com");
  });
});

describe("the table of what is sent", () => {
  const problems = (entry: Record<string, unknown>): string => {
    try {
      readTable([{ name: "crm", site: "shop", token: { file: "t" }, ...entry }], "table.yml");
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  test("needs no secret where nothing comes in, and has a default for every message", () => {
    const entry = { name: "crm", system: "hubspot", site: "shop", token: { file: "t" }, send: {} };
    const [read] = readTable([entry], "table.yml");
    expect(read).toMatchObject({ receives: false, keepEmail: false });
    expect(Object.keys(read!.send!.actions).sort()).toEqual([...MESSAGE_KINDS].sort());
    expect(read!.send!.actions).toMatchObject({ "stage.entered": "property", "cart.left": "nothing" });
  });

  test.each([
    [{ system: "shopify", secrets: [{ file: "s" }], send: {} }, "shopify cannot be told anything"],
    [{ system: "hubspot", token: undefined, send: {} }, "it needs a token"],
    [{ system: "zendesk", send: {} }, "it needs host"],
    [{ system: "hubspot", send: { messages: { "order.counted": "property" } } }, "carries no stage"],
    [
      { system: "hubspot", send: { messages: { "cart.left": "event" } } },
      "name the hubspot event for cart.left",
    ],
    [
      { system: "zendesk", host: "https://a.zendesk.com", send: { messages: { "cart.left": "event" } } },
      "has no events",
    ],
    [{ system: "omnisend", send: { lifecyclestage: "peak" } }, "only HubSpot has it"],
    [{ system: "omnisend", send: { messages: { "cart.lost": "event" } } }, "messages"],
    [
      { system: "omnisend", send: { messages: { "cart.left": "maybe" } } },
      "write nothing, property, event, both",
    ],
    [{ system: "hubspot", send: { lifecyclestage: "sometimes" } }, "write off, peak, follow"],
    [
      { system: "hubspot", secrets: [{ file: "s" }], send: { lifecyclestage: "peak" } },
      "appId is missing (your own app's id",
    ],
    [{ system: "ga4", send: {} }, "measurementId is missing"],
    [{ system: "ga4", settings: { measurementId: "G-1" }, send: {} }, "consent is missing"],
    [{ system: "hubspot", send: { perMinute: 0 } }, "perMinute"],
    [{ system: "hubspot", send: { stage: "x" } }, "crm"],
  ])("says what is wrong with %j", (entry, said) => {
    expect(problems(entry)).toContain(said);
  });

  test("takes on for HubSpot's own stage as the careful way", () => {
    const read = (lifecyclestage: unknown) => optionsOf("hubspot", { lifecyclestage }).lifecyclestage;
    expect([read(true), read("on"), read(false), read("follow")]).toEqual(["peak", "peak", "off", "follow"]);
  });
});
