import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { flagOf, readConfig, variableOf } from "./config.ts";
import type { SojournError } from "./errors.ts";

const folder = mkdtempSync(join(tmpdir(), "sojourn-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const fileWith = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const failure = (run: () => unknown): SojournError => {
  try {
    run();
  } catch (error) {
    return error as SojournError;
  }
  throw new Error("nothing was thrown");
};

describe("settings", () => {
  test("a trial needs none", () => {
    const { config, origin } = readConfig({}, {});
    expect(config).toMatchObject({ data: "./data", port: 8080, host: "127.0.0.1", beaconPath: "/b" });
    expect(new Set(Object.values(origin))).toEqual(new Set(["default"]));
  });

  test("flags win over the environment, the environment over the file, and each says where it came from", () => {
    const config = fileWith("a.yaml", "port: 1\nhost: 1.1.1.1\ndata: /file\n");
    const env = { SOJOURN_CONFIG: config, SOJOURN_PORT: "2", SOJOURN_HOST: "2.2.2.2" };
    const resolved = readConfig({ port: "3" }, env);
    expect(resolved.config).toMatchObject({ port: 3, host: "2.2.2.2", data: "/file" });
    expect(resolved.origin).toMatchObject({
      port: "--port",
      host: "SOJOURN_HOST",
      data: `data in ${config}`,
    });
  });

  test("a value may be read from a file of its own", () => {
    const env = { SOJOURN_SITE_FILE: fileWith("site.txt", "tea\n") };
    expect(readConfig({}, env).config.site).toBe("tea");
  });

  test.each([
    [{ port: "70000" }, "--port", "0 to 65535"],
    [{ port: "8o8o" }, "--port", "0 to 65535"],
    [{ "beacon-path": "b" }, "--beacon-path", "/b"],
    [{ log: "xml" }, "--log", "auto or json or text"],
    [{ "public-url": "stats.shop.example" }, "--public-url", "https://stats.shop.example"],
  ])("%o is refused, naming the setting and what is allowed", (flags, setting, allowed) => {
    const error = failure(() => readConfig(flags, {}));
    expect(error.code).toBe("bad_config");
    expect(error.message).toContain(setting);
    expect(error.hint).toContain(allowed);
  });

  test("an unknown setting is an error, in the environment and in a file", () => {
    expect(failure(() => readConfig({}, { SOJOURN_PROT: "1" })).message).toContain("SOJOURN_PROT");
    expect(failure(() => readConfig({ config: fileWith("b.yaml", "prot: 1\n") }, {})).message).toContain(
      "prot",
    );
  });

  test("names go one way between flags and variables", () => {
    expect([flagOf("ratePerAddress"), variableOf("ratePerAddress")]).toEqual([
      "rate-per-address",
      "SOJOURN_RATE_PER_ADDRESS",
    ]);
  });
});

describe("paths that the operator chooses", () => {
  test.each(["/", "/api/v1/sites", "/in/shop", "/healthz", "/sign-in", "/assets/b"])(
    "cannot be %s, where something else is answered",
    (path) => {
      for (const name of ["beacon-path", "script-path"]) {
        expect(failure(() => readConfig({ [name]: path }, {}))).toMatchObject({ code: "bad_config" });
      }
    },
  );

  test("are two, and may lie where nothing else does", () => {
    expect(failure(() => readConfig({ "script-path": "/b" }, {})).message).toContain('"/b"');
    const { config } = readConfig({ "beacon-path": "/api-of-mine", "script-path": "/t/healthz.js" }, {});
    expect(config).toMatchObject({ beaconPath: "/api-of-mine", scriptPath: "/t/healthz.js" });
  });
});

test("the first site's name is one that other commands take too", () => {
  for (const site of ["Bad Site", "", "../x", "x".repeat(65)]) {
    expect(failure(() => readConfig({ site }, {}))).toMatchObject({ code: "bad_config" });
  }
});
