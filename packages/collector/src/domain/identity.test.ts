import { describe, expect, test } from "vitest";
import { claimsOf, judgeClaim } from "./identity.ts";
import type { Touchpoint } from "./touchpoint.ts";

const identify = (fields: Partial<Touchpoint>): Touchpoint => ({
  id: "i",
  at: 0,
  kind: "identify",
  ...fields,
});
const anonymous = (person: number) => ({ person, customers: [] });
const known = (person: number, customer: string) => ({ person, customers: [`customer:${customer}`] });

describe("what a touchpoint claims", () => {
  test("identify claims customer, e-mail hash and aliases, strongest first", () => {
    const t = identify({ customer: "42", email: "ab", aliases: ["cart:7", "ga:1.2"] });
    expect(claimsOf(t, false)).toEqual(["customer:42", "email:ab", "alias:cart:7", "alias:ga:1.2"]);
  });

  test("a browser's purchase that names a customer claims nothing", () => {
    expect(claimsOf({ ...identify({ customer: "42" }), kind: "purchase" }, false)).toEqual([]);
  });

  test("a server's purchase that names a customer does", () => {
    expect(claimsOf({ ...identify({ customer: "42" }), kind: "purchase" }, true)).toEqual(["customer:42"]);
  });
});

describe("what a claim means", () => {
  test("a free name becomes the claimant's", () => {
    expect(judgeClaim("customer:a", anonymous(1), undefined)).toEqual({ kind: "bind" });
  });

  test("a name the claimant has already changes nothing", () => {
    expect(judgeClaim("customer:a", known(1, "a"), known(1, "a"))).toEqual({ kind: "known" });
  });

  test("an anonymous browser that names a known customer becomes that person, whichever came first", () => {
    expect(judgeClaim("customer:a", anonymous(2), known(1, "a"))).toEqual({
      kind: "merge",
      root: 1,
      absorbed: 2,
    });
    expect(judgeClaim("customer:a", anonymous(1), known(2, "a"))).toEqual({
      kind: "merge",
      root: 1,
      absorbed: 2,
    });
  });

  test("a shared computer does not make two customers one", () => {
    expect(judgeClaim("customer:b", known(1, "a"), undefined)).toEqual({ kind: "conflict" });
    expect(judgeClaim("customer:b", known(1, "a"), known(2, "b"))).toEqual({ kind: "conflict" });
    expect(judgeClaim("email:x", known(1, "a"), known(2, "b"))).toEqual({ kind: "conflict" });
    expect(judgeClaim("alias:cart:1", known(1, "a"), known(2, "b"))).toEqual({ kind: "conflict" });
  });

  test("a customer may have several e-mail addresses", () => {
    expect(judgeClaim("email:x", known(1, "a"), undefined)).toEqual({ kind: "bind" });
    expect(judgeClaim("email:x", known(1, "a"), anonymous(2))).toEqual({
      kind: "merge",
      root: 1,
      absorbed: 2,
    });
  });

  test("a customer's name held by an anonymous person joins nobody who is somebody else", () => {
    expect(judgeClaim("customer:b", known(1, "a"), anonymous(2))).toEqual({ kind: "conflict" });
  });
});
