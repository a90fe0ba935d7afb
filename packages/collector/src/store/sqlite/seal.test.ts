import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { settleKeys, siteKeys } from "./seal.ts";

const HASH = "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72";
let folder: string;
const open = () => new Database(join(folder, "sojourn.db"));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-seal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the secret of a folder", () => {
  test("is made when it is first needed, readable by its owner only, and stays", () => {
    const keyed = siteKeys(open()).keyed(1, HASH);
    const path = join(folder, "secret");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toMatch(/^[0-9a-f]{64}$/);
    expect(siteKeys(open()).keyed(1, HASH)).toBe(keyed);
  });

  test("gives each site keys of its own, and another secret other ones", () => {
    const keys = siteKeys(open());
    const keyed = keys.keyed(1, HASH);
    expect(keyed).toMatch(/^[0-9a-f]{64}$/);
    expect(keyed).not.toBe(HASH);
    expect(keys.keyed(2, HASH)).not.toBe(keyed);
    const sealed = keys.seal(1, "anna@example.com");
    expect(keys.open(2, sealed)).toBeUndefined();
    chmodSync(join(folder, "secret"), 0o600);
    writeFileSync(join(folder, "secret"), "another");
    expect(siteKeys(open()).keyed(1, HASH)).not.toBe(keyed);
    expect(siteKeys(open()).open(1, sealed)).toBeUndefined();
  });

  test("that was lost is noticed when the file is opened", () => {
    const db = open();
    db.exec(`
      create table meta (key text primary key, value text not null);
      create table touchpoint (seq integer, site integer, body text);
      create table claim (site integer, name text); create table claim_conflict (site integer, name text);
      create table decision_unlink (site integer, claim text);`);
    expect(settleKeys(db)).toBe(true);
    siteKeys(db).keyed(1, HASH);
    expect(settleKeys(db)).toBe(true);
    writeFileSync(join(folder, "secret"), "another");
    expect(settleKeys(db)).toBe(false);
  });

  test("keys the hashes of a file from before, once", () => {
    const db = open();
    db.exec(`
      create table meta (key text primary key, value text not null);
      create table touchpoint (seq integer, site integer, body text);
      create table claim (site integer, name text); create table claim_conflict (site integer, name text);
      create table decision_unlink (site integer, claim text);
      insert into touchpoint values (1, 1, '{"u":"https://shop.example/","e":"${HASH}","p":{"e":"kept"}}'), (2, 1, '{"p":{"e":"x"}}');
      insert into claim values (1, 'email:${HASH}'), (1, 'customer:7');`);
    settleKeys(db);
    settleKeys(db);
    const keyed = siteKeys(db).keyed(1, HASH);
    const bodies = db.prepare("select body from touchpoint order by seq").pluck().all();
    expect(bodies).toEqual([
      `{"u":"https://shop.example/","e":"${keyed}","p":{"e":"kept"}}`,
      '{"p":{"e":"x"}}',
    ]);
    expect(db.prepare("select name from claim order by name").pluck().all()).toEqual([
      "customer:7",
      `email:${keyed}`,
    ]);
  });
});

test("an address is sealed anew each time, and a changed byte opens nothing", () => {
  const keys = siteKeys(open());
  const [one, two] = [keys.seal(1, "zoë@example.com"), keys.seal(1, "zoë@example.com")];
  expect(one.equals(two)).toBe(false);
  expect(one.includes("example")).toBe(false);
  expect([one, two].map((sealed) => keys.open(1, sealed))).toEqual(["zoë@example.com", "zoë@example.com"]);
  one[one.length - 1]! ^= 1;
  expect(keys.open(1, one)).toBeUndefined();
  expect(keys.open(1, Buffer.alloc(3))).toBeUndefined();
});
