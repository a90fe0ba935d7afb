import { describe, expect, test } from "vitest";
import { hmac, isSameText, signWebhook, verifyWebhook, webhookKey } from "./signature.ts";

const SECRET = "sojourn-test-secret";
const BODY = Buffer.from('{"id":1001,"note":"Zürich"}', "utf8");
const NOW = 1_764_547_200_000;

describe("hmac", () => {
  test("signs the raw bytes of a body with letters beyond ASCII", () => {
    expect(hmac(BODY, SECRET, "base64")).toBe("AmHigXgfEoreygrXQbGWUVr1MZ78qAxp1J7guJXnWzk=");
  });

  test("signs parts as if they were one", () => {
    expect(hmac(["1764547200.", BODY], SECRET, "hex")).toBe(
      "1b6883a6fb6dfdbaa163b48f454f17b339da8a8e95d3813fc8738a08e7535a0a",
    );
  });
});

describe("Standard Webhooks", () => {
  const signature = "v1,oMRPOP+OS4ujUOSU5Fyq3HHO3aLmCSqCFnlOEP7jBbY=";
  const message = { id: "msg_1", timestamp: "1764547200", signature, body: BODY };

  test("gives the published signature", () => {
    expect(signWebhook({ id: "msg_1", timestamp: 1_764_547_200, body: BODY }, [SECRET])).toBe(signature);
  });

  test("accepts it within five minutes either way and not a second longer", () => {
    expect(verifyWebhook(message, [SECRET], NOW)).toBe("genuine");
    expect(verifyWebhook(message, [SECRET], NOW + 300_000)).toBe("genuine");
    expect(verifyWebhook(message, [SECRET], NOW - 300_000)).toBe("genuine");
    expect(verifyWebhook(message, [SECRET], NOW + 301_000)).toBe("too_old");
    expect(verifyWebhook(message, [SECRET], NOW - 301_000)).toBe("too_old");
  });

  test("accepts either of two secrets and any of several entries", () => {
    expect(verifyWebhook(message, ["new", SECRET], NOW)).toBe("genuine");
    const both = signWebhook({ id: "msg_1", timestamp: "1764547200", body: BODY }, ["other", SECRET]);
    expect(verifyWebhook({ ...message, signature: both }, [SECRET], NOW)).toBe("genuine");
  });

  test("refuses a changed byte, another id, another time, another scheme, and says what is missing", () => {
    const changed = Buffer.from(BODY);
    changed[3]! ^= 1;
    expect(verifyWebhook({ ...message, body: changed }, [SECRET], NOW)).toBe("signature_wrong");
    expect(verifyWebhook({ ...message, id: "msg_2" }, [SECRET], NOW)).toBe("signature_wrong");
    expect(verifyWebhook({ ...message, timestamp: "1764547201" }, [SECRET], NOW)).toBe("signature_wrong");
    expect(verifyWebhook({ ...message, signature: signature.replace("v1", "v2") }, [SECRET], NOW)).toBe(
      "signature_wrong",
    );
    expect(verifyWebhook({ ...message, id: undefined }, [SECRET], NOW)).toBe("signature_missing");
    expect(verifyWebhook({ ...message, timestamp: "1e9" }, [SECRET], NOW)).toBe("signature_wrong");
  });

  test("reads the key behind whsec_ as base64 and any other secret as it stands", () => {
    expect(webhookKey("whsec_AQID").equals(Buffer.from([1, 2, 3]))).toBe(true);
    expect(webhookKey("plain").toString()).toBe("plain");
  });
});

test("equal texts are the same whatever their length, others are not", () => {
  expect(isSameText("abc", "abc")).toBe(true);
  expect(isSameText("abc", "abcd")).toBe(false);
  expect(isSameText("", "")).toBe(true);
});
