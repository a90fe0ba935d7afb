/**
 * What `doctor` says of each connector: its table, its secret, its last message, its last trouble, and its token.
 */
import type { Connection, Fetcher } from "../connect/inbox.ts";
import type { InboxCount } from "../store/sqlite/inbox.ts";
import type { Finding } from "./checks.ts";

const DAY_MS = 86_400_000;

/** A line for each thing that can be wrong with a connector. Asks its system once, harmlessly, when it has a token. */
export async function connectorFindings(
  connections: readonly Connection[],
  counts: readonly InboxCount[],
  sites: readonly string[],
  fetcher: Fetcher,
  now: number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const connection of connections) {
    const { connector, options, secrets, token } = connection;
    const name = `connector ${options.name}`;
    if (!sites.includes(options.site)) {
      findings.push({ name, state: "fail", text: `names site "${options.site}", which is not there` });
      continue;
    }
    findings.push(messageFinding(name, connection, counts, now));
    if (connector.needsNoSecret !== true && secrets.length === 2)
      findings.push({
        name,
        state: "ok",
        text: "two secrets are taken; remove the older one when all use the newer",
      });
    if (token !== undefined && connector.probe !== undefined)
      findings.push(await tokenFinding(name, connection, fetcher));
  }
  return findings;
}

function messageFinding(
  name: string,
  { options, everyMs }: Connection,
  counts: readonly InboxCount[],
  now: number,
): Finding {
  const own = counts.filter(({ connector }) => connector === options.name);
  const rows = (state: string) => own.find((count) => count.state === state)?.rows ?? 0;
  const genuine = own.filter(({ state }) => state !== "refused");
  const latest = Math.max(0, ...genuine.map(({ newestAt }) => newestAt));
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

async function tokenFinding(name: string, connection: Connection, fetcher: Fetcher): Promise<Finding> {
  const { connector, options } = connection;
  try {
    const { status } = await fetcher(connection, connector.probe!(options));
    if (status >= 200 && status < 300) return { name, state: "ok", text: "the token works" };
    if (connector.system === "magento" && (status === 401 || status === 403)) {
      const hint = "allow it: bin/magento config:set oauth/consumer/enable_integration_as_bearer 1";
      return { name, state: "fail", text: `the token is refused (HTTP ${status}); if it is right, ${hint}` };
    }
    return { name, state: "fail", text: `the token is refused or may not read (HTTP ${status})` };
  } catch (error) {
    return { name, state: "fail", text: `the system does not answer: ${(error as Error).message}` };
  }
}
