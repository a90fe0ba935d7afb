/** Where outbound requests may go, and where never. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { isPrivateAddress } from "../src/outbound/addresses.ts";
import { objectionTo, post } from "../src/outbound/post.ts";

describe("an address", () => {
  test.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.5/",
    "http://192.168.1.1/",
    "http://172.31.255.255/",
    "http://100.100.100.200/",
    "http://0.0.0.0/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://localhost/",
    "http://hook.localhost./",
    "ftp://example.org/",
    "file:///etc/passwd",
    "https://name:word@example.org/",
    "no address",
  ])("like %s is refused when it is saved and when it is called", async (url) => {
    expect(objectionTo(url, false)).toBeTypeOf("string");
    expect(await post({ url, headers: {}, body: "{}" }, false)).toMatchObject({ kind: "refused" });
  });

  test("whose name leads to this machine is refused at the call", async () => {
    // The machine's own name is no literal address; only asking for it tells.
    let calls = 0;
    const server = createServer((_request, response) => {
      calls += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    const answer = await post({ url: `http://${hostname()}:${port}/`, headers: {}, body: "{}" }, false);
    expect(["refused", "unreachable"]).toContain(answer.kind);
    expect(calls).toBe(0);
    server.close();
  });

  test("that is public is no private one, and the borders of private ranges are exact", () => {
    for (const address of [
      "8.8.8.8",
      "9.255.255.255",
      "11.0.0.0",
      "172.15.255.255",
      "172.32.0.0",
      "100.63.255.255",
      "100.128.0.0",
      "2606:4700::1111",
      "::ffff:8.8.8.8",
      "2a00:1450::1",
    ]) {
      expect(isPrivateAddress(address), address).toBe(false);
    }
    for (const address of [
      "10.0.0.0",
      "10.255.255.255",
      "172.16.0.0",
      "100.64.0.0",
      "::ffff:10.1.2.3",
      "fc00::",
      "x",
    ]) {
      expect(isPrivateAddress(address), address).toBe(true);
    }
  });
});
