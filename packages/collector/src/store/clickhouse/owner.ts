/**
 * Which collectors there are: every one has a number, and each of its lives an epoch.
 *
 * A collector says once in a while that it lives. One that is gone for good is replaced by one that takes its number over
 * in a new epoch, and not while the old one was seen a moment ago; whatever the old one still sends is refused, or older by
 * version and swept away. Which sites a number has is the work of `claims.ts`.
 */
import { SojournError } from "../../errors.ts";
import { type Owner, versionOf, type Watermark } from "../sqlite/cut.ts";
import { KEYS_PER_OWNER, SHIPPED } from "../sqlite/shipped.ts";
import type { EngineClient } from "./client.ts";
import { COLLECTOR, columnsOf } from "./ledgers.ts";
import type { Spool } from "./spool.ts";

export interface Registration {
  owner: Owner;
  /** Everything in the file has to be shipped once, and what the engine has from before goes. */
  mustCopy: boolean;
}

export interface OwnFile {
  /** Where the file stands. */
  newest: Watermark;
  /** Ids of its sites. */
  sites: readonly string[];
}

/** What a collector says of itself. */
export interface Self {
  /** Drawn once, unlike any other. */
  name: string;
  /** Where other collectors reach it; empty: nowhere. */
  url: string;
}

type Known = readonly [number: number, name: string, epoch: number, seenAt: number];

const MOST_NUMBERS = 2 ** 53 / KEYS_PER_OWNER;
const TRIES = 5;
/** A collector says that it lives this often, in milliseconds. */
export const SEEN_EVERY_MS = 15_000;
/** One that said so within this time is not taken over. */
const ALIVE_MS = 60_000;

/**
 * Makes the collector known to the engine, or finds that it is. Throws `conflict` when another collector owns one of the
 * sites, when another one took over, or when the engine lost what was shipped to it.
 *
 * @param takesOver replaces the collector that owns the sites, which must be gone
 */
export async function register(
  client: EngineClient,
  spool: Spool,
  file: OwnFile,
  options: { now: number; newName: string; url: string; takesOver?: boolean },
): Promise<Registration> {
  const { now, url, takesOver = false } = options;
  const self: Self = { name: spool.meta("name") ?? options.newName, url };
  spool.setMeta("name", self.name);
  const owner = spool.owner();
  if (owner !== undefined && !takesOver) return registerAgain(client, spool, file, owner, self, now);
  // An engine that this collector left, and comes back to.
  const before = (await known(client)).find(([, name]) => name === self.name);
  const number = before?.[0] ?? (await freeNumber(client, file, takesOver));
  const lives = (await known(client)).filter(([n]) => n === number);
  if (takesOver) assertGone(lives, self.name, now);
  const epoch = Math.max(0, ...lives.map(([, , e]) => e)) + 1;
  const made = await claim(client, { number, epoch }, self, now, takesOver);
  spool.setOwner(made);
  return { owner: made, mustCopy: true };
}

/** Throws `conflict` when whoever has the number was seen a moment ago. */
function assertGone(lives: readonly Known[], name: string, now: number): void {
  const newest = lives.reduce<Known | undefined>(
    (a, b) => (a === undefined || b[2] > a[2] ? b : a),
    undefined,
  );
  if (newest === undefined || newest[1] === name) return;
  const agoMs = now - newest[3];
  if (agoMs >= ALIVE_MS) return;
  throw new SojournError(
    "conflict",
    `The collector that has these sites lives: it was seen ${Math.max(0, Math.round(agoMs / 1_000))} s ago`,
    { hint: `Stop it. ${ALIVE_MS / 1_000} s after it was last seen its sites can be taken over.` },
  );
}

/** Says that the collector lives, and where it is reached. */
export async function sayAlive(client: EngineClient, owner: Owner, self: Self, now: number): Promise<void> {
  await note(client, owner, self, now);
}

async function registerAgain(
  client: EngineClient,
  spool: Spool,
  file: OwnFile,
  owner: Owner,
  self: Self,
  now: number,
): Promise<Registration> {
  await assertOwner(client, owner, self.name);
  const shippedTo = spool.watermark();
  const wentBack =
    shippedTo !== undefined && (file.newest.change < shippedTo.change || file.newest.seq < shippedTo.seq);
  if (!wentBack) {
    await note(client, owner, self, now);
    return { owner, mustCopy: false };
  }
  const next = { ...owner, epoch: owner.epoch + 1 };
  await note(client, next, self, now);
  spool.setOwner(next);
  return { owner: next, mustCopy: true };
}

/** Throws `conflict` when the engine does not know this collector any more, or knows one that took its place. */
export async function assertOwner(client: EngineClient, owner: Owner, name: string): Promise<void> {
  const all = (await known(client)).filter(([number]) => number === owner.number);
  if (all.some(([, , epoch]) => epoch > owner.epoch)) {
    throw new SojournError(
      "conflict",
      "Another collector has taken over the sites of this one in the engine",
      {
        hint: "Stop this collector. What it kept and had not shipped yet can be exported, or sent to the other one.",
      },
    );
  }
  if (!all.some(([, other, epoch]) => other === name && epoch === owner.epoch)) {
    throw new SojournError(
      "conflict",
      "The engine does not know this collector: it was emptied, or is another one",
      {
        hint: "Fill it again: sojourn replay --from beginning. Or correct the store's address.",
      },
    );
  }
}

/** Writes the collector into an engine that lost it; what follows must be a copy of everything. */
export async function noteAgain(client: EngineClient, spool: Spool, url: string, now: number): Promise<void> {
  const owner = spool.owner();
  if (owner !== undefined) await note(client, owner, { name: spool.meta("name") ?? "", url }, now);
}

async function freeNumber(client: EngineClient, file: OwnFile, takesOver: boolean): Promise<number> {
  const taken = await client.rows<[string, number]>(
    "select id, owner from site where id in {sites:Array(String)} order by id",
    { sites: file.sites },
  );
  const numbers = [...new Set(taken.map(([, number]) => number))];
  if (numbers.length > 0 && !takesOver) {
    throw new SojournError(
      "conflict",
      `The site "${taken[0]![0]}" belongs to another collector in this engine`,
      {
        hint: "One collector keeps a site. If the other one is gone for good: sojourn engine take-over.",
      },
    );
  }
  if (numbers.length > 1) {
    throw new SojournError("conflict", "These sites belong to several collectors in this engine", {
      hint: "Take over the sites of one collector at a time, each from a copy of its own file.",
    });
  }
  if (numbers.length === 1) return numbers[0]!;
  const number = 1 + Math.max(-1, ...(await known(client)).map(([n]) => n));
  if (number >= MOST_NUMBERS) {
    throw new SojournError("conflict", `This engine has its ${MOST_NUMBERS} collectors already`, {
      hint: "Use another database of the engine.",
    });
  }
  return number;
}

/** Takes a number; of two that take the same one at once, the one whose name comes first keeps it. */
async function claim(
  client: EngineClient,
  wanted: Owner,
  self: Self,
  now: number,
  takesOver: boolean,
): Promise<Owner> {
  let owner = wanted;
  for (let tries = 0; tries < TRIES; tries++) {
    await note(client, owner, self, now);
    const others = (await known(client)).filter(
      ([number, other, epoch]) => number === owner.number && other !== self.name && epoch >= owner.epoch,
    );
    if (others.every(([, other]) => other > self.name)) return owner;
    await note(client, owner, self, now, true);
    if (takesOver) {
      throw new SojournError("conflict", "Another collector takes over these sites at this moment", {
        hint: "Only one of the two may: see which one with: sojourn engine status.",
      });
    }
    owner = { number: owner.number + 1, epoch: 1 };
  }
  throw new SojournError("conflict", "Other collectors took every number that this one tried", {
    hint: "Start collectors that are new to an engine one after the other.",
  });
}

const known = (client: EngineClient): Promise<Known[]> =>
  client.rows<Known>("select number, name, epoch, seen_at from collector order by number, name");

async function note(
  client: EngineClient,
  owner: Owner,
  { name, url }: Self,
  now: number,
  isGone = false,
): Promise<void> {
  const row = [owner.number, name, owner.epoch, now, url, owner.number, now, isGone ? 1 : 0];
  await client.insert(
    "collector",
    columnsOf(COLLECTOR),
    `${JSON.stringify(row)}\n`,
    `${name}-${owner.epoch}-${now}-${isGone}`,
  );
}

/** Removes what earlier lives of a collector left in the engine and the present one did not ship. */
export async function sweepOlder(client: EngineClient, owner: Owner): Promise<void> {
  for (const table of SHIPPED) {
    const [older] = await client.rows<[number]>(
      `select 1 from ${table.name} where owner = {number:UInt16} and stamp < {from:UInt64} limit 1 settings final = 0`,
      { number: owner.number, from: versionOf(owner, 0) },
    );
    if (older === undefined) continue;
    await client.run(
      `alter table ${localName(client, table.name, table.shard)} delete where owner = ${owner.number} and stamp < ${versionOf(owner, 0)}`,
      {},
      { mutations_sync: "2" },
    );
  }
}

/**
 * Lets go of every row that was marked as gone, with all its versions, from the engine's disks. The marks go too: nothing
 * that was sent before may be sent again afterwards.
 */
export async function forgetDeleted(client: EngineClient, owner: Owner): Promise<void> {
  for (const { name, order, shard } of SHIPPED) {
    const local = localName(client, name, shard);
    const bare = local.split(" ")[0]!;
    const identity = order.join(", ");
    // The engine asks the question inside anew for every part it rewrites. So each step asks only about rows that it leaves
    // alone: the rows go by their marks, then the marks go that have no row.
    const steps = [
      `is_gone = 0 and (${identity}) in (
        select ${identity} from ${bare} where owner = ${owner.number}
        group by ${identity} having argMax(is_gone, stamp) = 1)`,
      `is_gone = 1 and (${identity}) not in (
        select ${identity} from ${bare} where owner = ${owner.number} and is_gone = 0)`,
    ];
    for (const which of steps) {
      await client.run(
        `alter table ${local} delete where owner = ${owner.number} and ${which}`,
        {},
        { mutations_sync: "2", final: 0, allow_nondeterministic_mutations: 1 },
      );
    }
  }
}

/** The table that holds the rows, with the words that reach it on every node. */
function localName(
  { address: { database, cluster } }: EngineClient,
  name: string,
  shard: string | undefined,
): string {
  if (cluster === undefined) return `${database}.${name}`;
  return `${database}.${shard === undefined ? name : `${name}_local`} on cluster ${cluster}`;
}
