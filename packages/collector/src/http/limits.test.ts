import { describe, expect, test } from "vitest";
import { isLoopback, networkOf, openBuckets } from "./limits.ts";

describe("token buckets", () => {
  test("let a burst through, then as many as flow in", () => {
    const buckets = openBuckets(2, 3);
    const waits = [0, 0, 0, 0].map(() => buckets.take("a", 1_000));
    expect(waits).toEqual([0, 0, 0, 1]);
    expect(buckets.take("a", 1_500)).toBe(0);
    expect(buckets.take("a", 1_500)).toBe(1);
  });

  test("one caller's flood does not touch another", () => {
    const buckets = openBuckets(1, 1);
    buckets.take("a", 0);
    expect(buckets.take("a", 0)).toBe(1);
    expect(buckets.take("b", 0)).toBe(0);
  });

  test("a clock that jumps back gives no tokens and takes none", () => {
    const buckets = openBuckets(1, 1);
    buckets.take("a", 10_000);
    expect(buckets.take("a", 5_000)).toBe(1);
    expect(buckets.take("a", 6_000)).toBe(0);
  });

  test("hold a bounded number of callers", () => {
    const buckets = openBuckets(1, 1);
    for (let i = 0; i < 60_000; i++) buckets.take(`caller ${i}`, 0);
    // The table was emptied on the way: the first caller has a new bucket rather than a growing memory.
    expect(buckets.take("caller 0", 0)).toBe(0);
  });
});

describe("the network of an address", () => {
  test.each([
    ["203.0.113.77", "203.0.113"],
    ["::ffff:203.0.113.77", "203.0.113"],
    ["2001:db8:1:2345::1", "2001:0db8:0001:23"],
    ["2001:db8:1:23ff:aaaa:bbbb:cccc:dddd", "2001:0db8:0001:23"],
    ["::1", "0000:0000:0000:00"],
    ["not an address", "not an address"],
  ])("%s is in %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test("this machine is told from others", () => {
    expect(["127.0.0.1", "::1", "::ffff:127.0.0.1"].map(isLoopback)).toEqual([true, true, true]);
    expect(["10.0.0.1", "128.0.0.1", "::2", ""].map(isLoopback)).toEqual([false, false, false, false]);
  });
});
