/**
 * Takes in what belongs to a site of another collector, and passes it on until its owner has it.
 *
 * A touchpoint is looked at as the owner would, kept on the disk, acknowledged, and sent with the id it came with; the owner
 * keeps each id once. So an answer that was lost, a kill here or there, and a browser that tries both collectors change nothing.
 */
import { randomUUID } from "node:crypto";
import type { EpochMs } from "../../domain/touchpoint.ts";
import { SojournError } from "../../errors.ts";
import { type Arrival, accept } from "../../ingest/accept.ts";
import { acceptingSite } from "../../ingest/accepting-site.ts";
import { idText, orderedBytes } from "../../ingest/event-id.ts";
import type { Outcome } from "../../ingest/outcome.ts";
import type { RelayStatus } from "../store.ts";
import type { Directory, SiteElsewhere } from "./directory.ts";
import type { Relayed, RelayFile } from "./relay-file.ts";

/** An arrival and the site of another collector that it names. */
export interface TakenIn {
  site: string;
  arrival: Arrival;
}

/** Sends arrivals (JSON) to a collector; what became of each. Rejects when it did not take them. */
export type Post = (url: string, arrivals: readonly string[]) => Promise<Outcome[]>;

export interface Relay {
  /** Keeps a group in one commit, and says what became of each; rejects when the disk cannot be written. */
  take(group: readonly TakenIn[]): Promise<Outcome[]>;
  /** Sends the oldest to a collector. How many it has now; rejects when it did not take them. */
  passOn(url: string): Promise<number>;
  /** Where things wait to be sent to. */
  urls(): string[];
  directory(): Directory;
  setDirectory(directory: Directory): void;
  status(): RelayStatus;
}

/** Arrivals that may wait; then senders keep them. */
const MOST_WAITING = 500_000;
const MOST_PER_CALL = 500;
const MOST_LENGTH_PER_CALL = 1024 * 1024;

const LATER: Outcome = { kind: "refused", status: 503, code: "overloaded", items: 1 };
const isLater = (outcome: Outcome | undefined): boolean =>
  outcome === undefined ||
  (outcome.kind === "refused" && (outcome.status === 503 || outcome.code === "unknown_site"));

export function openRelay(file: RelayFile, post: Post, now: () => EpochMs): Relay {
  let directory = file.directory();
  const done = { taken: 0, passedOn: 0, refused: 0 };

  const siteOf = (id: string): SiteElsewhere | undefined => directory.sites.find((site) => site.id === id);

  /** What the door says of it, and whether only its owner can tell who it is. */
  const look = ({ site, arrival }: TakenIn): { said: ReturnType<typeof accept>; isNameless: boolean } => {
    let isNameless = false;
    const found = siteOf(site);
    const said = accept(arrival, {
      site: (id) => (id === found?.id ? acceptingSite(0, id, found.settings) : undefined),
      // The owner decides which traffic counts.
      isSpamReferrer: () => false,
      dailyVisitor() {
        isNameless = true;
        return "day:nobody";
      },
      newId: (at) => idText(orderedBytes(Buffer.from(randomUUID().replaceAll("-", ""), "hex"), at)),
    });
    return { said, isNameless };
  };

  /** A visitor without a name is known by address, which must not reach a disk: the owner answers, or nobody does. */
  const askOwner = async ({ site, arrival }: TakenIn): Promise<Outcome> => {
    try {
      const [outcome] = await post(siteOf(site)!.url, [JSON.stringify(heard(arrival))]);
      return outcome ?? LATER;
    } catch {
      return LATER;
    }
  };

  return {
    async take(group) {
      const keep: Relayed[] = [];
      const outcomes = group.map((taken): Outcome | Promise<Outcome> => {
        const { said, isNameless } = look(taken);
        if (said.kind === "refused") return said;
        if (isNameless) return askOwner(taken);
        const { touchpoints, refused } = said;
        if (file.waiting().arrivals + keep.length >= MOST_WAITING) return LATER;
        const { sender: _never, ...arrival } = heard(taken.arrival);
        if (touchpoints.length > 0) keep.push({ site: taken.site, touchpoints: touchpoints.length, arrival });
        return { kind: "stored", stored: touchpoints.length, duplicates: 0, refused };
      });
      if (keep.length > 0) file.keep(keep);
      for (const { touchpoints } of keep) done.taken += touchpoints;
      return Promise.all(outcomes);
    },

    async passOn(url) {
      const sites = directory.sites.filter((site) => site.url === url).map(({ id }) => id);
      const batch = sites.length === 0 ? [] : file.oldest(sites, MOST_PER_CALL, MOST_LENGTH_PER_CALL);
      if (batch.length === 0) return 0;
      const outcomes = await post(
        url,
        batch.map(({ text }) => text),
      );
      const settled = batch.filter((_, place) => !isLater(outcomes[place]));
      file.drop(settled.map(({ n }) => n));
      for (const outcome of outcomes) {
        if (outcome.kind === "stored") {
          done.passedOn += outcome.stored + outcome.duplicates;
          done.refused += outcome.refused.length;
        } else if (!isLater(outcome)) done.refused += outcome.items;
      }
      if (settled.length === 0) {
        throw new SojournError("unavailable", `${url} does not take what belongs to it now`);
      }
      return settled.length;
    },

    urls: () => [...new Set(directory.sites.map(({ url }) => url))],
    directory: () => directory,
    setDirectory(next) {
      directory = next;
      file.setDirectory(next);
    },
    status() {
      const { arrivals, touchpoints, oldestAt } = file.waiting();
      return {
        waiting: { arrivals, touchpoints },
        oldestMs: oldestAt === null ? 0 : Math.max(0, now() - oldestAt),
        ...done,
      };
    },
  };
}

/**
 * An arrival as its owner gets it: with the instant it was heard at, and a key that makes it the same call however often it is
 * sent. A browser's touchpoints bring their ids; a server's may not.
 */
function heard(arrival: Arrival): Arrival {
  return {
    ...arrival,
    heardAt: arrival.receivedAt,
    ...(arrival.door === "server" && arrival.idempotencyKey === undefined
      ? { idempotencyKey: `relay:${randomUUID()}` }
      : {}),
  };
}
