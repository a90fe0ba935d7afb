/**
 * The settings of the process: flags over environment over file over defaults, each with its origin.
 *
 * The only place that reads the environment. Every error names the setting and what is allowed; unknown settings are
 * errors, because a setting that is silently ignored is worse than none.
 */
import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { SojournError } from "./errors.ts";

interface Setting<T> {
  /** What it may be, for people. */
  allowed: string;
  default: T;
  /** undefined when the text is not allowed. */
  parse(text: string): T | undefined;
  isSecret?: true;
}

const text = (allowed: string, fallback: string): Setting<string> => ({
  allowed,
  default: fallback,
  parse: (value) => (value.trim() === "" ? undefined : value),
});

const count = (allowed: string, fallback: number, least: number, most: number): Setting<number> => ({
  allowed: `${allowed}, ${least} to ${most}`,
  default: fallback,
  parse: (value) => {
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  },
});

const choice = <T extends string>(fallback: T, ...values: T[]): Setting<T> => ({
  allowed: values.join(" or "),
  default: fallback,
  parse: (value) => values.find((v) => v === value),
});

const path = (allowed: string, fallback: string): Setting<string> => ({
  allowed,
  default: fallback,
  parse: (value) => (/^\/[A-Za-z0-9._~/-]{0,100}$/.test(value) ? value : undefined),
});

const yesNo: Setting<boolean> = {
  allowed: "true or false",
  default: false,
  parse: (value) =>
    value === "true" || value === "1" || value === ""
      ? true
      : value === "false" || value === "0"
        ? false
        : undefined,
};

const SITE_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Every setting there is. The flag is `--beacon-path`, the variable `SOJOURN_BEACON_PATH`, the key `beaconPath`. */
export const SETTINGS = {
  data: text("a folder", "./data"),
  host: text("an address to listen on, such as 127.0.0.1 or 0.0.0.0", "127.0.0.1"),
  port: count("a port; 0 picks a free one", 8080, 0, 65_535),
  /** Id of the first site, made when there is none. */
  site: {
    allowed: "a site id of a to z, 0 to 9, dot, dash and underscore",
    default: "shop",
    parse: (value) => (SITE_ID.test(value) ? value : undefined),
  } as Setting<string>,
  /** What browsers and people call us; needed behind a proxy. */
  publicUrl: text("an http(s) address without a path", ""),
  beaconPath: path("a path such as /b", "/b"),
  scriptPath: path("a path such as /sojourn.js", "/sojourn.js"),
  /** How many proxies in front of us write X-Forwarded-For. */
  proxies: count("a whole number", 0, 0, 10),
  /** Requests a second one address may make; 0: 100, and no limit for this machine itself. */
  ratePerAddress: count("requests a second", 0, 0, 1_000_000),
  /** Requests a second one site may receive; 0: no limit. */
  ratePerSite: count("requests a second", 0, 0, 10_000_000),
  log: choice("auto", "auto", "json", "text"),
  /** Where questions are answered: the data file itself, or an engine that holds copies of its rows. */
  store: {
    allowed: "sqlite, or the address of an engine such as clickhouse://user:password@host:8123/sojourn",
    default: "sqlite",
    parse: (value) => (value === "sqlite" || value.startsWith("clickhouse://") ? value : undefined),
    isSecret: true,
  } as Setting<string>,
  /** Where other collectors of the same engine reach this one; empty: it neither takes in for others nor they for it. */
  peerUrl: text("an http(s) address without a path", ""),
  /** What they show one another. */
  peerSecret: {
    allowed: "the same 20 characters or more at all collectors of one engine",
    default: "",
    parse: (value) => (value.length >= 20 ? value : undefined),
    isSecret: true,
  } as Setting<string>,
  /** How long batches that an engine has are kept, so that they can be sent again. */
  forwardKeepHours: count("hours", 72, 1, 8_760),
  readers: count("threads that answer questions", 2, 1, 16),
  allowEmpty: yesNo,
  /** File with the table of connectors; none: no other system is connected. */
  connectors: text("the YAML file with the table of connectors", ""),
  /** Webhooks may go to private addresses. */
  allowPrivateTargets: yesNo,
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Config = {
  readonly [N in SettingName]: (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;
};

export interface ResolvedConfig {
  config: Config;
  origin: Record<SettingName, string>;
}

/** Reads the settings. `flags` are the command line's, by their flag names without the dashes. Throws `bad_config`. */
export function readConfig(
  flags: Record<string, string | undefined>,
  env: NodeJS.ProcessEnv,
): ResolvedConfig {
  const file = readFileSettings(flags["config"] ?? env["SOJOURN_CONFIG"]);
  refuseUnknown(env, file);
  const config: Record<string, unknown> = {};
  const origin: Record<string, string> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const setting = SETTINGS[name] as Setting<unknown>;
    const { value, from } = firstOf(name, flags, env, file);
    if (value === undefined) {
      config[name] = setting.default;
      origin[name] = "default";
      continue;
    }
    const parsed = setting.parse(value);
    if (parsed === undefined) {
      throw new SojournError("bad_config", `${from} is "${shownSetting(name, value).slice(0, 80)}"`, {
        hint: `Allowed: ${setting.allowed}. Default: ${String(setting.default) || "(none)"}.`,
      });
    }
    config[name] = parsed;
    origin[name] = from;
  }
  checkUrl("publicUrl", config["publicUrl"] as string, origin["publicUrl"]!);
  checkUrl("peerUrl", config["peerUrl"] as string, origin["peerUrl"]!);
  checkPeers(config as unknown as Config);
  checkPaths(config as unknown as Config, origin as Record<SettingName, string>);
  return { config: config as unknown as Config, origin: origin as Record<SettingName, string> };
}

/** Where the collector itself answers; neither the beacons' path nor the script's may lie there. */
const TAKEN = /^\/(api|in|mp|debug|peer|assets)(\/|$)|^\/(healthz|readyz|metrics|sign-in)?$/;

function checkPaths({ beaconPath, scriptPath }: Config, origin: Record<SettingName, string>): void {
  for (const [name, path] of [
    ["beaconPath", beaconPath],
    ["scriptPath", scriptPath],
  ] as const) {
    if (!TAKEN.test(path)) continue;
    throw new SojournError("bad_config", `${origin[name]} is "${path}", where something else is answered`, {
      hint: "Use a path of its own, such as /b for beacons or /sojourn.js for the script.",
    });
  }
  if (beaconPath === scriptPath) {
    throw new SojournError("bad_config", `Beacons and the script cannot both be at "${beaconPath}"`, {
      hint: "Give each a path of its own: --beacon-path /b --script-path /sojourn.js",
    });
  }
}

/** "beaconPath" -> "beacon-path". */
export const flagOf = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
/** "beaconPath" -> "SOJOURN_BEACON_PATH". */
export const variableOf = (name: string): string =>
  `SOJOURN_${name.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}`;

/** A setting's value without the password it may hold, for people and logs. */
export function shownSetting(name: SettingName, value: unknown): string {
  const text = String(value);
  const { isSecret } = SETTINGS[name] as Setting<unknown>;
  if (isSecret !== true || text === "") return text;
  // Of an address only the password is one.
  return name === "store" ? text.replace(/^(\w+:\/*[^:@/]*):.*@/, "$1:***@") : "***";
}

function firstOf(
  name: SettingName,
  flags: Record<string, string | undefined>,
  env: NodeJS.ProcessEnv,
  file: { path: string; values: Record<string, string> } | undefined,
): { value: string | undefined; from: string } {
  const flag = flags[flagOf(name)];
  if (flag !== undefined) return { value: flag, from: `--${flagOf(name)}` };
  const variable = variableOf(name);
  if (env[variable] !== undefined) return { value: env[variable], from: variable };
  const secretFile = env[`${variable}_FILE`];
  if (secretFile !== undefined) {
    return { value: readText(secretFile, `${variable}_FILE`).trim(), from: `${variable}_FILE` };
  }
  const value = file?.values[name];
  return value === undefined ? { value, from: "default" } : { value, from: `${name} in ${file!.path}` };
}

function readFileSettings(
  name: string | undefined,
): { path: string; values: Record<string, string> } | undefined {
  if (name === undefined) return undefined;
  let raw: unknown;
  try {
    raw = parseYaml(readText(name, "--config"));
  } catch (cause) {
    if (cause instanceof SojournError) throw cause;
    throw new SojournError("bad_config", `${name} is no YAML or JSON`, { cause });
  }
  if (raw === null || typeof raw !== "object" || Array.isArray(raw)) {
    throw new SojournError("bad_config", `${name} holds no settings`, {
      hint: 'Write lines such as "port: 8080".',
    });
  }
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (!(key in SETTINGS)) throw unknownSetting(`${key} in ${name}`);
    values[key] = String(value);
  }
  return { path: name, values };
}

function refuseUnknown(env: NodeJS.ProcessEnv, _file: unknown): void {
  const known = new Set(
    Object.keys(SETTINGS).flatMap((name) => [variableOf(name), `${variableOf(name)}_FILE`]),
  );
  known.add("SOJOURN_CONFIG");
  for (const name of Object.keys(env)) {
    if (name.startsWith("SOJOURN_") && !known.has(name)) throw unknownSetting(name);
  }
}

function unknownSetting(name: string): SojournError {
  return new SojournError("bad_config", `There is no setting ${name}`, {
    hint: `Known: ${Object.keys(SETTINGS).map(variableOf).join(", ")}.`,
  });
}

function checkUrl(name: "publicUrl" | "peerUrl", url: string, from: string): void {
  if (url === "") return;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.pathname !== "/") {
    throw new SojournError("bad_config", `${from} is "${url.slice(0, 80)}"`, {
      hint: `Allowed: ${SETTINGS[name].allowed}, such as https://stats.shop.example.`,
    });
  }
}

/** Collectors find one another through their engine, and trust one another by their secret: one without the other is a mistake. */
function checkPeers({ peerUrl, peerSecret, store }: Config): void {
  if (peerUrl === "" && peerSecret === "") return;
  if (peerUrl === "" || peerSecret === "") {
    throw new SojournError("bad_config", `${peerUrl === "" ? "peerSecret" : "peerUrl"} is set alone`, {
      hint: "Set peerUrl (where this collector is reached) and peerSecret (the same at all of them), or neither.",
    });
  }
  if (store === "sqlite") {
    throw new SojournError("bad_config", "peerUrl needs an engine that several collectors share", {
      hint: "Set SOJOURN_STORE to its address, or leave peerUrl and peerSecret out.",
    });
  }
}

function readText(name: string, from: string): string {
  try {
    return readFileSync(name, "utf8");
  } catch (cause) {
    throw new SojournError("bad_config", `${from} names ${name}, which cannot be read`, { cause });
  }
}
