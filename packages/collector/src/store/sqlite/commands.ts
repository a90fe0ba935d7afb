/**
 * What operators may change, by name: each runs inside one transaction of the writer, on settled projections.
 */
import type { LifecycleModel } from "../../domain/lifecycle/grammar.ts";
import { DEFAULT_PRESET, presetModel } from "../../domain/lifecycle/presets.ts";
import type { SiteSettings } from "../../domain/site.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import { SojournError } from "../../errors.ts";
import type { Writer } from "./writer.ts";

/** Names of commands with what they take and give. */
export interface Commands {
  addSite: { take: { id: string; settings: Partial<SiteSettings>; at: EpochMs }; give: { id: string } };
  updateSite: { take: { id: string; settings: Partial<SiteSettings> }; give: { id: string } };
  /** Applies a model; it is built in the background unless the site has nobody yet. */
  applyModel: {
    take: { site: string; model: LifecycleModel; at: EpochMs };
    give: { id: string; version: number; state: string };
  };
  /** Folds everything again from the log. */
  replay: { take: { at: EpochMs }; give: { touchpoints: number } };
  addKey: { take: NewKey; give: { id: string } };
  removeKey: { take: { id: string }; give: { removed: boolean } };
  keyUsed: { take: { id: string; at: EpochMs }; give: null };
  addSession: {
    take: { hash: Uint8Array; principal: string; at: EpochMs; expiresAt: EpochMs };
    give: null;
  };
  touchSession: { take: { hash: Uint8Array; at: EpochMs }; give: null };
  removeSession: { take: { hash: Uint8Array }; give: null };
  setMeta: { take: { key: string; value: string | null }; give: null };
}

/** An access key as it is stored: never the key, only its hash. */
export interface NewKey {
  id: string;
  name: string;
  /** SHA-256 of the key. */
  hash: Uint8Array;
  scope: string;
  sites: string[];
  at: EpochMs;
  expiresAt?: EpochMs;
}

export type CommandName = keyof Commands;
type Handlers = { [N in CommandName]: (writer: Writer, take: Commands[N]["take"]) => Commands[N]["give"] };

const HANDLERS: Handlers = {
  addSite(writer, { id, settings, at }) {
    return writer.change(() => {
      const preset = presetModel(settings.model ?? DEFAULT_PRESET);
      if (preset === undefined) throw new SojournError("not_found", `There is no preset "${settings.model}"`);
      writer.sites.add(id, settings, preset, at);
      return { id };
    });
  },

  updateSite(writer, { id, settings }) {
    return writer.change(() => {
      writer.sites.update(id, settings);
      return { id };
    });
  },

  applyModel(writer, { site: id, model, at }) {
    return writer.changeSettled(() => {
      const site = writer.sites.byId(id);
      if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
      const hasPeople =
        writer.db.prepare("select 1 from person where site = ? limit 1").get(site.key) !== undefined;
      const older = site.models.filter((row) => row.id === model.id && row.state !== "retired");
      const row = writer.sites.addModel(site, model, hasPeople ? "building" : "active", at);
      for (const before of older) {
        if (!hasPeople || before.state === "building") writer.sites.setModelState(before.key, "retired");
      }
      return { id: row.id, version: row.version, state: row.state };
    });
  },

  replay(writer, { at }) {
    writer.change(() => setMeta(writer, "replayed", String(at)));
    writer.startReplay();
    return { touchpoints: writer.pending() };
  },

  addKey(writer, key) {
    return writer.change(() => {
      writer.db
        .prepare(
          "insert into access_key (id, name, hash, scope, sites, created_at, expires_at) values (?, ?, ?, ?, ?, ?, ?)",
        )
        .run(key.id, key.name, key.hash, key.scope, JSON.stringify(key.sites), key.at, key.expiresAt ?? null);
      return { id: key.id };
    });
  },

  removeKey(writer, { id }) {
    return writer.change(() => ({
      removed: writer.db.prepare("delete from access_key where id = ?").run(id).changes > 0,
    }));
  },

  keyUsed(writer, { id, at }) {
    return writer.change(() => {
      writer.db.prepare("update access_key set last_used_at = ? where id = ?").run(at, id);
      return null;
    });
  },

  addSession(writer, { hash, principal, at, expiresAt }) {
    return writer.change(() => {
      writer.db.prepare("delete from session where expires_at <= ?").run(at);
      writer.db
        .prepare(
          "insert into session (hash, principal, created_at, used_at, expires_at) values (?, ?, ?, ?, ?)",
        )
        .run(hash, principal, at, at, expiresAt);
      return null;
    });
  },

  touchSession(writer, { hash, at }) {
    return writer.change(() => {
      writer.db.prepare("update session set used_at = ? where hash = ?").run(at, hash);
      return null;
    });
  },

  removeSession(writer, { hash }) {
    return writer.change(() => {
      writer.db.prepare("delete from session where hash = ?").run(hash);
      return null;
    });
  },

  setMeta(writer, { key, value }) {
    return writer.change(() => setMeta(writer, key, value));
  },
};

export function runCommand<N extends CommandName>(
  writer: Writer,
  name: N,
  take: Commands[N]["take"],
): Commands[N]["give"] {
  return HANDLERS[name](writer, take);
}

function setMeta(writer: Writer, key: string, value: string | null): null {
  if (value === null) writer.db.prepare("delete from meta where key = ?").run(key);
  else {
    writer.db
      .prepare("insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value")
      .run(key, value);
  }
  return null;
}
