/**
 * Keeps what must not be readable in the data file: addresses sealed, hashes of addresses keyed.
 *
 * Keys come from the installation's secret, a file of its own beside the data (mode 0600), which is in no backup of the
 * data file. Each site has keys of its own.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SECRET_FILE } from "../data-file.ts";
import type { Db } from "./open.ts";

const HASH = /^[0-9a-f]{64}$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The secret of the folder; made when there is none. */
export function installationSecret(folder: string): string {
  const path = join(folder, SECRET_FILE);
  if (!existsSync(path)) {
    try {
      writeFileSync(path, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
    } catch (error) {
      // Somebody else was faster: theirs is the one.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return readFileSync(path, "utf8").trim();
}

/** Keys of one data file, by site key; derived when they are first needed. */
export interface SiteKeys {
  /** A hash of an address as it is kept: nobody can try addresses on it without the secret. */
  keyed(site: number, emailHash: string): string;
  /** A typed name as it is kept: a whole hash keyed, anything else as it is. Makes no secret. */
  asKept(site: number, name: string): string;
  seal(site: number, text: string): Buffer;
  /** The text; undefined when it was sealed with another secret. */
  open(site: number, sealed: Buffer): string | undefined;
}

/** @param db its file tells the folder */
export function siteKeys(db: Db): SiteKeys {
  const keys = new Map<string, Buffer>();
  const keyOf = (site: number, purpose: "hash" | "address"): Buffer => {
    const name = `${purpose} ${site}`;
    let key = keys.get(name);
    if (key === undefined) {
      const secret = installationSecret(dirname(db.name));
      key = Buffer.from(hkdfSync("sha256", secret, "", `sojourn ${name}`, 32));
      keys.set(name, key);
    }
    return key;
  };
  const keyed = (site: number, emailHash: string): string =>
    createHmac("sha256", keyOf(site, "hash")).update(emailHash).digest("hex");
  return {
    keyed,
    // Without a secret nothing was ever keyed; a reader must not make one.
    asKept: (site, name) =>
      HASH.test(name) && existsSync(join(dirname(db.name), SECRET_FILE)) ? keyed(site, name) : name,

    seal(site, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keyOf(site, "address"), nonce);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },

    open(site, sealed) {
      try {
        const nonce = sealed.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv("aes-256-gcm", keyOf(site, "address"), nonce);
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
      } catch {
        return undefined; // Another secret, or a damaged row: as if it had never been kept.
      }
    },
  };
}

/** What tells the secret from another one, without telling the secret. */
const markOf = (secret: string): string =>
  createHmac("sha256", secret).update("sojourn mark").digest("hex").slice(0, 16);

/**
 * Remembers whose secret keys this file, and keys the hashes of files from before there were keys. Returns false when the
 * secret beside the file is another one than that. Call when the file was opened for writing.
 */
export function settleKeys(db: Db): boolean {
  const meta = db.prepare<[string], string>("select value from meta where key = ?").pluck();
  const set = db.prepare(
    "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  if (meta.get("emails") !== "keyed") {
    db.transaction(() => {
      keyOldHashes(db);
      set.run("emails", "keyed");
    })();
  }
  const path = join(dirname(db.name), SECRET_FILE);
  if (!existsSync(path)) return true;
  const mark = markOf(readFileSync(path, "utf8").trim());
  const known = meta.get("secret_mark");
  if (known === undefined) set.run("secret_mark", mark);
  return known === undefined || known === mark;
}

/** Whether the secret beside the file is the one the file was kept with; true when nothing says otherwise. Never writes. */
export function hasOwnSecret(db: Db): boolean {
  const mark = db.prepare<[], string>("select value from meta where key = 'secret_mark'").pluck().get();
  const path = join(dirname(db.name), SECRET_FILE);
  return mark === undefined || (existsSync(path) && markOf(readFileSync(path, "utf8").trim()) === mark);
}

function keyOldHashes(db: Db): void {
  const keys = siteKeys(db);
  const rows = db.prepare<[], { seq: number; site: number; body: string }>(
    `select seq, site, body from touchpoint where instr(body, '"e":"') > 0`,
  );
  const rewrite = db.prepare("update touchpoint set body = ? where seq = ?");
  for (const { seq, site, body } of rows.all()) {
    const packed = JSON.parse(body) as { e?: unknown };
    if (typeof packed.e !== "string") continue;
    rewrite.run(JSON.stringify({ ...packed, e: keys.keyed(site, packed.e) }), seq);
  }
  for (const [table, column] of [
    ["claim", "name"],
    ["claim_conflict", "name"],
    ["decision_unlink", "claim"],
  ] as const) {
    const names = db
      .prepare<[], { site: number; name: string }>(
        `select distinct site, ${column} as name from ${table} where ${column} >= 'email:' and ${column} < 'email;'`,
      )
      .all();
    const rename = db.prepare(`update ${table} set ${column} = ? where site = ? and ${column} = ?`);
    for (const { site, name } of names)
      rename.run(`email:${keys.keyed(site, name.slice("email:".length))}`, site, name);
  }
}
