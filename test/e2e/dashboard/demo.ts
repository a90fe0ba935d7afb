/**
 * The demo as a newcomer starts it, in a folder of its own, and a browser that is signed in to it.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "../../browsers.ts";

const ENTRY = path.join(import.meta.dirname, "../../../packages/collector/bin/sojourn.js");

export interface Demo {
  url: string;
  folder: string;
  browser: Browser;
  /** A page of a signed-in browser; what its console complained about is collected in `complaints`. */
  open(address: string, look?: Look): Promise<Page>;
  /** Asks the API as the owner. */
  api<Answer>(address: string): Promise<Answer>;
  /** Changes something over the API as the owner. */
  send(method: "POST" | "PATCH" | "DELETE", address: string, body?: unknown): Promise<void>;
  /** A new link that signs a browser in, once. */
  signInLink(): string;
  complaints: string[];
  close(): Promise<void>;
}

export interface Look {
  width?: number;
  height?: number;
  theme?: "light" | "dark";
  locale?: string;
  forcedColors?: "active";
  reducedMotion?: "reduce";
  /** Nobody is signed in. */
  isStranger?: boolean;
}

/** Starts `sojourn demo` with its own days and people. */
export async function openDemo(words: readonly string[]): Promise<Demo> {
  const folder = mkdtempSync(path.join(tmpdir(), "sojourn-page-"));
  const child = spawn(
    process.execPath,
    [ENTRY, "demo", "--data", folder, "--port", "0", "--shop-port", "0", "--json", ...words],
    { stdio: ["ignore", "pipe", "pipe"], cwd: folder },
  );
  const { url, signIn } = await welcomeOf(child);
  const browser = await launchChromium();
  const signedIn = await browser.newContext();
  await (await signedIn.newPage()).goto(signIn);
  const state = await signedIn.storageState();
  await signedIn.close();
  const cookie = state.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");

  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];
  return {
    url,
    folder,
    browser,
    complaints,
    async open(address, look = {}) {
      const context = await browser.newContext({
        viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
        colorScheme: look.theme ?? "light",
        locale: look.locale ?? "en-GB",
        forcedColors: look.forcedColors ?? "none",
        reducedMotion: look.reducedMotion ?? "no-preference",
        ...(look.isStranger ? {} : { storageState: state }),
      });
      contexts.push(context);
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(`${address}: ${error.message}`));
      page.on("console", (message) => {
        const text = message.text();
        // A refused request is said by the browser too; tests that refuse look at the page instead.
        if (message.type() === "error" && !text.startsWith("Failed to load resource")) {
          complaints.push(`${address}: ${text}`);
        }
      });
      await page.goto(url + address);
      return page;
    },
    async api(address) {
      const response = await fetch(url + address, { headers: { cookie } });
      if (!response.ok) throw new Error(`${response.status} from ${address}: ${await response.text()}`);
      return (await response.json()) as never;
    },
    async send(method, address, body) {
      const response = await fetch(url + address, {
        method,
        headers: { cookie, origin: url, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${response.status} from ${address}: ${await response.text()}`);
    },
    signInLink() {
      return execFileSync(process.execPath, [ENTRY, "key", "sign-in", "--data", folder], {
        encoding: "utf8",
      }).trim();
    },
    async close() {
      await browser.close();
      if (child.exitCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function welcomeOf(child: ChildProcess): Promise<{ url: string; signIn: string }> {
  if (child.stdout === null || child.stderr === null) throw new Error("the demo has no output");
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the demo ended with ${code} before it was ready: ${said}`);
  });
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended])) as [
    string,
  ];
  return JSON.parse(line) as { url: string; signIn: string };
}
