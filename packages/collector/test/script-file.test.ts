/**
 * The browser script as the collector serves it: its map, its integrity text, its headers.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import type { AppOptions } from "../src/http/app.ts";
import { loadPages, pageRoutes } from "../src/http/pages.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sojourn-script-"));
  mkdirSync(join(folder, "sdk"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The routes over what was built, under the operator's own name for the script. */
function routes(built: Record<string, string>) {
  for (const [name, text] of Object.entries(built)) writeFileSync(join(folder, "sdk", name), text);
  const { config } = readConfig({ data: folder }, {});
  const pages = loadPages({ sdk: join(folder, "sdk"), dashboard: join(folder, "none") });
  return pageRoutes({ pages, config: { ...config, scriptPath: "/tea/kettle.js" } } as AppOptions);
}

describe("the script's source map", () => {
  test("is named by a header, relative to the script, and lies where the header says", async () => {
    const app = routes({ "sojourn.js": "{}", "sojourn.js.map": `{"version":3}` });
    const address = "https://stats.shop.example/tea/kettle.js";
    const script = await app.request(address);
    expect(await script.text()).toBe("{}");
    const map = await app.request(new URL(script.headers.get("sourcemap") ?? "", address).href);
    expect(await map.json()).toEqual({ version: 3 });
  });

  test("is not named where it was not built", async () => {
    const app = routes({ "sojourn.js": "{}" });
    expect((await app.request("/tea/kettle.js")).headers.has("sourcemap")).toBe(false);
  });
});
