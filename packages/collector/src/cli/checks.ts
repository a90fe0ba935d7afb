/**
 * What `sojourn doctor` looks at, one check a function: folder, file, clock, disk, access, messages.
 */
import { existsSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DATA_FILE } from "../store/data-file.ts";
import type { Access } from "../store/sqlite/access.ts";
import type { Db } from "../store/sqlite/open.ts";
import { MIGRATIONS } from "../store/sqlite/schema.ts";
import { hasOwnSecret } from "../store/sqlite/seal.ts";
import type { Webhooks } from "../store/sqlite/webhooks.ts";
import { sizeText } from "./bytes.ts";

export interface Finding {
  name: string;
  state: "ok" | "warn" | "fail";
  text: string;
}

const DAY_MS = 86_400_000;

/** File systems on which SQLite's locks cannot be trusted, or data does not stay; by the number `statfs` gives (linux/magic.h). */
const RISKY: Readonly<Record<number, string>> = {
  26985: "NFS, a network drive",
  20859: "SMB, a network drive",
  4283649346: "CIFS, a network drive",
  4266872130: "SMB2, a network drive",
  16914839: "9p, a shared folder of a virtual machine",
  1397703499: "AFS, a network drive",
  12805120: "Ceph, a network drive",
  16914836: "tmpfs, which is gone after a restart",
  2035054128: "an overlay, which goes with its container: mount a volume",
};

export function folderFinding(folder: string): Finding {
  const name = "folder";
  try {
    const { mode } = statSync(folder);
    const kind = RISKY[Number(statfsSync(folder).type) >>> 0];
    if (kind !== undefined) return { name, state: "warn", text: `${folder} lies on ${kind}` };
    if ((mode & 0o007) !== 0)
      return { name, state: "warn", text: `${folder} can be entered by every user: chmod 700` };
    return { name, state: "ok", text: folder };
  } catch {
    return { name, state: "fail", text: `${folder} is not there, or cannot be entered` };
  }
}

export function secretFinding(folder: string): Finding {
  const path = join(folder, "secret");
  if (!existsSync(path)) return { name: "secret", state: "warn", text: "none yet; made at the first start" };
  const isOpen = process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0;
  return isOpen
    ? { name: "secret", state: "fail", text: `${path} can be read by others: chmod 600 ${path}` }
    : { name: "secret", state: "ok", text: "for the owner's eyes" };
}

export function sealFinding(db: Db): Finding[] {
  if (hasOwnSecret(db)) return [];
  const text =
    "the data was kept with another secret: people are not recognised by addresses from before. Copy the old folder's file secret here";
  return [{ name: "secret", state: "fail", text }];
}

export function diskFinding(folder: string): Finding {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const free = Number(bavail) * Number(bsize);
  const share = Number(bavail) / Math.max(1, Number(blocks));
  const text = `${sizeText(free)} free (${Math.round(share * 100)} %)`;
  if (free < 100e6) return { name: "disk", state: "fail", text };
  return { name: "disk", state: free < 1e9 || share < 0.05 ? "warn" : "ok", text };
}

export function schemaFinding(db: Db): Finding {
  const version = db.pragma("user_version", { simple: true }) as number;
  const state = version === MIGRATIONS.length ? "ok" : version > MIGRATIONS.length ? "fail" : "warn";
  const wish =
    state === "fail" ? "; this program is older" : state === "warn" ? "; migrated at the next start" : "";
  return { name: "schema", state, text: `version ${version} of ${MIGRATIONS.length}${wish}` };
}

export function integrityFinding(db: Db): Finding {
  const found = db.pragma("quick_check(3)") as { quick_check: string }[];
  const problems = found.map((row) => row.quick_check).filter((text) => text !== "ok");
  return problems.length === 0
    ? { name: "integrity", state: "ok", text: "no damage found" }
    : { name: "integrity", state: "fail", text: `${problems[0]}; restore a backup` };
}

export function clockFinding(db: Db, now: number): Finding {
  const newest = db
    .prepare<[], number>("select received_at from touchpoint order by seq desc limit 1")
    .pluck()
    .get();
  const text = new Date(now).toISOString();
  if (newest !== undefined && newest > now + 5 * 60_000) {
    return {
      name: "clock",
      state: "warn",
      text: `${text}, but touchpoints arrived until ${new Date(newest).toISOString()}: the clock went back`,
    };
  }
  return { name: "clock", state: "ok", text };
}

export function projectionFinding(db: Db): Finding {
  const meta = db.prepare<[], string>("select value from meta where key = 'projected_to'").pluck().get();
  const behind = db
    .prepare<[number], number>("select count(*) from (select 1 from touchpoint where seq > ? limit 100001)")
    .pluck()
    .get(Number(meta ?? 0))!;
  const text =
    behind === 0 ? "nothing waits" : `${behind > 100_000 ? "more than 100,000" : behind} touchpoints wait`;
  return { name: "projections", state: behind > 100_000 ? "warn" : "ok", text };
}

export function sitesFindings(access: Access): Finding[] {
  const sites = access.sites();
  if (sites.length === 0) return [{ name: "sites", state: "warn", text: "none yet: sojourn site add shop" }];
  const open = sites.filter(({ settings }) => settings.origins.length === 0).map(({ id }) => id);
  return [
    open.length === 0
      ? { name: "sites", state: "ok", text: `${sites.length}, each with its origins` }
      : {
          name: "sites",
          state: "warn",
          text: `${open.join(", ")} takes touchpoints from any page: sojourn site set <id> --origin https://…`,
        },
  ];
}

export function keysFinding(access: Access, now: number): Finding {
  const keys = access.keys();
  const expired = keys.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now).map(({ id }) => id);
  const idle = keys
    .filter(({ lastUsedAt, createdAt }) => now - (lastUsedAt ?? createdAt) > 180 * DAY_MS)
    .map(({ id }) => id);
  if (expired.length > 0) return { name: "keys", state: "warn", text: `expired: ${expired.join(", ")}` };
  if (idle.length > 0)
    return { name: "keys", state: "warn", text: `not used for half a year: ${idle.join(", ")}` };
  return { name: "keys", state: "ok", text: String(keys.length) };
}

export function webhookFindings(webhooks: Webhooks): Finding[] {
  return webhooks.list().map(({ id, url, state, reason, lastResult, waiting, failed }) => {
    const host = URL.canParse(url) ? new URL(url).host : url;
    const name = `webhook ${id}`;
    if (state === "off") return { name, state: "warn", text: `${host} is off: ${reason ?? ""}` };
    const text = `${host}, last: ${lastResult ?? "nothing sent yet"}, ${waiting} wait, ${failed} put aside`;
    const isFine = failed === 0 && (lastResult === null || /^HTTP 2/.test(lastResult));
    return { name, state: isFine ? "ok" : "warn", text };
  });
}

export const hasFile = (folder: string): boolean => existsSync(join(folder, DATA_FILE));
