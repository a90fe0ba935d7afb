/**
 * Sets connectors up from the operator's table: reads the file, its secrets, and joins the inbox with the store.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { parse as parseYaml } from "yaml";
import type { PersonKey } from "../connect/connector.ts";
import { openFetcher } from "../connect/fetcher.ts";
import type { Connection, InboxStore } from "../connect/inbox.ts";
import { type Connections, openConnections } from "../connect/service.ts";
import { CONNECTORS } from "../connect/systems.ts";
import { readTable, type TableEntry } from "../connect/table.ts";
import { TARGETS } from "../connect/targets.ts";
import { SojournError } from "../errors.ts";
import { isPrivateAddress } from "../outbound/addresses.ts";
import type { TargetCaller } from "../outbound/request.ts";
import type { Store } from "../store/store.ts";

/** What the table sets up: systems that tell us, systems we tell, and what was written. */
export interface TableContents {
  connections: Connection[];
  targets: TargetCaller[];
  entries: TableEntry[];
}

/** Reads the table and its secrets. Throws `bad_config` that names every problem. */
export function readConnections(file: string): TableContents {
  let raw: unknown;
  try {
    raw = parseYaml(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new SojournError("bad_config", `${file} cannot be read as YAML`, {
      hint: "It is the table of connectors, named by the setting connectors.",
      cause,
    });
  }
  const entries = readTable(raw, file);
  const reader = (connector: string) => (name: string) =>
    readSecret(isAbsolute(name) ? name : join(dirname(file), name), connector);
  const receiving = entries.filter(({ receives }) => receives);
  const connections = receiving.map((entry): Connection => {
    const { options, secretFiles, tokenFile, everyMs, keepDays } = entry;
    const read = reader(options.name);
    return {
      connector: CONNECTORS[options.system],
      options,
      secrets: secretFiles.map(read),
      token: tokenFile === undefined ? undefined : read(tokenFile),
      everyMs,
      keepDays,
    };
  });
  const targets = entries.flatMap(({ send, tokenFile }): TargetCaller[] =>
    send === undefined || tokenFile === undefined
      ? []
      : [{ target: TARGETS[send.system], options: send, token: reader(send.name)(tokenFile) }],
  );
  return { connections, targets, entries };
}

/** Sites whose people's addresses are kept, because an entry of theirs says so. */
export const sitesKeepingEmail = (entries: readonly TableEntry[]): string[] => [
  ...new Set(entries.filter(({ keepEmail }) => keepEmail).map(({ options }) => options.site)),
];

/** Makes the store's targets those of the table, and lets go of addresses that are kept no longer. */
export async function settleTargets(
  store: Pick<Store, "change">,
  { targets, entries }: Pick<TableContents, "targets" | "entries">,
  now: number,
): Promise<void> {
  await store.change("setTargets", {
    targets: targets.map(({ target, options: { name, system, site, host, actions } }) => ({
      name,
      system,
      site,
      url: host ?? target.host ?? "",
      actions,
    })),
    at: now,
  });
  await store.change("dropAddresses", { keeping: sitesKeepingEmail(entries) });
}

/** A secret's text without line ends. Secrets that everybody on this machine may read are refused. */
function readSecret(path: string, connector: string): string {
  let text: string;
  let mode: number;
  try {
    text = readFileSync(path, "utf8").trim();
    mode = statSync(path).mode;
  } catch (cause) {
    throw new SojournError("bad_config", `Connector "${connector}": ${path} cannot be read`, {
      hint: "Write the secret into that file, or correct its name in the table.",
      cause,
    });
  }
  if (text === "") throw new SojournError("bad_config", `Connector "${connector}": ${path} is empty`);
  // Containers hand secrets out as files that are open inside the container only.
  if ((mode & 0o004) !== 0 && !path.startsWith("/run/secrets/")) {
    throw new SojournError("bad_config", `Connector "${connector}": everybody may read ${path}`, {
      hint: `Close it: chmod 600 ${path}`,
    });
  }
  return text;
}

/** The inbox's view of a store. */
export function inboxStoreOf(
  change: Store["change"],
  ingest: Store["ingest"],
  now: () => number,
  keepingEmail: readonly string[] = [],
): InboxStore & { expire(connector: string, before: number): Promise<{ rows: number }> } {
  return {
    keep: (message) => change("inboxKeep", message),
    waiting: (limit, at) => change("inboxWaiting", { limit, now: at }),
    settle: (rows) => change("inboxSettle", { rows }),
    cursors: (connector) => change("inboxCursors", { connector }),
    expire: (connector, before) => change("inboxExpire", { connector, before }),
    bringingNames: (site, touchpoints) => change("inboxNames", { site, touchpoints }),
    noteTrouble: (connector, { reason, at }) => change("inboxTrouble", { connector, reason, at }),
    ingest,
    async keepAddresses(site, find) {
      if (!keepingEmail.includes(site)) return;
      const addresses = find();
      if (addresses.length > 0) await change("keepAddresses", { site, addresses, at: now() });
    },
    async forget(site, who) {
      for (const person of namesOf(who)) {
        try {
          await change("forgetPerson", { site, person, at: now() });
        } catch (error) {
          // Nobody is known by that name: there is nothing to forget.
          if (!(error instanceof SojournError && error.code === "not_found")) throw error;
        }
      }
    },
  };
}

const namesOf = ({ customer, email, aliases }: PersonKey): string[] =>
  [customer, email, ...(aliases ?? [])].filter((name) => name !== undefined);

/** Lets browser orders of sites with a shop connector link and not count, from now on; and count again where none is. */
export async function settleBrowserOrders(
  store: Store,
  entries: readonly TableEntry[],
  now: number,
): Promise<void> {
  const { sites } = await store.ask("sites", {});
  for (const { id } of sites) {
    const links = entries.some(
      ({ options, browserOrders }) =>
        options.site === id && CONNECTORS[options.system].isShop === true && browserOrders === "link",
    );
    await store.change("linkOrders", { site: id, links, at: now });
  }
}

/** Connectors beside a running store. The caller starts and stops them. */
export function connect(
  store: Store,
  connections: readonly Connection[],
  options: {
    allowPrivate: boolean;
    now: () => number;
    onTrouble(connector: string, reason: string): void;
    /** Sites whose people's addresses are kept. */
    keepingEmail?: readonly string[];
  },
): Connections {
  for (const { options: own } of connections) {
    if (store.access.sites().every(({ id }) => id !== own.site)) {
      throw new SojournError(
        "bad_config",
        `Connector "${own.name}" names site "${own.site}", which is not there`,
        {
          hint: `Make it first: sojourn site add ${own.site}`,
        },
      );
    }
  }
  return openConnections({
    store: inboxStoreOf(store.change, store.ingest, options.now, options.keepingEmail),
    connections,
    fetcher: openFetcher({
      allowPrivate: options.allowPrivate,
      isPrivate: isPrivateAddress,
      now: options.now,
    }),
    now: options.now,
    onTrouble: options.onTrouble,
  });
}
