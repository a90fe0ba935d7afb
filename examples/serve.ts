/**
 * Serves a folder of example pages over plain HTTP.
 *
 * For demonstrations and tests: static files only, placeholders such as `{{collector}}` filled in text files.
 * Nothing outside the folder is ever read.
 */
import { readFile, realpath } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

/** What a served folder answers to. */
export interface ServeOptions {
  /** 0 takes any free port. */
  port: number;
  /** Address to listen on; this machine only by default. */
  host?: string;
  /** Values for `{{name}}` in text files. An unknown name stays as it is. */
  replace?: Readonly<Record<string, string>>;
}

/** A folder being served. */
export interface ServedFolder {
  /** Origin without a closing slash, such as http://127.0.0.1:4000. */
  url: string;
  port: number;
  /** Ends open connections and stops listening. */
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".ico": "image/x-icon",
};

/**
 * Serves `folder`: `/` is its index.html, `/article` its article.html or article/index.html. Rejects when the folder
 * does not exist or the port is taken.
 */
export async function serveFolder(folder: string, options: ServeOptions): Promise<ServedFolder> {
  const root = await realpath(folder);
  const server = createServer((request, response) => {
    answer(root, options.replace ?? {}, request, response).catch(() =>
      end(response, 500, "Something broke."),
    );
  });
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  root: string,
  replace: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return end(response, 405, "These pages can only be read.");
  }
  const file = await fileFor(root, request.url ?? "/");
  if (file === undefined) return end(response, 404, "There is no such page.");
  const type = TYPES[path.extname(file)] ?? "application/octet-stream";
  const content = await readFile(file);
  response.setHeader("content-type", type);
  response.setHeader("cache-control", "no-cache");
  response.setHeader("x-content-type-options", "nosniff");
  const isText = type.includes("charset");
  response.end(isText ? filled(content.toString("utf8"), replace) : content);
}

/** The file behind a request's address, or undefined; never one outside the root, links included. */
async function fileFor(root: string, address: string): Promise<string | undefined> {
  let wanted: string;
  try {
    wanted = decodeURIComponent(address.split(/[?#]/, 1)[0] ?? "/");
  } catch {
    return undefined; // Not an address anyone links to: %E0%A4%A.
  }
  if (wanted.includes("\0") || wanted.split("/").some((name) => name.startsWith("."))) return undefined;
  const place = path.join(root, wanted);
  const candidates = wanted.endsWith("/")
    ? [path.join(place, "index.html")]
    : path.extname(place) === ""
      ? [`${place}.html`, path.join(place, "index.html")]
      : [place];
  for (const candidate of candidates) {
    const real = await realpath(candidate).catch(() => undefined);
    if (real?.startsWith(root + path.sep)) return real;
  }
  return undefined;
}

function filled(text: string, replace: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) =>
    Object.hasOwn(replace, name) ? (replace[name] ?? whole) : whole,
  );
}

function end(response: ServerResponse, status: number, sentence: string): void {
  response.statusCode = status;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(`${sentence}\n`);
}
