/**
 * The world of the walk: the example shop, a payment provider and the rest of the web, each on a host of its own.
 *
 * All of it runs on this machine; a real Chromium believes the names. The collector is started by collector.ts.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Browser } from "playwright-core";
import { serveFolder } from "../../../examples/serve.ts";
import { launchChromium } from "../../browsers.ts";

export const SHOP = "http://www.kettle-and-cup.example";
export const COLLECTOR = "http://stats.kettle-and-cup.example";
/** A payment provider's real host, so that the walk asks whether the collector knows it for one. */
const PAYMENT = "http://pay.klarna.com";

/** Hosts somebody may come from; each answers every address with one link. */
export const ELSEWHERE = {
  search: "http://www.google.com",
  assistant: "http://www.perplexity.ai",
  blog: "http://tea-and-toast.example",
  forum: "http://news.ycombinator.com",
} as const;

export interface World {
  browser: Browser;
  close(): Promise<void>;
}

/** Opens shop, payment provider and the rest of the web, and a browser that finds the collector on `collectorPort`. */
export async function openWorld(collectorPort: number): Promise<World> {
  const examples = path.join(import.meta.dirname, "../../../examples");
  const shop = await serveFolder(path.join(examples, "shop"), {
    port: 0,
    replace: { collector: COLLECTOR, pay: PAYMENT },
  });
  const payment = await serveFolder(path.join(examples, "payment"), { port: 0, replace: { shop: SHOP } });
  const elsewhere = await serveLinks();
  const hostOf = (origin: string) => new URL(origin).hostname;
  const browser = await launchChromium({
    hosts: {
      [hostOf(SHOP)]: shop.port,
      [hostOf(COLLECTOR)]: collectorPort,
      [hostOf(PAYMENT)]: payment.port,
      ...Object.fromEntries(Object.values(ELSEWHERE).map((origin) => [hostOf(origin), elsewhere.port])),
    },
  });
  return {
    browser,
    async close() {
      await browser.close();
      await Promise.all([shop.close(), payment.close(), elsewhere.close()]);
    },
  };
}

/** A server whose every page is one link, to where its query's `to` says. */
async function serveLinks(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const to = new URL(request.url ?? "/", "http://x.example").searchParams.get("to") ?? "";
    const href = to.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>Elsewhere</title><p><a href="${href}">Kettles, perhaps</a></p>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
