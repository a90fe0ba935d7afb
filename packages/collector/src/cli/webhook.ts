/**
 * `sojourn webhook`: where messages go, what became of them, and sending them again.
 */
import { readConfig } from "../config.ts";
import { MESSAGE_KINDS, type MessageKind } from "../domain/message.ts";
import { SojournError } from "../errors.ts";
import { newSecret, newWebhookId } from "../http/webhooks.ts";
import { send } from "../outbound/deliver.ts";
import { objectionTo } from "../outbound/post.ts";
import { testMessage } from "../outbound/test-message.ts";
import { openForReading } from "../store/sqlite/open.ts";
import { openWebhooks, type Webhooks } from "../store/sqlite/webhooks.ts";
import { version } from "../version.ts";
import type { Command, Io, Words } from "./command.ts";
import { change, folderOf, siteOf } from "./data.ts";
import { textTable } from "./text-table.ts";
import { needed, optional, wholeNumber } from "./typed.ts";

export const webhookCommand: Command = {
  name: "webhook",
  summary: "Webhooks: list, add, remove, on, off, rotate, messages, replay, test.",
  usage:
    "list | add <url> [--event <kind>]… | remove <id> | on <id> | off <id> | rotate <id> | messages <id> | replay <id> [message] | test <id>",
  options: {
    site: { type: "string", help: "site id; may be left out when there is one site" },
    event: { type: "string", multiple: true, help: `${MESSAGE_KINDS.join(", ")}; none: all` },
    state: { type: "string", help: "messages: only waiting, delivered, failed or withdrawn" },
    limit: { type: "string", help: "messages: at most this many (default 20)" },
    all: { type: "boolean", help: "replay: also what was delivered and is still kept" },
    finish: { type: "boolean", help: "rotate: the secret before the present one signs no more" },
    "allow-private-targets": { type: "boolean", help: "private addresses may be called" },
  },
  async run(words, io) {
    const verb = needed(words, 0, "of list, add, remove, on, off, rotate, messages, replay, test");
    const id = () => needed(words, 1, "webhook");
    const print = (answer: object, text: string) =>
      io.out(words.is("json") ? `${JSON.stringify(answer)}\n` : text);
    switch (verb) {
      case "list":
        return list(words, io);
      case "add":
        return add(words, io);
      case "messages":
        return messages(words, io);
      case "test":
        return test(words, io);
      case "on":
      case "off":
        print(await change(words, io, "updateWebhook", { id: id(), state: verb }), "");
        return 0;
      case "rotate": {
        const secret = newSecret();
        const isEnd = words.is("finish");
        const answer = await change(words, io, "updateWebhook", {
          id: id(),
          ...(isEnd ? { dropOldSecret: true } : { secret }),
        });
        print(isEnd ? answer : { ...answer, secret }, isEnd ? "" : `${secret}\n`);
        if (!isEnd) io.note("Both secrets sign until: sojourn webhook rotate <id> --finish\n");
        return 0;
      }
      case "remove": {
        const { removed } = await change(words, io, "removeWebhook", { id: id() });
        if (!removed) throw new SojournError("not_found", `There is no webhook "${id()}"`);
        return 0;
      }
      case "replay": {
        const answer = await change(words, io, "replayMessages", {
          id: id(),
          at: io.now(),
          ...optional("message", words.positionals[2]),
          ...(words.is("all") ? { all: true } : {}),
        });
        print(answer, `${answer.messages} messages will be sent again\n`);
        return 0;
      }
      default:
        throw new SojournError("bad_usage", `webhook ${verb} is not known`, {
          hint: "See: sojourn webhook --help",
        });
    }
  },
};

function reading<T>(words: Words, io: Io, look: (webhooks: Webhooks) => T): T {
  const db = openForReading(folderOf(words, io));
  try {
    return look(openWebhooks(db));
  } finally {
    db.close();
  }
}

async function list(words: Words, io: Io): Promise<number> {
  const all = reading(words, io, (webhooks) => webhooks.list());
  const site = words.text("site");
  const shown = site === undefined ? all : all.filter((webhook) => webhook.site === site);
  if (words.is("json")) {
    io.out(`${JSON.stringify(shown)}\n`);
    return 0;
  }
  const rows = shown.map((w) => [
    w.id,
    w.site,
    w.state,
    String(w.waiting),
    String(w.failed),
    w.events.join(" ") || "all",
    w.url,
    w.reason ?? w.lastResult ?? "",
  ]);
  io.out(`${textTable(["id", "site", "state", "waiting", "failed", "events", "url", "last"], rows)}\n`);
  return 0;
}

async function add(words: Words, io: Io): Promise<number> {
  const url = needed(words, 1, "address");
  const objection = objectionTo(url, allowsPrivate(words, io));
  if (objection !== undefined) {
    throw new SojournError("bad_input", `This address cannot be a webhook: ${objection}`, {
      hint: "Private addresses are called only with --allow-private-targets, here and at sojourn serve.",
    });
  }
  const events = words.list("event");
  const unknown = events.find((event) => !MESSAGE_KINDS.includes(event as MessageKind));
  if (unknown !== undefined) {
    throw new SojournError("bad_usage", `There is no message "${unknown}"`, {
      hint: `Use ${MESSAGE_KINDS.join(", ")}.`,
    });
  }
  const id = newWebhookId();
  const secret = newSecret();
  const site = siteOf(words, io);
  await change(words, io, "addWebhook", {
    id,
    site,
    url,
    events: events as MessageKind[],
    secret,
    at: io.now(),
  });
  io.out(words.is("json") ? `${JSON.stringify({ id, secret })}\n` : `${id}\n${secret}\n`);
  if (!words.is("json")) io.note("The secret is shown once; the receiver checks signatures with it.\n");
  return 0;
}

async function messages(words: Words, io: Io): Promise<number> {
  const id = needed(words, 1, "webhook");
  const limit = wholeNumber(words, "limit", 1, 100_000) ?? 20;
  const found = reading(words, io, (webhooks) => webhooks.messages(id, words.text("state"), limit));
  if (words.is("json")) {
    io.out(`${JSON.stringify(found.map((m) => ({ ...m, body: JSON.parse(m.body) as unknown })))}\n`);
    return 0;
  }
  const time = (at: number) => new Date(at).toISOString();
  const rows = found.map((m) => [
    m.id,
    m.kind,
    time(m.at),
    m.state,
    String(m.attempts),
    m.state === "waiting" ? `next ${time(m.nextAt)}` : (m.result ?? ""),
  ]);
  io.out(`${textTable(["id", "kind", "at", "state", "tries", "result"], rows)}\n`);
  return 0;
}

async function test(words: Words, io: Io): Promise<number> {
  const id = needed(words, 1, "webhook");
  const target = reading(words, io, (webhooks) => webhooks.target(id));
  if (target === undefined) throw new SojournError("not_found", `There is no webhook "${id}"`);
  const answer = await send(
    { ...testMessage(target.site, io.now()), ...target },
    { now: io.now, allowPrivate: allowsPrivate(words, io), version: version() },
  );
  const isFine = answer.kind === "answered" && answer.status >= 200 && answer.status < 300;
  const said = answer.kind === "answered" ? `HTTP ${answer.status}` : `${answer.kind}: ${answer.reason}`;
  io.out(words.is("json") ? `${JSON.stringify(answer)}\n` : `${said}\n`);
  return isFine ? 0 : 1;
}

const allowsPrivate = (words: Words, io: Io): boolean =>
  readConfig(
    {
      config: words.text("config"),
      ...optional("allow-private-targets", words.is("allow-private-targets") ? "true" : undefined),
    },
    io.env,
  ).config.allowPrivateTargets;
