/**
 * `sojourn key`: make, list and remove keys; make a new sign-in link.
 */

import { SojournError } from "../errors.ts";
import { newKey, SCOPES } from "../http/access.ts";
import { openAccess } from "../store/sqlite/access.ts";
import { openForReading } from "../store/sqlite/open.ts";
import type { Command } from "./command.ts";
import { change, folderOf, runningIn } from "./data.ts";
import { newSignInLink } from "./serve.ts";
import { textTable } from "./text-table.ts";
import { needed, oneOf, wholeNumber } from "./typed.ts";

export const keyCommand: Command = {
  name: "key",
  summary: "Keys for servers and reports: add, list, remove; sign-in makes a new link for the page.",
  usage: "add --scope <scope> [--site <id>]… [--name <name>] | list | remove <id> | sign-in",
  options: {
    scope: { type: "string", help: "write (send touchpoints), read (ask), admin (all)" },
    site: { type: "string", multiple: true, help: "a site the key opens; none: all" },
    name: { type: "string", help: "what it is for" },
    days: { type: "string", help: "days until it expires; none: never" },
  },
  async run(words, io) {
    const verb = needed(words, 0, "of add, list, remove, sign-in");
    if (verb === "list") {
      const access = openAccess(openForReading(folderOf(words, io)));
      const keys = access.keys();
      access.close();
      if (words.is("json")) io.out(`${JSON.stringify(keys)}\n`);
      else {
        const day = (at: number | null, none: string) =>
          at === null ? none : new Date(at).toISOString().slice(0, 10);
        const rows = keys.map((k) => [
          k.id,
          k.scope,
          k.sites.join(" ") || "all",
          day(k.expiresAt, "never"),
          day(k.lastUsedAt, "never"),
          k.name,
        ]);
        io.out(`${textTable(["id", "scope", "sites", "expires", "last used", "name"], rows)}\n`);
      }
      return 0;
    }
    if (verb === "add") {
      const scope = oneOf(words, "scope", SCOPES);
      if (scope === undefined)
        throw new SojournError("bad_usage", "Say what it may do: --scope write, read or admin");
      const { key, id, hash } = newKey(scope);
      const days = wholeNumber(words, "days", 1, 3_650);
      const sites = words.list("site");
      await change(words, io, "addKey", {
        id,
        name: words.text("name") ?? "made on the command line",
        hash,
        scope,
        sites,
        at: io.now(),
        ...(days === undefined ? {} : { expiresAt: io.now() + days * 86_400_000 }),
      });
      if (words.is("json")) io.out(`${JSON.stringify({ id, key, scope, sites })}\n`);
      else {
        io.out(`${key}\n`);
        io.note("This key is shown once. Keep it like a password.\n");
      }
      return 0;
    }
    if (verb === "remove") {
      const { removed } = await change(words, io, "removeKey", { id: needed(words, 1, "key") });
      if (!removed)
        throw new SojournError("not_found", "There is no such key", { hint: "List them: sojourn key list" });
      return 0;
    }
    if (verb === "sign-in") {
      const running = runningIn(folderOf(words, io));
      const url = running?.url ?? "http://127.0.0.1:8080";
      const link = await newSignInLink(
        { change: (name, take) => change(words, io, name, take) },
        url,
        io.now(),
      );
      io.out(`${link}\n`);
      return 0;
    }
    throw new SojournError("bad_usage", `key ${verb} is not known`, { hint: "See: sojourn key --help" });
  },
};
