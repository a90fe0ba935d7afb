/**
 * Keys, sessions and sign-in links: only hashes reach the file.
 */
import { timingSafeEqual } from "node:crypto";
import type { EpochMs } from "../../../domain/touchpoint.ts";
import { SojournError } from "../../../errors.ts";
import { getMeta, type HandlersOf, setMeta } from "./handler.ts";

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

export interface AccessCommands {
  addKey: { take: NewKey; give: { id: string } };
  removeKey: { take: { id: string }; give: { removed: boolean } };
  keyUsed: { take: { id: string; at: EpochMs }; give: null };
  /** Keeps the hash of a sign-in link's token; a link made before stops working. */
  setSignIn: { take: { hash: Uint8Array; expiresAt: EpochMs }; give: null };
  /** Takes a sign-in link: true once, for the right token, before it expires. */
  useSignIn: { take: { hash: Uint8Array; at: EpochMs }; give: { ok: boolean } };
  addSession: {
    take: { hash: Uint8Array; principal: string; at: EpochMs; expiresAt: EpochMs };
    give: null;
  };
  touchSession: { take: { hash: Uint8Array; at: EpochMs }; give: null };
  removeSession: { take: { hash: Uint8Array }; give: null };
}

export const accessHandlers: HandlersOf<AccessCommands> = {
  addKey(writer, key) {
    return writer.change(() => {
      const missing = key.sites.find((id) => writer.sites.byId(id) === undefined);
      if (missing !== undefined) throw new SojournError("not_found", `There is no site "${missing}"`);
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

  setSignIn(writer, { hash, expiresAt }) {
    const text = `${Buffer.from(hash).toString("hex")} ${expiresAt}`;
    return writer.change(() => setMeta(writer, "sign_in", text));
  },

  useSignIn(writer, { hash, at }) {
    return writer.change(() => {
      const [kept = "", expiresAt] = (getMeta(writer, "sign_in") ?? "").split(" ");
      const given = Buffer.from(hash);
      const expected = Buffer.from(kept, "hex");
      const isRight = expected.length === given.length && timingSafeEqual(expected, given);
      if (!isRight || Number(expiresAt) <= at) return { ok: false };
      setMeta(writer, "sign_in", null);
      setMeta(writer, "signed_in", String(at));
      return { ok: true };
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
};
