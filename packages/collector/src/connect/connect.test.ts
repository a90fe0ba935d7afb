import { describe, expect, test } from "vitest";
import type { SystemName } from "./connector.ts";
import { touchpointsOf } from "./identify.ts";
import { readDelivery } from "./map.ts";
import { CONNECTORS } from "./systems.ts";
import { NOW, optionsFor, requestOf, type Sample, SECRET, samplesOf } from "./test/samples.ts";

const SYSTEMS = Object.keys(CONNECTORS) as SystemName[];

/** What a sample becomes, as the log would get it. */
function readSample(system: SystemName, sample: Sample) {
  const options = optionsFor(system, sample.options);
  const text = typeof sample.body === "string" ? sample.body : JSON.stringify(sample.body);
  const mapped = readDelivery(
    CONNECTORS[system],
    {
      connector: options.name,
      receivedAt: NOW,
      headers: sample.headers,
      text,
      fetched: sample.fetched ?? {},
    },
    options,
  );
  return mapped.kind === "mapped"
    ? { ...mapped, touchpoints: [...touchpointsOf(options.name, mapped.drafts), ...(mapped.ready ?? [])] }
    : mapped;
}

describe.each(SYSTEMS)("%s", (system) => {
  const connector = CONNECTORS[system];
  const samples = samplesOf(system);

  test.each(samples.map((sample) => [sample.name, sample] as const))(
    "%s becomes what it says",
    (_name, sample) => {
      const read = readSample(system, sample);
      if (sample.ignored !== undefined) expect(read).toEqual({ kind: "ignored", reason: sample.ignored });
      else if (sample.unreadable !== undefined)
        expect(read).toEqual({ kind: "unreadable", path: sample.unreadable });
      else {
        const found = read.kind === "mapped" ? read.touchpoints : read;
        expect(found).toMatchObject(sample.becomes!);
        expect(found).toHaveLength(sample.becomes!.length);
        expect(read).toMatchObject(sample.forgets === undefined ? {} : { forget: sample.forgets });
        expect("forget" in read).toBe(sample.forgets !== undefined);
      }
      // Pure: the same message means the same again, ids included.
      expect(readSample(system, sample)).toEqual(read);
    },
  );

  test("calls a body of another shape unreadable or ignores it, and never throws", () => {
    for (const sample of samples) {
      for (const body of [
        "",
        "{",
        "null",
        "[]",
        "5",
        '"text"',
        '{"id":{}}',
        "[null]",
        '{"data":5}',
        '{"__proto__":1}',
      ]) {
        const { kind } = readSample(system, { ...sample, body });
        // Touchpoints in our own format are checked by the door.
        expect(
          system === "webhook" ? ["mapped", "ignored", "unreadable"] : ["ignored", "unreadable"],
          body,
        ).toContain(kind);
      }
    }
  });

  if (connector.pollsOnly === true) return;
  const sample = samples.find((one) => one.polled !== true && one.becomes !== undefined)!;
  const settings = optionsFor(system, sample.options).settings;
  const check = (request: ReturnType<typeof requestOf>, secrets: string[] = [SECRET], now = NOW) =>
    connector.verify(request, secrets, now, settings);
  const body = '{"id":1001,"note":"Zürich"}';

  test("takes a genuine message, with either of two secrets and letters beyond ASCII", () => {
    expect(check(requestOf(system, sample))).toBe("genuine");
    expect(check(requestOf(system, sample, "the-new-secret"), [SECRET, "the-new-secret"])).toBe("genuine");
    expect(check(requestOf(system, { ...sample, body }))).toBe("genuine");
  });

  test("refuses another secret, and a message without its header", () => {
    expect(check(requestOf(system, sample, "not-the-secret"))).toMatchObject({ refused: expect.any(String) });
    const bare = { ...requestOf(system, sample), headers: {}, url: "https://collect.example/in/x" };
    expect(check(bare)).toEqual({ refused: "signature_missing" });
  });

  const isSigned = !["ga4", "insightly", "omnisend", "magento"].includes(system);
  if (isSigned)
    test("refuses a body with one changed byte", () => {
      const request = requestOf(system, sample);
      const changed = Buffer.from(request.body);
      changed[changed.length >> 1]! ^= 1;
      expect(check({ ...request, body: changed })).toEqual({ refused: "signature_wrong" });
    });

  const limit = (
    { stripe: 300, webhook: 300, bigcommerce: 300, hubspot: 300, zendesk: 3_600 } as Record<string, number>
  )[system];
  if (limit !== undefined)
    test("refuses a message that was signed too long ago", () => {
      const request = requestOf(system, sample);
      expect(check(request, [SECRET], NOW + limit! * 1_000)).toBe("genuine");
      expect(check(request, [SECRET], NOW + limit! * 1_000 + 1_000)).toEqual({ refused: "too_old" });
    });
});

/** What each system tells, as the table of the documentation has it: by its topic, and the kind it becomes. */
const ROWS: readonly [SystemName, topic: RegExp, kind: string][] = [
  ["shopify", /orders\/create/, "purchase"],
  ["shopify", /orders\/updated/, "purchase"],
  ["shopify", /orders\/cancelled/, "cancel_order"],
  ["shopify", /refunds\/create/, "refund"],
  ["shopify", /checkouts\/update/, "begin_checkout"],
  ["shopify", /customers\/redact/, "forget"],
  ["shopify", /fulfillments\/create/, "order_shipped"],
  ["woocommerce", /order\.created/, "purchase"],
  ["woocommerce", /order\.updated.*"refunds":\[\{/, "refund"],
  ["woocommerce", /"status":"cancelled"/, "cancel_order"],
  ["woocommerce", /"status":"trash"/, "cancel_order"],
  ["woocommerce", /"status":"completed"/, "order_shipped"],
  ["bigcommerce", /store\/order\/created/, "purchase"],
  ["bigcommerce", /store\/order\/statusUpdated/, "cancel_order"],
  ["bigcommerce", /store\/order\/statusUpdated/, "order_shipped"],
  ["bigcommerce", /store\/order\/refund\/created/, "refund"],
  ["bigcommerce", /store\/cart\/abandoned/, "cart_abandoned"],
  ["bigcommerce", /store\/cart\/converted/, "identify"],
  ["magento", /x-sojourn-poll":"orders/, "purchase"],
  ["magento", /"state":"canceled"/, "cancel_order"],
  ["magento", /x-sojourn-poll":"creditmemos/, "refund"],
  ["stripe", /checkout\.session\.completed/, "purchase"],
  ["stripe", /checkout\.session\.async_payment_succeeded/, "purchase"],
  ["stripe", /invoice\.paid/, "purchase"],
  ["stripe", /refund\.updated/, "refund"],
  ["typeform", /form_response/, "survey_response"],
  ["typeform", /form_response/, "generate_lead"],
  ["zendesk", /zen:event-type:ticket\.created/, "support_contact"],
  ["zendesk", /"sojourn":"ticket"/, "support_contact"],
  ["zendesk", /"sojourn":"rating"/, "survey_response"],
  ["hubspot", /lifecyclestage/, "crm_stage"],
  ["hubspot", /dealstage/, "purchase"],
  ["hubspot", /contact\.privacyDeletion/, "forget"],
  ["insightly", /OPPORTUNITY_STATE":"WON/, "purchase"],
  ["insightly", /LEAD_ID/, "generate_lead"],
  ["omnisend", /email_click/, "email_click"],
  ["omnisend", /unsubscribed/, "newsletter_unsubscribe"],
  ["ga4", /transaction_id/, "purchase"],
  ["webhook", /webhook-id/, "reward"],
];

test.each(ROWS)("%s has a sample of %s that becomes %s", (system, topic, kind) => {
  const found = samplesOf(system).filter(
    (sample) =>
      topic.test(JSON.stringify({ headers: sample.headers, body: sample.body })) &&
      (kind === "forget"
        ? sample.forgets !== undefined
        : sample.becomes?.some((one) => one["kind"] === kind)),
  );
  expect(found.length).toBeGreaterThan(0);
});

describe("WooCommerce", () => {
  const { woocommerce } = CONNECTORS;
  test("answers the unsigned trial message of a new webhook", () => {
    const request = { ...requestOf("woocommerce", { headers: {}, body: "webhook_id=5" }), headers: {} };
    expect(woocommerce.verify(request, [SECRET], NOW, {})).toBe("ping");
    const forged = { ...request, body: Buffer.from("webhook_id=5&order=1") };
    expect(woocommerce.verify(forged, [SECRET], NOW, {})).toEqual({ refused: "signature_missing" });
  });

  test("knows a secret that WordPress shows as HTML", () => {
    const request = requestOf("woocommerce", { headers: {}, body: "{}" }, 'a&b<c>"d');
    expect(woocommerce.verify(request, ["a&amp;b&lt;c&gt;&quot;d"], NOW, {})).toBe("genuine");
  });
});

describe("HubSpot", () => {
  const { hubspot } = CONNECTORS;
  const secret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
  const url = "https://www.example.com/webhook_uri";

  test("checks the published signatures of version 2, when the operator asks for it", () => {
    const get = "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e";
    const post = "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900";
    const body = Buffer.from('{"example_field":"example_value"}');
    const of = (method: string, signature: string, sent: Uint8Array) => ({
      method,
      url,
      headers: { "x-hubspot-signature": signature },
      body: sent,
    });
    const v2 = { signature: "v2" };
    expect(hubspot.verify(of("GET", get, new Uint8Array()), [secret], NOW, v2)).toBe("genuine");
    expect(hubspot.verify(of("POST", post, body), [secret], NOW, v2)).toBe("genuine");
    expect(hubspot.verify(of("POST", get, body), [secret], NOW, v2)).toEqual({ refused: "signature_wrong" });
    expect(hubspot.verify(of("POST", post, body), [secret], NOW, {})).toEqual({
      refused: "signature_missing",
    });
  });

  test("asks for the deal, then for its contact, then knows the order", () => {
    const sample = samplesOf("hubspot").find(({ fetched }) => fetched !== undefined)!;
    expect(readSample("hubspot", { ...sample, fetched: {} })).toMatchObject({
      kind: "needs",
      fetches: [{ name: "deal 77" }],
    });
    const { "deal 77": deal } = sample.fetched!;
    expect(readSample("hubspot", { ...sample, fetched: { "deal 77": deal! } })).toMatchObject({
      kind: "needs",
      fetches: [{ name: "contact 512" }],
    });
  });
});

test("every signature of the published vectors is taken", () => {
  const body = Buffer.from('{"id":1001,"note":"Zürich"}', "utf8");
  const at = 1_764_547_200_000;
  const bare = "AmHigXgfEoreygrXQbGWUVr1MZ78qAxp1J7guJXnWzk=";
  const vectors: [SystemName, Record<string, string>][] = [
    ["shopify", { "x-shopify-hmac-sha256": bare }],
    ["shopify", { "shopify-hmac-sha256": bare }],
    ["woocommerce", { "x-wc-webhook-signature": bare }],
    ["typeform", { "typeform-signature": `sha256=${bare}` }],
    [
      "zendesk",
      {
        "x-zendesk-webhook-signature": "Im6iaUWKQZn3NVI78lFcZmmt07mO3CirziACqDcXZX4=",
        "x-zendesk-webhook-signature-timestamp": "2025-12-01T00:00:00Z",
      },
    ],
    [
      "hubspot",
      {
        "x-hubspot-signature-v3": "XYO9jOiP5Phs3dvuAs7MBV2x2JO5/XE428tsYrdc7Qc=",
        "x-hubspot-request-timestamp": "1764547200000",
      },
    ],
    [
      "stripe",
      {
        "stripe-signature":
          "t=1764547200,v1=1b6883a6fb6dfdbaa163b48f454f17b339da8a8e95d3813fc8738a08e7535a0a",
      },
    ],
    [
      "bigcommerce",
      {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1764547200",
        "webhook-signature": "v1,oMRPOP+OS4ujUOSU5Fyq3HHO3aLmCSqCFnlOEP7jBbY=",
      },
    ],
  ];
  for (const [system, headers] of vectors) {
    const request = { method: "POST", url: "https://collect.example/in/hubspot", headers, body };
    expect(CONNECTORS[system].verify(request, [SECRET], at, {}), system).toBe("genuine");
  }
});
