/**
 * What `doctor` says of each connector: its table, its secret, its last message, its last trouble, and its token.
 */
import type { Connection, Fetcher, Trouble } from "../connect/inbox.ts";
import type { FlagCount } from "../store/port.ts";
import type { InboxCount } from "../store/sqlite/inbox.ts";
import type { Finding } from "./checks.ts";

const DAY_MS = 86_400_000;

/** What the data file knows of connectors. */
export interface KeptOfConnectors {
  counts: readonly InboxCount[];
  /** The latest trouble by connector. */
  troubles: Readonly<Record<string, Trouble>>;
  sites: readonly string[];
}

/** A line for each thing that can be wrong with a connector. Asks its system once, harmlessly, when it has a token. */
export async function connectorFindings(
  connections: readonly Connection[],
  { counts, troubles, sites }: KeptOfConnectors,
  fetcher: Fetcher,
  now: number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const connection of connections) {
    const { options, token } = connection;
    const name = `connector ${options.name}`;
    if (!sites.includes(options.site)) {
      findings.push({ name, state: "fail", text: `names site "${options.site}", which is not there` });
      continue;
    }
    const own = counts.filter(({ connector }) => connector === options.name);
    findings.push(secretFinding(name, connection), messageFinding(name, connection, own, now));
    findings.push(troubleFinding(name, troubles[options.name], lastOf(own)));
    if (token !== undefined) findings.push(await tokenFinding(name, connection, fetcher));
  }
  return findings;
}

/** What is doubtful about orders and people, and shown rather than guessed at. */
export function flagFindings(flags: readonly FlagCount[]): Finding[] {
  return flags.map(({ site, flag, rows }) => ({
    name: `data ${site}`,
    state: "warn",
    text: `${flag}: ${rows}. ${FLAG_HINTS[flag]}`,
  }));
}

const FLAG_HINTS: Readonly<Record<FlagCount["flag"], string>> = {
  "order-edited": "The shop's newest version of an order is worth more; the first version counts",
  "order-revived": "The shop counts an order again that it had cancelled; here it stays cancelled",
  "visitor-conflict": "A claim would have made two customers one. See: sojourn identity conflicts",
};

function secretFinding(name: string, { connector, secrets }: Connection): Finding {
  if (connector.needsNoSecret === true)
    return { name, state: "ok", text: "needs no secret: it is only asked" };
  return secrets.length === 2
    ? { name, state: "ok", text: "two secrets are set; remove the older one when all use the newer" }
    : { name, state: "ok", text: "secret is set" };
}

const lastOf = (own: readonly InboxCount[]): number =>
  Math.max(0, ...own.filter(({ state }) => state !== "refused").map(({ newestAt }) => newestAt));

function messageFinding(
  name: string,
  { everyMs }: Connection,
  own: readonly InboxCount[],
  now: number,
): Finding {
  const rows = (state: string) => own.find((count) => count.state === state)?.rows ?? 0;
  const latest = lastOf(own);
  const oldestWaiting = own.find(({ state }) => state === "waiting")?.oldestAt;
  if (latest === 0) {
    const refused = rows("refused");
    return refused > 0
      ? {
          name,
          state: "fail",
          text: `${refused} messages came and none was genuine: the secret is another one`,
        }
      : {
          name,
          state: "warn",
          text: everyMs === undefined ? "nothing has come yet" : "nothing was fetched yet",
        };
  }
  const counted = `last ${new Date(latest).toISOString()}; kept: ${rows("waiting")} waiting, ${rows("mapped")} mapped, ${rows("ignored")} ignored, ${rows("unreadable")} unreadable, ${rows("refused")} refused`;
  if (oldestWaiting !== undefined && now - oldestWaiting > DAY_MS)
    return {
      name,
      state: "fail",
      text: `a message waits since ${new Date(oldestWaiting).toISOString()}; ${counted}`,
    };
  if (rows("unreadable") > 0)
    return { name, state: "warn", text: `${counted}. See: sojourn inbox list --state unreadable` };
  return { name, state: "ok", text: counted };
}

function troubleFinding(name: string, trouble: Trouble | undefined, lastAt: number): Finding {
  if (trouble === undefined) return { name, state: "ok", text: "no trouble with its system so far" };
  const text = `last trouble ${new Date(trouble.at).toISOString()}: ${trouble.reason}`;
  return { name, state: trouble.at >= lastAt ? "warn" : "ok", text };
}

async function tokenFinding(name: string, connection: Connection, fetcher: Fetcher): Promise<Finding> {
  const { connector, options, token } = connection;
  if (connector.probe === undefined)
    return { name, state: "ok", text: "a token is set; there is nothing harmless to try it with" };
  try {
    const { status } = await fetcher(connection, connector.probe(options));
    const kind = connector.tokenKind?.(token ?? "");
    if (status >= 200 && status < 300)
      return { name, state: "ok", text: `the token works${kind === undefined ? "" : `, ${kind}`}` };
    const hint = connector.refusedHint?.(status, token ?? "");
    return {
      name,
      state: "fail",
      text: `the token is refused or may not read (HTTP ${status})${hint === undefined ? "" : `; ${hint}`}`,
    };
  } catch (error) {
    return { name, state: "fail", text: `the system does not answer: ${(error as Error).message}` };
  }
}
