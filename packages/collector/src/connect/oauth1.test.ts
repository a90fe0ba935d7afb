import { describe, expect, test } from "vitest";
import { oauthFields, oauthHeader, signatureBase } from "./oauth1.ts";

/** RFC 5849, 1.2: a request for a photo. */
const photos = {
  request: {
    method: "GET",
    url: new URL("http://photos.example.net/photos?file=vacation.jpg&size=original"),
    timestamp: 137_131_202,
    nonce: "chapoH",
  },
  keys: {
    consumerKey: "dpf43f3p2l4k3l03",
    consumerSecret: "kd94hf93k423kf44",
    token: "nnch734d00sl2jdk",
    tokenSecret: "pfkkdhi9sl3r4s00",
  },
};

/** RFC 5849, 3.4.1.1: every awkward character there is. */
const awkward = {
  method: "post",
  url: new URL("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"),
  timestamp: 137_131_201,
  nonce: "7d8f3e4a",
  hash: "sha1" as const,
  form: new URLSearchParams("c2&a3=2+q"),
};

describe("OAuth 1.0a", () => {
  test("signs the photo request as RFC 5849 does", () => {
    const header = oauthHeader({ ...photos.request, hash: "sha1" }, photos.keys);
    expect(header).toContain('oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"');
    expect(header).toContain('oauth_signature_method="HMAC-SHA1"');
    expect(
      header.startsWith('OAuth oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk"'),
    ).toBe(true);
  });

  test("puts the text to sign together as RFC 5849 does", () => {
    const keys = { ...photos.keys, consumerKey: "9djdj82h48djs9d2", token: "kkk9d7dh3k39sjv7" };
    expect(signatureBase(awkward, oauthFields(awkward, keys))).toBe(
      [
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q",
        "%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_",
        "key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m",
        "ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk",
        "9d7dh3k39sjv7",
      ].join(""),
    );
  });

  test("signs with SHA-256 unless asked otherwise, and every part of the request changes the signature", () => {
    const signature = (change: Partial<typeof photos.request> = {}, keys = photos.keys) =>
      /oauth_signature="([^"]+)"/.exec(oauthHeader({ ...photos.request, ...change }, keys))![1]!;
    const first = signature();
    // HMAC-SHA-256 of the RFC's own text under the RFC's own keys, worked out with openssl.
    expect(decodeURIComponent(first)).toBe("HtMwoX2zenlFjgGg/SNEoKEQmL7CzxYFEKzs7er044Y=");
    const url = new URL("http://photos.example.net/photos?file=vacation.jpg&size=small");
    for (const change of [{ method: "POST" }, { url }, { timestamp: 137_131_203 }, { nonce: "other" }])
      expect(signature(change)).not.toBe(first);
    expect(signature({}, { ...photos.keys, tokenSecret: "x" })).not.toBe(first);
    expect(signature({}, { ...photos.keys, consumerSecret: "x" })).not.toBe(first);
  });

  test("never shows a secret", () => {
    const header = oauthHeader(photos.request, photos.keys);
    expect(header).not.toContain(photos.keys.consumerSecret);
    expect(header).not.toContain(photos.keys.tokenSecret);
  });
});
