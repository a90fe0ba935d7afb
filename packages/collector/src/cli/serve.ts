/**
 * `sojourn serve`: runs the collector until it is told to stop.
 */

import { randomBytes } from "node:crypto";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  flagOf,
  type ResolvedConfig,
  readConfig,
  SETTINGS,
  type SettingName,
  shownSetting,
} from "../config.ts";
import { SojournError } from "../errors.ts";
import { hashOf, newToken } from "../http/access.ts";
import { buildApp } from "../http/app.ts";
import { openDoor } from "../http/collect.ts";
import { loadPages } from "../http/pages.ts";
import { listen } from "../http/server.ts";
import { openDeliverer } from "../outbound/deliver.ts";
import { openSender } from "../outbound/sender.ts";
import { finishErasures } from "../store/erasure.ts";
import type { Store } from "../store/store.ts";
import { version } from "../version.ts";
import type { Command, Io } from "./command.ts";
import {
  connect,
  readConnections,
  settleBrowserOrders,
  settleTargets,
  sitesKeepingEmail,
} from "./connections.ts";
import { RUNNING_FILE, type Running } from "./data.ts";
import { settleFirstSite } from "./first-site.ts";
import { openLogger } from "./logger.ts";
import { openStore } from "./store.ts";

/** Longest wait for answers that are under way; the store needs what is left of five seconds. */
const DRAIN_MS = 3_500;
/** Time for answers to leave when the process has to end. */
const LAST_ANSWERS_MS = 200;

export const serve: Command = {
  name: "serve",
  summary: "Run the collector.",
  usage: "[--data <folder>] [--port <port>] [--site <id>]",
  options: {
    ...Object.fromEntries(
      Object.entries(SETTINGS)
        .filter(([name]) => name !== "data")
        .map(([name, setting]) => [flagOf(name), { type: "string" as const, help: setting.allowed }]),
    ),
    "allow-empty": { type: "boolean", help: "start although the data file is unexpectedly empty" },
    "allow-private-targets": { type: "boolean", help: "webhooks may go to private addresses" },
    "print-config": { type: "boolean", help: "print every setting with its origin, and stop" },
  },
  async run(words, io) {
    const resolved = readConfig(words.flags, io.env);
    if (words.is("print-config")) {
      io.out(printConfig(resolved, words.is("json")));
      return 0;
    }
    const started = await startCollector(resolved, io);
    // Whoever reads that we listen may tell us to stop at once.
    const stopped = untilStopped(started, io);
    if (words.is("json"))
      io.out(`${JSON.stringify({ url: started.url, site: started.site, signIn: started.signInUrl })}\n`);
    else io.out(welcome(started));
    return stopped;
  },
};

export interface Started {
  /** Address of the page and the API, without a closing slash. */
  url: string;
  port: number;
  site: string;
  script: string;
  /** One-time link; undefined when somebody has signed in before. */
  signInUrl: string | undefined;
  store: Store;
  stop(): Promise<void>;
}

/** Opens the store and listens. Throws SojournError in one sentence for everything an operator can mend. */
export async function startCollector({ config, origin }: ResolvedConfig, io: Io): Promise<Started> {
  const log = openLogger(config.log, io);
  // Read before the store opens, so that a wrong table stops the start and nothing else.
  const table = config.connectors === "" ? undefined : readConnections(config.connectors);
  const store = await openStore(config, {
    now: io.now,
    onTrouble: (error) => log("error", "the store has trouble", { reason: error.message }),
    onEnd(error) {
      log("error", "the writer has ended, and with it the collector", { reason: error.message });
      // Those who wait get their 503; whoever started us starts us again, and nothing acknowledged is lost.
      setTimeout(() => process.exit(1), LAST_ANSWERS_MS);
    },
  });
  try {
    keepSecret(config.data);
    finishErasures(store.change).catch((error: Error) =>
      log("error", "an erasure could not be finished", { reason: error.message }),
    );
    const settling = await settleFirstSite(store, config, io, log);
    const door = openDoor({
      store,
      now: io.now,
      proxies: config.proxies,
      ratePerAddress: config.ratePerAddress,
      ratePerSite: config.ratePerSite,
    });
    const connections =
      table === undefined
        ? undefined
        : connect(store, table.connections, {
            allowPrivate: config.allowPrivateTargets,
            now: io.now,
            keepingEmail: sitesKeepingEmail(table.entries),
            onTrouble: (connector, reason) => log("error", "a connector has trouble", { connector, reason }),
          });
    if (table !== undefined) await settleBrowserOrders(store, table.entries, io.now());
    const { targets, entries } = table ?? { targets: [], entries: [] };
    await settleTargets(store, { targets, entries }, io.now());
    const sender = openSender({
      store,
      reads: store.webhooks.targets,
      targets,
      now: io.now,
      random: io.random,
      allowPrivate: config.allowPrivateTargets,
      version: version(),
      onTrouble: (target, reason) => log("error", "a target has trouble", { target, reason }),
    });
    const token = newToken();
    const closing = new AbortController();
    const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
    const app = buildApp({
      store,
      door,
      config,
      pages: loadPages({ sdk: join(root, "sdk/dist"), dashboard: join(root, "dashboard/dist") }),
      now: io.now,
      version: version(),
      controlToken: token,
      signIn: {
        async use(given) {
          const { ok } = await store.change("useSignIn", { hash: hashOf(given), at: io.now() });
          return ok;
        },
      },
      onError: (error) => log("error", "a request failed", { reason: (error as Error).stack }),
      ...(connections === undefined ? {} : { connections }),
      sender,
      closing: closing.signal,
    });
    const server = await listen({
      app,
      door,
      beaconPath: config.beaconPath,
      host: config.host,
      port: config.port,
    });
    const shownHost = config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host;
    const local = `http://${shownHost.includes(":") ? `[${shownHost}]` : shownHost}:${server.port}`;
    const url = config.publicUrl === "" ? local : new URL(config.publicUrl).origin;
    const runningFile = join(config.data, RUNNING_FILE);
    const running: Running = { url: local, token, pid: process.pid };
    writeFileSync(runningFile, JSON.stringify(running), { mode: 0o600 });
    connections?.start();
    sender.start();
    const deliverer = openDeliverer({
      store,
      webhooks: store.webhooks,
      now: io.now,
      random: io.random,
      allowPrivate: config.allowPrivateTargets,
      version: version(),
      onTrouble: (error) => log("error", "messages could not be settled", { reason: error.message }),
    });
    log("info", "listening", { url, version: version(), config: effective(config, origin) });

    return {
      url,
      port: server.port,
      site: store.access.sites()[0]?.id ?? config.site,
      script: `${url}${config.scriptPath}`,
      signInUrl: await signInLink(store, url, io.now()),
      store,
      async stop() {
        log("info", "stopping", {});
        closing.abort();
        settling.stop();
        await server.close(DRAIN_MS);
        await connections?.stop();
        await Promise.all([deliverer.stop(), sender.stop()]);
        await store.close();
        rmSync(runningFile, { force: true });
        log("info", "stopped", {});
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Waits for SIGTERM or SIGINT, finishes what was accepted, and returns 0. */
export function untilStopped(started: Pick<Started, "stop">, io: Io): Promise<number> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (): void => {
      if (isStopping) process.exit(1); // A second Ctrl-C means now.
      isStopping = true;
      started.stop().then(
        () => resolve(0),
        (error: Error) => {
          io.note(`Stopping failed: ${error.message}\n`);
          resolve(1);
        },
      );
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}

export function welcome({ url, site, script, signInUrl }: Started): string {
  return [
    "",
    `  Sojourn is running at ${url}`,
    "",
    "  Paste this into your pages:",
    `    <script defer src="${script}" data-site="${site}"></script>`,
    "",
    ...(signInUrl === undefined
      ? [`  Page:     ${url}/   (a new sign-in link: sojourn key sign-in)`]
      : ["  Sign in once with this link:", `    ${signInUrl}`]),
    "",
    "",
  ].join("\n");
}

/** A one-time link, while nobody has ever signed in. */
async function signInLink(store: Store, url: string, now: number): Promise<string | undefined> {
  if (store.access.meta("signed_in") !== undefined) return undefined;
  return newSignInLink(store, url, now);
}

/** A link lies in logs and mail boxes; after this long it opens nothing. */
const SIGN_IN_LASTS_MS = 24 * 3_600_000;

export async function newSignInLink(store: Pick<Store, "change">, url: string, now: number): Promise<string> {
  const token = newToken();
  await store.change("setSignIn", { hash: hashOf(token), expiresAt: now + SIGN_IN_LASTS_MS });
  return `${url}/sign-in?token=${token}`;
}

/** A random secret of this installation, made at the first start; it also marks the folder as used. */
function keepSecret(folder: string): void {
  const path = join(folder, "secret");
  if (existsSync(path)) {
    // Who could read it may have copied it; only the operator knows whether that matters.
    if (process.platform !== "win32" && (statSync(path).mode & 0o007) !== 0) {
      throw new SojournError("bad_config", `${path} can be read by every user of this machine`, {
        hint: `Run: chmod 600 ${path}`,
      });
    }
    return;
  }
  writeFileSync(path, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
}

function effective(
  config: ResolvedConfig["config"],
  origin: ResolvedConfig["origin"],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([name]) => origin[name as keyof typeof origin] !== "default")
      .map(([name, value]) => [
        name,
        typeof value === "string" ? shownSetting(name as SettingName, value) : value,
      ]),
  );
}

export function printConfig({ config, origin }: ResolvedConfig, asJson: boolean): string {
  const rows = Object.entries(config).map(([name, value]) => ({
    name,
    value: typeof value === "string" ? shownSetting(name as SettingName, value) : value,
    origin: origin[name as keyof typeof origin],
  }));
  if (asJson) return `${JSON.stringify(rows)}\n`;
  return `${rows.map((row) => `${row.name.padEnd(20)}${String(row.value).padEnd(28)}${row.origin}`).join("\n")}\n`;
}
