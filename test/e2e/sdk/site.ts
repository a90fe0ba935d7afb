/**
 * A small site on another port than the collector, so that every beacon crosses origins as it does in life.
 *
 * Serves the built script and pages made of what a test writes between the tags. It never fails: what fails in these
 * tests is the collector, the network or the browser.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

const DIST = path.join(import.meta.dirname, "../../../packages/sdk/dist");

/** What the tag of a page looks like: attributes besides `src` and `data-endpoint`. */
export interface SiteOptions {
  /** Where beacons go; read at each request. */
  endpoint: () => string;
  /** Markup and headers of a path; a path that is not named gets an empty page with the tag. */
  pages?: Readonly<Record<string, Page>>;
  /** Which build is served as /sojourn.js. */
  script?: string;
}

export interface Page {
  /** The whole markup; everything else but headers is ignored then. */
  markup?: string;
  /** Attributes of the tag; `false` for a page without one. */
  tag?: string | false;
  /** Before the tag. */
  head?: string;
  body?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface Site {
  origin: string;
  close(): Promise<void>;
}

/** Starts the site on a free port of this machine. */
export async function openSite({ endpoint, pages = {}, script = "sojourn.js" }: SiteOptions): Promise<Site> {
  const code = readFileSync(path.join(DIST, script));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    if (pathname === "/sojourn.js") {
      response.writeHead(200, { "content-type": "text/javascript" }).end(code);
      return;
    }
    if (pathname === "/favicon.ico") {
      response.writeHead(204).end();
      return;
    }
    const page = pages[pathname] ?? {};
    const tag =
      page.tag === false
        ? ""
        : `<script defer src="/sojourn.js" data-site="shop" data-endpoint="${endpoint()}" ${page.tag ?? ""}></script>`;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers });
    response.end(
      page.markup ??
        `<!doctype html><html><head><title>${pathname}</title>${page.head ?? ""}${tag}</head><body>${page.body ?? ""}</body></html>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
