/** The little server of the examples: what it fills in, and what it never gives away. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServedFolder, serveFolder } from "../examples/serve.ts";

let folder: string;
let served: ServedFolder;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "sojourn-serve-"));
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  write("secret.txt", "secret");
  write("site/index.html", "<p>{{collector}} {{unknown}} {{toString}}</p>");
  write("site/article.html", "article");
  write("site/deep/index.html", "deep");
  write("site/.env", "secret");
  write("site-b/secret.html", "secret");
  symlinkSync(path.join(folder, "secret.txt"), path.join(folder, "site/link.txt"));
  served = await serveFolder(path.join(folder, "site"), {
    port: 0,
    replace: { collector: "http://c.example" },
  });
});

afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

/** Sends the path as it is; `fetch` would tidy it up first. */
function get(rawPath: string, method = "GET"): Promise<{ status: number; body: string; type: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ port: served.port, host: "127.0.0.1", path: rawPath, method }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body, type: response.headers["content-type"] ?? "" }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("a served folder", () => {
  test("fills the placeholders it was given and leaves others alone", async () => {
    expect(await get("/")).toEqual({
      status: 200,
      body: "<p>http://c.example {{unknown}} {{toString}}</p>",
      type: "text/html; charset=utf-8",
    });
  });

  test("finds pages without their ending, with a query, and inside folders", async () => {
    expect((await get("/article")).body).toBe("article");
    expect((await get("/article.html?utm_source=x")).body).toBe("article");
    expect((await get("/deep")).body).toBe("deep");
    expect((await get("/deep/")).body).toBe("deep");
  });

  test.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/deep/../../secret.txt",
    "/../site-b/secret",
    "/link.txt",
    "/.env",
    "/%00",
    "/%E0%A4%A",
    "/nothing",
    "//etc/passwd",
  ])("has no page at %s", async (address) => {
    expect((await get(address)).status).toBe(404);
  });

  test("can only be read", async () => {
    expect((await get("/", "POST")).status).toBe(405);
    expect(await get("/article", "HEAD")).toMatchObject({ status: 200, body: "" });
  });
});
