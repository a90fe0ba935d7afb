/**
 * What the door asks of the store: sites, spam, and the daily key of visitors without cookies.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { isSpamReferrer } from "../../domain/source/classify.ts";
import type { DoorContext } from "../../ingest/accept.ts";
import { idText, orderedBytes } from "../../ingest/event-id.ts";
import type { Db } from "./open.ts";
import type { Sites } from "./sites.ts";

const DAY_MS = 86_400_000;
const MOST_SPAM_HELD = 10_000;

export function doorContext(db: Db, sites: Sites): DoorContext {
  const spam = new Map<string, boolean>();
  const readSalt = db.prepare<[], string>("select value from meta where key = 'daily_salt'").pluck();
  const writeSalt = db.prepare(
    "insert into meta (key, value) values ('daily_salt', ?) on conflict do update set value = excluded.value",
  );
  let salt = readSalt.get() ?? "";

  /** The day's random salt. Yesterday's is overwritten, so that nobody can find yesterday's keys again, us included. */
  const saltOf = (day: number): string => {
    if (!salt.startsWith(`${day} `)) {
      salt = `${day} ${randomBytes(32).toString("hex")}`;
      writeSalt.run(salt);
    }
    return salt;
  };

  return {
    site: (id) => sites.byId(id)?.accepting,

    isSpamReferrer(referrer) {
      let answer = spam.get(referrer);
      if (answer === undefined) {
        answer = isSpamReferrer(hostOf(referrer));
        if (spam.size >= MOST_SPAM_HELD) spam.clear();
        spam.set(referrer, answer);
      }
      return answer;
    },

    dailyVisitor: (site, sender, at) =>
      `day:${createHmac("sha256", saltOf(Math.floor(at / DAY_MS)))
        .update(`${site.key} ${sender}`)
        .digest("base64url")
        .slice(0, 22)}`,

    newId: (at) => idText(orderedBytes(randomBytes(16), at)),
  };
}

/** How a forgotten visitor is remembered: by hash only. */
export const visitorHash = (visitor: string): Buffer =>
  createHash("sha256").update(visitor).digest().subarray(0, 16);

function hostOf(referrer: string): string {
  try {
    return new URL(referrer).hostname;
  } catch {
    return ""; // Not an address: it names no host, so it is on no list.
  }
}
