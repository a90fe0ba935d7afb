/**
 * The operator's table of connectors: read once at the start, every error in words that say which entry and what to do.
 *
 * Reads objects; the caller has parsed the file and reads the secrets.
 */
import { CUSTOM_KIND } from "@sojourn/sdk/wire";
import { z } from "zod";
import { SojournError } from "../errors.ts";
import { type ConnectorOptions, SYSTEMS, type TopicRule } from "./connector.ts";
import { stepsOf } from "./path.ts";
import { readSend, sendSchema } from "./send-table.ts";
import { CONNECTORS } from "./systems.ts";
import type { TargetOptions } from "./target.ts";
import { targetOf } from "./targets.ts";

/** One entry as it is used. */
export interface TableEntry {
  options: ConnectorOptions;
  /** Files that hold the secrets, as written. */
  secretFiles: readonly string[];
  tokenFile: string | undefined;
  /** How often to ask for what changed, in milliseconds; undefined: never. */
  everyMs: number | undefined;
  /** Bodies are kept this many days. */
  keepDays: number;
  browserOrders: "link" | "count";
  /** False for an entry that only sends: it has no address and no secret. */
  receives: boolean;
  /** What is sent to the system; undefined: nothing. */
  send: TargetOptions | undefined;
  /** Whether addresses of the site's people are kept, encrypted, so that targets can name them. */
  keepEmail: boolean;
}

const path = z
  .string()
  .max(200)
  .refine((text) => stepsOf(text) !== undefined, "write a path as a.b, a[0] or a[name=x].value");
const kindName = z
  .string()
  .refine((text) => text === "ignore" || new RegExp(CUSTOM_KIND).test(text), "name a kind, or ignore");
const rule = z.union(
  [
    kindName.transform((kind): TopicRule => ({ kind })),
    z
      .strictObject({
        kind: kindName.optional(),
        when: z.record(path, z.union([z.coerce.string(), z.array(z.coerce.string())])).optional(),
        props: z.record(z.string().min(1).max(64), path).optional(),
      })
      .transform((parsed): TopicRule => stripped(parsed)),
  ],
  "write a kind, ignore, or {kind, when, props}",
);
const file = z.strictObject({ file: z.string().min(1) }, "write {file: <name of the file that holds it>}");
const origin = z.string().refine(isOrigin, "write an address without a path, such as https://shop.example");
const every = z
  .string()
  .transform(durationMs)
  .refine((ms) => ms !== undefined && ms >= 60_000, "write a duration of a minute or more, such as PT1H");

const entry = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "use a to z, 0 to 9 and dashes, at most 40"),
  system: z.enum(SYSTEMS, `name one of ${SYSTEMS.join(", ")}`),
  site: z.string().min(1).max(64),
  secrets: z.array(file).max(2, "one secret, or two while it is changed").default([]),
  customers: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, "use a to z, 0 to 9 and dashes")
    .optional(),
  countOrders: z.enum(["placed", "paid"], "placed or paid").default("placed"),
  browserOrders: z.enum(["link", "count"], "link or count").default("link"),
  visitor: z.array(path).max(10).default([]),
  map: z.record(z.string().min(1).max(100), rule).default({}),
  host: origin.optional(),
  keepDays: z.number().int().min(1).max(365).default(14),
  token: file.optional(),
  reconcile: z.strictObject({ every, token: file.optional() }).optional(),
  send: sendSchema.optional(),
  keepEmail: z.boolean("true or false").default(false),
  settings: z
    .record(
      z.string().min(1).max(60),
      z.union([z.string().max(500), z.number(), z.array(z.string().max(200)).max(200)]),
    )
    .default({}),
});

/**
 * Reads the table: a list, or `{ connectors: [...] }`. Throws one `bad_config` that lists every problem.
 *
 * @param from name of the file, for messages
 */
export function readTable(raw: unknown, from: string): TableEntry[] {
  const list = Array.isArray(raw) ? raw : (raw as { connectors?: unknown } | null)?.connectors;
  if (!Array.isArray(list)) {
    throw new SojournError("bad_config", `${from} holds no list of connectors`, {
      hint: "Begin with a line such as: - name: shop-eu",
    });
  }
  const problems: string[] = [];
  const entries: TableEntry[] = [];
  const names = new Set<string>();
  const shops = new Set<string>();
  for (const [place, one] of list.entries()) {
    const said = (one as { name?: unknown } | null)?.name;
    const label = typeof said === "string" ? `"${said.slice(0, 40)}"` : `number ${place + 1}`;
    const parsed = entry.safeParse(one);
    if (!parsed.success) {
      for (const { path: at, message } of parsed.error.issues)
        problems.push(`${label}${at.length === 0 ? "" : `, ${at.join(".")}`}: ${message}`);
      continue;
    }
    const { name, system, site } = parsed.data;
    const connector = CONNECTORS[system];
    if (names.has(name)) problems.push(`${label}: there are two of this name`);
    names.add(name);
    const { send: wanted, keepEmail } = parsed.data;
    const sendsOnly = wanted !== undefined && parsed.data.secrets.length === 0;
    if (parsed.data.secrets.length === 0 && connector.needsNoSecret !== true && !sendsOnly)
      problems.push(`${label}: it has no secret. Add: secrets: [{ file: <file> }]`);
    if (parsed.data.reconcile !== undefined && connector.poll === undefined)
      problems.push(`${label}, reconcile: ${system} cannot be asked for what changed`);
    const hasToken = tokenOf(parsed.data) !== undefined;
    if (!hasToken && (connector.needsToken === true || parsed.data.reconcile !== undefined))
      problems.push(`${label}: it needs a token to ask ${system}. Add: token: { file: <file> }`);
    const asks = connector.needsToken === true || hasToken;
    const hasHost = connector.host !== undefined || targetOf(system)?.host !== undefined;
    if (asks && !hasHost && parsed.data.host === undefined)
      problems.push(`${label}: it needs host, the address of its API, such as https://shop.example`);
    if (connector.pollsOnly === true && parsed.data.reconcile === undefined)
      problems.push(
        `${label}: ${system} sends nothing by itself. Add: reconcile: { every: PT10M, token: { file: <file> } }`,
      );
    const sending =
      wanted === undefined
        ? undefined
        : readSend(wanted, {
            name,
            system,
            site,
            customers: parsed.data.customers ?? name,
            host: parsed.data.host,
            hasToken,
            receives: !sendsOnly,
            keepEmail,
            settings: parsed.data.settings,
          });
    problems.push(...(sending?.problems ?? []).map((problem) => `${label}, ${problem}`));
    const needs = wanted === undefined ? [] : (targetOf(system)?.needs ?? []);
    for (const setting of connector.settings ?? []) {
      const isAsked = needs.some(({ name: needed }) => needed === setting.name);
      if (setting.required === true && !isAsked && parsed.data.settings[setting.name] === undefined)
        problems.push(`${label}, settings: ${setting.name} is missing (${setting.meaning})`);
    }
    for (const setting of Object.keys(parsed.data.settings)) {
      if (![...(connector.settings ?? []), ...needs].some((known) => known.name === setting))
        problems.push(`${label}, settings: ${system} knows no ${setting}`);
    }
    // The first shop of a site keeps its order numbers as they are, so that adding a second one changes nothing of it.
    const isSecondShop = connector.isShop === true && shops.has(site);
    if (connector.isShop === true) shops.add(site);
    entries.push({ ...entryOf(parsed.data, isSecondShop), receives: !sendsOnly, send: sending?.options });
  }
  for (const { options } of entries)
    options.linksOrders = CONNECTORS[options.system].isShop !== true && shops.has(options.site);
  if (problems.length > 0) {
    throw new SojournError("bad_config", `${from}: ${problems.join("; ")}`, {
      hint: "See docs/connectors/README.md for the table.",
    });
  }
  return entries;
}

function entryOf(
  parsed: z.infer<typeof entry>,
  isSecondShop: boolean,
): Omit<TableEntry, "receives" | "send"> {
  const { name, system, site, customers = name, countOrders, visitor, map, settings, host } = parsed;
  return {
    options: {
      name,
      system,
      site,
      customers,
      countOrders,
      visitor,
      map,
      settings,
      orderPrefix: isSecondShop ? `${name}:` : "",
      canFetch: tokenOf(parsed) !== undefined,
      linksOrders: false,
      ...(host === undefined ? {} : { host }),
    },
    secretFiles: parsed.secrets.map((secret) => secret.file),
    tokenFile: tokenOf(parsed),
    everyMs: parsed.reconcile?.every,
    keepDays: parsed.keepDays,
    browserOrders: parsed.browserOrders,
    keepEmail: parsed.keepEmail,
  };
}

const tokenOf = ({
  token,
  reconcile,
}: Pick<z.infer<typeof entry>, "token" | "reconcile">): string | undefined =>
  token?.file ?? reconcile?.token?.file;

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, origin: own } = new URL(text);
  return /^https?:$/.test(protocol) && own === text;
}

/** Milliseconds of PT10M, PT1H, P1D; undefined for anything else. */
function durationMs(text: string): number | undefined {
  const parts = /^P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?$/.exec(text);
  if (parts === null) return undefined;
  const [, days = "0", hours = "0", minutes = "0"] = parts;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000;
}

function stripped<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never;
}
