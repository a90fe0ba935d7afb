/**
 * `sojourn doctor`: looks at everything that can be wrong with an installation, and says what to do.
 */
import { readConfig } from "../config.ts";
import { openFetcher } from "../connect/fetcher.ts";
import { SojournError } from "../errors.ts";
import { isPrivateAddress } from "../outbound/addresses.ts";
import { openAccess } from "../store/sqlite/access.ts";
import { countInboxRows } from "../store/sqlite/inbox.ts";
import { openForReading } from "../store/sqlite/open.ts";
import { countFlags } from "../store/sqlite/order-news.ts";
import { openTargets } from "../store/sqlite/targets.ts";
import { troublesIn } from "../store/sqlite/troubles.ts";
import { openWebhooks } from "../store/sqlite/webhooks.ts";
import { version } from "../version.ts";
import {
  clockFinding,
  diskFinding,
  type Finding,
  folderFinding,
  hasFile,
  integrityFinding,
  keysFinding,
  projectionFinding,
  schemaFinding,
  sealFinding,
  secretFinding,
  sitesFindings,
  webhookFindings,
} from "./checks.ts";
import type { Command, Io, Words } from "./command.ts";
import { readConnections } from "./connections.ts";
import { connectorFindings, flagFindings } from "./connector-checks.ts";
import { folderOf, runningIn } from "./data.ts";
import { targetFindings } from "./target-checks.ts";

const ANSWER_WITHIN_MS = 2_000;

export const doctorCommand: Command = {
  name: "doctor",
  summary: "Look for everything that can be wrong: folder, disk, file, clock, access, messages.",
  usage: "[--healthcheck]",
  options: {
    healthcheck: {
      type: "boolean",
      help: "only ask the running collector whether it is ready; for containers",
    },
    connectors: { type: "string", help: "the table of connectors (default: the setting)" },
    quick: { type: "boolean", help: "leave out the look at every page of the file" },
  },
  more: "  Exit code 1 when something is broken; warnings alone are 0.",
  async run(words, io) {
    const folder = folderOf(words, io);
    if (words.is("healthcheck")) return healthcheck(folder, io);
    const findings = await examine(folder, io.now(), words.is("quick"));
    findings.push(...(await connectors(words, io, folder)));
    if (words.is("json")) io.out(`${JSON.stringify(findings)}\n`);
    else {
      const width = Math.max(...findings.map(({ name }) => name.length)) + 2;
      for (const { name, state, text } of findings)
        io.out(`${state.padEnd(6)}${name.padEnd(width)}${text}\n`);
    }
    return findings.some(({ state }) => state === "fail") ? 1 : 0;
  },
};

async function examine(folder: string, now: number, isQuick: boolean): Promise<Finding[]> {
  const findings: Finding[] = [folderFinding(folder)];
  if (findings[0]!.state === "fail") return findings;
  findings.push(diskFinding(folder), secretFinding(folder), await collectorFinding(folder));
  if (!hasFile(folder)) {
    return [...findings, { name: "data", state: "warn", text: "no data file yet; made at the first start" }];
  }
  try {
    const db = openForReading(folder);
    try {
      const schema = schemaFinding(db);
      findings.push(schema, ...sealFinding(db));
      if (!isQuick) findings.push(integrityFinding(db));
      // A file of another version lacks what the rest asks for.
      if (schema.state !== "ok") return findings;
      const access = openAccess(db);
      findings.push(
        clockFinding(db, now),
        projectionFinding(db),
        ...sitesFindings(access),
        keysFinding(access, now),
        ...webhookFindings(openWebhooks(db)),
        ...flagFindings(countFlags(db)),
      );
    } finally {
      db.close();
    }
  } catch (error) {
    const text = error instanceof SojournError ? error.message : `SQLite says: ${(error as Error).message}`;
    findings.push({ name: "data", state: "fail", text });
  }
  return findings;
}

/** One line or more for each connector; nothing without a table. */
async function connectors(words: Words, io: Io, folder: string): Promise<Finding[]> {
  const { config } = readConfig({ config: words.text("config") }, io.env);
  const name = "connectors";
  const file = words.text("connectors") ?? config.connectors;
  if (file === "" || !hasFile(folder)) return [];
  try {
    const { connections, targets } = readConnections(file);
    const db = openForReading(folder);
    try {
      if (schemaFinding(db).state !== "ok") return [];
      const sites = openAccess(db)
        .sites()
        .map(({ id }) => id);
      const fetcher = openFetcher({
        allowPrivate: config.allowPrivateTargets,
        isPrivate: isPrivateAddress,
        now: io.now,
      });
      const kept = { counts: countInboxRows(db), troubles: troublesIn(db), sites };
      const how = { allowPrivate: config.allowPrivateTargets, version: version() };
      return [
        ...(await connectorFindings(connections, kept, fetcher, io.now())),
        ...(await targetFindings(targets, openTargets(db).all(), sites, how)),
      ];
    } finally {
      db.close();
    }
  } catch (error) {
    if (!(error instanceof SojournError)) throw error;
    return [{ name, state: "fail", text: error.message }];
  }
}

async function collectorFinding(folder: string): Promise<Finding> {
  const running = runningIn(folder);
  const name = "collector";
  if (running === undefined) return { name, state: "warn", text: "is not running on this folder" };
  const problem = await askReady(running.url);
  return problem === undefined
    ? { name, state: "ok", text: `ready at ${running.url}` }
    : { name, state: "fail", text: `at ${running.url}: ${problem}` };
}

async function healthcheck(folder: string, io: Io): Promise<number> {
  const running = runningIn(folder);
  const problem =
    running === undefined ? "no collector is running on this folder" : await askReady(running.url);
  if (problem === undefined) return 0;
  io.note(`${problem}\n`);
  return 1;
}

/** Why the collector is not ready; undefined when it is. */
async function askReady(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await response.body?.cancel();
    return response.ok ? undefined : `not ready (HTTP ${response.status})`;
  } catch {
    return "does not answer";
  }
}
