/**
 * Files the collector serves: the browser script with its integrity text, and the page for people.
 *
 * Read once at the start, compressed by the build or when first asked for; a file that is not there is said so in one line.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { type Context, Hono } from "hono";
import { may } from "./access.ts";
import { askedFirst, linkOf } from "./ahead.ts";
import type { AppOptions } from "./app.ts";
import type { Env } from "./guard.ts";

export interface ServedFile {
  type: string;
  plain: Buffer;
  /**
   * As the build compressed it (`….br` beside it), else compressed when first asked for: doing it at the start would keep the
   * collector from being ready.
   */
  brotli(): Buffer;
  gzip(): Buffer;
  etag: string;
}

export interface Pages {
  /** The browser script; undefined when it was not built. */
  script: ServedFile | undefined;
  scriptMap: ServedFile | undefined;
  /** `sha384-…` of the script. */
  integrity: string | undefined;
  /** Carries the visitor into carts and forms, beside the script; absent when it was not built. */
  shopScript?: ServedFile;
  /** Files of the page by path; `/` is the page itself. */
  page: ReadonlyMap<string, ServedFile>;
}

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
  map: "application/json",
  png: "image/png",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
};

/** Reads the built files. `sdk` and `dashboard` are the packages' dist folders. */
export function loadPages(folders: { sdk: string; dashboard: string }): Pages {
  const page = new Map<string, ServedFile>();
  if (existsSync(folders.dashboard)) {
    for (const name of readdirSync(folders.dashboard, { recursive: true, encoding: "utf8" })) {
      const file = load(join(folders.dashboard, name));
      if (file === undefined) continue;
      const path = `/${name.replaceAll("\\", "/")}`;
      page.set(path === "/index.html" ? "/" : path, file);
    }
  }
  const script = load(join(folders.sdk, "sojourn.js"));
  const shopScript = load(join(folders.sdk, "sojourn.shops.js"));
  return {
    script,
    scriptMap: load(join(folders.sdk, "sojourn.js.map")),
    integrity: script === undefined ? undefined : integrityOf(script),
    ...(shopScript === undefined ? {} : { shopScript }),
    page,
  };
}

const integrityOf = ({ plain }: ServedFile): string =>
  `sha384-${createHash("sha384").update(plain).digest("base64")}`;

function load(path: string): ServedFile | undefined {
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
  if (type === undefined || !existsSync(path)) return undefined;
  const plain = readFileSync(path);
  return {
    type,
    plain,
    brotli: once(() =>
      existsSync(`${path}.br`)
        ? readFileSync(`${path}.br`)
        : brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    ),
    gzip: once(() => gzipSync(plain, { level: 9 })),
    etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Addresses that are a file, or the API, and never the page. */
const NO_PAGE = /^\/(assets|api)\/|^\/[^/]*\.\w+$/;

export function pageRoutes({ pages, config, store, now }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  // An hour: long enough to cost a visitor nothing, short enough for a new version to arrive the same day. With its
  // version in the query (?v=…) a file never changes and is kept for a year.
  const scriptCache = (c: Context) =>
    c.req.query("v") === undefined ? "public, max-age=3600" : "public, max-age=31536000, immutable";

  const sendScript = (c: Context, script: ServedFile | undefined, more: Record<string, string> = {}) =>
    script === undefined
      ? c.text("The script was not built. Run: npm run build\n", 503)
      : send(c, script, {
          ...more,
          "cache-control": scriptCache(c),
          "cross-origin-resource-policy": "cross-origin",
          "access-control-allow-origin": "*",
        });

  // Developer tools find the map by this header, relative to the script: a comment in the script would cost every visitor.
  const mapName = `${config.scriptPath.slice(config.scriptPath.lastIndexOf("/") + 1)}.map`;
  const toMap: Record<string, string> = pages.scriptMap === undefined ? {} : { sourcemap: mapName };
  routes.get(config.scriptPath, (c) => sendScript(c, pages.script, toMap));
  // The helpers of shops lie beside it: /sojourn.shops.js.
  const shopPath = config.scriptPath.replace(/(\.js)?$/, ".shops.js");
  routes.get(shopPath, (c) => sendScript(c, pages.shopScript));
  routes.get(`${shopPath}.sri`, (c) =>
    pages.shopScript === undefined ? c.notFound() : c.text(`${integrityOf(pages.shopScript)}\n`),
  );
  routes.get(`${config.scriptPath}.map`, (c) =>
    pages.scriptMap === undefined
      ? c.notFound()
      : send(c, pages.scriptMap, { "cache-control": scriptCache(c) }),
  );
  routes.get(`${config.scriptPath}.sri`, (c) =>
    pages.integrity === undefined ? c.notFound() : c.text(`${pages.integrity}\n`),
  );
  routes.get("*", (c) => {
    const path = new URL(c.req.url).pathname;
    // The page's own addresses (/people/anna@shop.example, /settings …) are all the one page.
    const file = pages.page.get(path) ?? (NO_PAGE.test(path) ? undefined : pages.page.get("/"));
    if (file === undefined) return c.notFound();
    // Names below /assets carry a hash of the contents, so such a file never changes.
    const isForEver = path.startsWith("/assets/");
    return send(c, file, {
      "cache-control": isForEver ? "public, max-age=31536000, immutable" : "no-cache",
      ...(file === pages.page.get("/") ? linkAhead(c, path) : {}),
    });
  });

  /** Tells a signed-in browser what the page will ask; whoever holds a share link proves it with every question instead. */
  const linkAhead = (c: Context<Env>, path: string): Record<string, string> => {
    const principal = c.get("principal");
    const { searchParams } = new URL(c.req.url);
    if (principal?.byCookie !== true || searchParams.has("share")) return {};
    const sites = store.access
      .sites()
      .filter(({ id }) => may(principal, id, "read"))
      .map(({ id, settings }) => ({ id, zone: settings.zone }));
    return sites.length === 0 ? {} : { link: linkOf(askedFirst(path, searchParams, sites, now())) };
  };
  return routes;
}

/** The file in the form the browser accepts, or 304 when it has it. */
function send(c: Context, file: ServedFile, headers: Record<string, string>): Response {
  const all: Record<string, string> = {
    ...headers,
    etag: file.etag,
    vary: "accept-encoding",
    "content-type": file.type,
  };
  if (c.req.header("if-none-match") === file.etag) return c.body(null, 304, all);
  const accepted = c.req.header("accept-encoding") ?? "";
  if (/\bbr\b/.test(accepted)) return c.body(bytes(file.brotli()), 200, { ...all, "content-encoding": "br" });
  if (/\bgzip\b/.test(accepted))
    return c.body(bytes(file.gzip()), 200, { ...all, "content-encoding": "gzip" });
  return c.body(bytes(file.plain), 200, all);
}

const bytes = (buffer: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(buffer);
