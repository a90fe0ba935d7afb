/**
 * `sojourn inbox`: what other systems sent, what became of it, and mapping it again.
 */

import { readConfig } from "../config.ts";
import { timeOf } from "../connect/fields.ts";
import { INBOX_STATES, type InboxState } from "../connect/inbox.ts";
import { runInbox } from "../connect/settling.ts";
import { SojournError } from "../errors.ts";
import { runCommand } from "../store/sqlite/commands.ts";
import type { InboxFilter, InboxLine } from "../store/sqlite/inbox.ts";
import { openWriter } from "../store/sqlite/writer.ts";
import type { Command, Io, Words } from "./command.ts";
import { inboxStoreOf, readConnections, sitesKeepingEmail } from "./connections.ts";
import { change, folderOf, runningIn } from "./data.ts";
import { textTable } from "./text-table.ts";
import { needed } from "./typed.ts";

export const inboxCommand: Command = {
  name: "inbox",
  summary: "Messages of connected systems: list, show, replay.",
  usage: "list | show <key> | replay  [--connector <name>] [--state <state>] [--since <time>]",
  options: {
    connector: { type: "string", help: "only this connector" },
    state: { type: "string", help: INBOX_STATES.join(", ") },
    connectors: { type: "string", help: "replay without a collector: the table of connectors" },
    since: {
      type: "string",
      help: "only messages that came at or after this time, such as 2026-11-01T00:00Z",
    },
  },
  more: "  sojourn inbox list --state unreadable\n  sojourn inbox replay --connector shop-eu --since 2026-11-01T00:00Z",
  async run(words, io) {
    const verb = needed(words, 0, "of list, show, replay");
    if (verb === "list") return list(words, io);
    if (verb === "show") return show(words, io);
    if (verb === "replay") return replay(words, io);
    throw new SojournError("bad_usage", `inbox ${verb} is not known`, { hint: "See: sojourn inbox --help" });
  },
};

async function list(words: Words, io: Io): Promise<number> {
  const rows = await change(words, io, "inboxList", filterOf(words));
  const counts = await change(words, io, "inboxCounts", {});
  const flags = await change(words, io, "flagCounts", {});
  if (words.is("json")) {
    io.out(`${JSON.stringify({ rows, counts, flags })}\n`);
    return 0;
  }
  if (counts.length === 0) {
    io.out("Nothing has come in yet.\n");
    return 0;
  }
  io.out(
    `${textTable(
      ["connector", "state", "messages"],
      counts.map((c) => [c.connector, c.state, String(c.rows)]),
    )}\n\n`,
  );
  for (const { site, flag, rows: n } of flags) io.out(`${site}: ${flag} ${n}\n`);
  io.out(`${textTable(["key", "came", "connector", "state", "became or why"], rows.map(lineOf))}\n`);
  return 0;
}

const lineOf = (row: InboxLine): string[] => [
  String(row.key),
  new Date(row.receivedAt).toISOString(),
  row.connector,
  row.state,
  [
    row.detail ??
      (row.touchpoints.length === 1 ? row.touchpoints[0]! : `${row.touchpoints.length} touchpoints`),
    ...row.flags,
  ].join(", "),
];

async function show(words: Words, io: Io): Promise<number> {
  const key = Number(needed(words, 1, "key"));
  if (!Number.isSafeInteger(key))
    throw new SojournError("bad_usage", "The key of a message is a whole number");
  const [row] = await change(words, io, "inboxList", { key });
  const kept = await change(words, io, "inboxShow", { key });
  if (row === undefined || kept === null) throw new SojournError("not_found", `There is no message ${key}`);
  const { body } = kept;
  if (words.is("json")) {
    io.out(`${JSON.stringify({ ...row, body, fetched: kept.fetched })}\n`);
    return 0;
  }
  io.out(`${lineOf(row).join("  ")}\n`);
  for (const [name, value] of Object.entries(row.headers)) io.out(`${name}: ${value}\n`);
  for (const id of row.touchpoints) io.out(`became ${id}\n`);
  io.out(`\n${body}\n`);
  return 0;
}

async function replay(words: Words, io: Io): Promise<number> {
  const filter = filterOf(words);
  const folder = folderOf(words, io);
  if (runningIn(folder) !== undefined) {
    const { rows } = await change(words, io, "inboxReplay", filter);
    io.out(words.is("json") ? `${JSON.stringify({ rows })}\n` : `${rows} messages are being mapped again\n`);
    return 0;
  }
  const table =
    words.text("connectors") ?? readConfig({ config: words.text("config") }, io.env).config.connectors;
  if (table === "") {
    throw new SojournError("bad_usage", "No collector is running, and no table of connectors is named", {
      hint: "Start the collector, or set SOJOURN_CONNECTORS to the table.",
    });
  }
  const { connections, entries } = readConnections(table);
  const writer = openWriter(folder);
  try {
    runCommand(writer, "inboxReplay", filter);
    const states: Partial<Record<InboxState, number>> = {};
    await runInbox({
      store: inboxStoreOf(
        async (name, take) => runCommand(writer, name, take),
        async (arrival) => writer.ingest([arrival])[0]!,
        io.now,
        sitesKeepingEmail(entries),
      ),
      connections: new Map(connections.map((one) => [one.options.name, one])),
      now: io.now,
      onSettled: (_connector, state) => {
        states[state] = (states[state] ?? 0) + 1;
      },
    });
    while (writer.project(200) > 0);
    const rows = Object.values(states).reduce((sum, n) => sum + n, 0);
    const became = Object.entries(states).map(([state, n]) => `${n} ${state}`);
    io.out(
      words.is("json")
        ? `${JSON.stringify({ rows, states })}\n`
        : `${rows} messages: ${became.join(", ") || "none"}\n`,
    );
    return 0;
  } finally {
    writer.close();
  }
}

function filterOf(words: Words): InboxFilter {
  const connector = words.text("connector");
  const state = words.text("state");
  if (state !== undefined && !(INBOX_STATES as readonly string[]).includes(state))
    throw new SojournError("bad_usage", `There is no state ${state}`, {
      hint: `Known: ${INBOX_STATES.join(", ")}.`,
    });
  const typed = words.text("since");
  const since =
    typed === undefined ? undefined : timeOf(/^\d{4}-\d\d-\d\d$/.test(typed) ? `${typed}T00:00Z` : typed);
  if (typed !== undefined && since === undefined)
    throw new SojournError("bad_usage", "--since is no time", { hint: "Write it as 2026-11-01T00:00Z." });
  return {
    ...(connector === undefined ? {} : { connector }),
    ...(state === undefined ? {} : { state }),
    ...(since === undefined ? {} : { since }),
  };
}
