/**
 * `sojourn outbox`: what targets and webhooks were told, what became of it, and telling them again.
 */
import { MESSAGE_STATES } from "../domain/message.ts";
import { SojournError } from "../errors.ts";
import type { Commands } from "../store/sqlite/commands.ts";
import { openForReading } from "../store/sqlite/open.ts";
import { openTargets, type SentLine, type TargetReads } from "../store/sqlite/targets.ts";
import type { Command, Io, Words } from "./command.ts";
import { change, folderOf } from "./data.ts";
import { textTable } from "./text-table.ts";
import { needed, oneOf, optional, wholeNumber } from "./typed.ts";

const PEOPLE_AT_ONCE = 200;

export const outboxCommand: Command = {
  name: "outbox",
  summary: "Messages to other systems: targets, list, show, resend, tell.",
  usage:
    "targets | list [--target <name>] [--state <state>] | show <target> <message> | resend <target> [message] | tell <target>",
  options: {
    site: { type: "string", help: "only this site's" },
    target: { type: "string", help: "only this target or webhook" },
    state: { type: "string", help: MESSAGE_STATES.join(", ") },
    limit: { type: "string", help: "list: at most this many (default 20)" },
    all: { type: "boolean", help: "resend: also what was delivered and is still kept" },
  },
  more: "  sojourn outbox list --state failed\n  sojourn outbox resend crm\n  sojourn outbox tell crm        where everybody stands now; for a system that was just connected",
  async run(words, io) {
    const verb = needed(words, 0, "of targets, list, show, resend, tell");
    switch (verb) {
      case "targets":
        return targets(words, io);
      case "list":
        return list(words, io);
      case "show":
        return show(words, io);
      case "tell": {
        const id = needed(words, 1, "target");
        const told = await tellAll((take) => change(words, io, "tellStages", take), id, io.now());
        io.out(words.is("json") ? `${JSON.stringify({ told })}\n` : `${told} people will be told of\n`);
        return 0;
      }
      case "resend": {
        const { messages } = await change(words, io, "replayMessages", {
          id: needed(words, 1, "target"),
          at: io.now(),
          ...optional("message", words.positionals[2]),
          ...(words.is("all") ? { all: true } : {}),
        });
        io.out(
          words.is("json")
            ? `${JSON.stringify({ messages })}\n`
            : `${messages} messages will be sent again\n`,
        );
        return 0;
      }
      default:
        throw new SojournError("bad_usage", `outbox ${verb} is not known`, {
          hint: "See: sojourn outbox --help",
        });
    }
  },
};

/** Queues where everybody stands, a few people a change, so that arrivals never wait long. */
async function tellAll(
  tell: (take: Commands["tellStages"]["take"]) => Promise<Commands["tellStages"]["give"]>,
  id: string,
  at: number,
): Promise<number> {
  let sum = 0;
  for (let after: number | null = 0; after !== null; ) {
    const { told, next } = await tell({ id, after, limit: PEOPLE_AT_ONCE, at });
    sum += told;
    after = next;
  }
  return sum;
}

function reading<T>(words: Words, io: Io, look: (reads: TargetReads) => T): T {
  const db = openForReading(folderOf(words, io));
  try {
    return look(openTargets(db));
  } finally {
    db.close();
  }
}

function targets(words: Words, io: Io): number {
  const site = words.text("site");
  const all = reading(words, io, (reads) => reads.all());
  const shown = all.filter((target) => site === undefined || target.site === site);
  if (words.is("json")) {
    io.out(`${JSON.stringify(shown)}\n`);
    return 0;
  }
  const rows = shown.map(({ id, system, site: of, state, messages, reason, lastResult }) => [
    id,
    system,
    of,
    state,
    ...(["waiting", "delivered", "failed", "unaddressable"] as const).map((one) =>
      String(messages[one] ?? 0),
    ),
    reason ?? lastResult ?? "",
  ]);
  const header = [
    "target",
    "system",
    "site",
    "state",
    "waiting",
    "delivered",
    "failed",
    "unaddressable",
    "last",
  ];
  io.out(shown.length === 0 ? "Nothing is sent anywhere.\n" : `${textTable(header, rows)}\n`);
  return 0;
}

function list(words: Words, io: Io): number {
  const filter = {
    ...optional("target", words.text("target")),
    ...optional("site", words.text("site")),
    ...optional("state", oneOf(words, "state", MESSAGE_STATES)),
    limit: wholeNumber(words, "limit", 1, 100_000) ?? 20,
  };
  const found = reading(words, io, (reads) => reads.list(filter));
  if (words.is("json")) io.out(`${JSON.stringify(found.map(({ key: _key, ...line }) => line))}\n`);
  else
    io.out(
      `${textTable(["target", "message", "kind", "at", "person", "state", "tries", "result"], found.map(row))}\n`,
    );
  return 0;
}

const row = (line: SentLine): string[] => [
  line.target,
  line.id,
  line.kind,
  time(line.at),
  line.person ?? "",
  line.state,
  String(line.attempts),
  line.state === "waiting" && line.nextAt > 0 ? `next ${time(line.nextAt)}` : (line.result ?? ""),
];

const time = (at: number): string => new Date(at).toISOString();

function show(words: Words, io: Io): number {
  const target = needed(words, 1, "target");
  const id = needed(words, 2, "message");
  const message = reading(words, io, (reads) => reads.show(target, id));
  if (message === undefined) throw new SojournError("not_found", `${target} has no message "${id}"`);
  const { key: _key, body, steps, ...line } = message;
  const whole = { ...line, body: JSON.parse(body) as unknown, steps: JSON.parse(steps) as unknown };
  io.out(`${JSON.stringify(whole, null, words.is("json") ? undefined : 2)}\n`);
  return 0;
}
