/**
 * The inbox at work beside the server: maps what came as soon as it is answered, looks again at what waits, asks systems
 * for what changed, and lets old bodies go.
 */
import type { EpochMs } from "@sojourn/sdk/wire";
import type { RawRequest } from "./connector.ts";
import {
  acceptMessage,
  type Connection,
  type Fetcher,
  INBOX_STATES,
  type InboxReply,
  type InboxState,
  type InboxStore,
} from "./inbox.ts";
import { goesOn, restarted } from "./poll.ts";
import { runInbox } from "./settling.ts";

export interface ConnectOptions {
  store: InboxStore & { expire(connector: string, before: EpochMs): Promise<{ rows: number }> };
  connections: readonly Connection[];
  fetcher: Fetcher;
  now(): EpochMs;
  /** Told by connector and in a few words that name nobody. */
  onTrouble?(connector: string, reason: string): void;
}

/** Messages since the start: received is the sum of the states a message can begin with. */
export interface ConnectorCounts {
  received: number;
  pings: number;
  /** Settled since the start, by state; a message mapped again counts again. */
  states: Record<InboxState, number>;
  polls: number;
  lastError: string | undefined;
  lastErrorAt: EpochMs | undefined;
}

export interface Connections {
  /** The connector of this name; undefined when there is none. */
  find(name: string): Connection | undefined;
  all(): readonly Connection[];
  /** Checks, keeps and answers. Mapping begins afterwards. */
  accept(connection: Connection, request: RawRequest): Promise<InboxReply>;
  counts(name: string): ConnectorCounts;
  /** Maps everything that may be looked at now. */
  run(): Promise<number>;
  /** Asks one system for what changed since the last time; returns the pages kept. */
  poll(connection: Connection): Promise<number>;
  /** Begins: what waits from before is mapped, and polls go on. */
  start(): void;
  /** Ends after what is being done. */
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 2_000;
const EXPIRE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Pages of one round; the rest comes in the next. */
const MOST_PAGES = 200;

export function openConnections(options: ConnectOptions): Connections {
  const { store, fetcher, now } = options;
  const connections = new Map(options.connections.map((one) => [one.options.name, one]));
  const counted = new Map<string, ConnectorCounts>();
  const polledAt = new Map<string, EpochMs>();
  let expiredAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<number> | undefined;
  let again = false;
  let isStopped = false;

  const countsOf = (name: string): ConnectorCounts => {
    let counts = counted.get(name);
    if (counts === undefined) {
      const states = Object.fromEntries(INBOX_STATES.map((state) => [state, 0])) as Record<
        InboxState,
        number
      >;
      counts = { received: 0, pings: 0, states, polls: 0, lastError: undefined, lastErrorAt: undefined };
      counted.set(name, counts);
    }
    return counts;
  };

  const trouble = (name: string, reason: string): void => {
    const counts = countsOf(name);
    counts.lastError = reason;
    counts.lastErrorAt = now();
    options.onTrouble?.(name, reason);
    // The disk may be what is wrong; the log and the counters say it all the same.
    store.noteTrouble?.(name, { reason, at: now() }).catch(() => {});
  };

  const guarded: Fetcher = async (connection, fetch) => {
    try {
      const answer = await fetcher(connection, fetch);
      const isFine = answer.status < 300 || fetch.alsoFine?.includes(answer.status) === true;
      if (!isFine) trouble(connection.options.name, `${fetch.name}: the system answered ${answer.status}`);
      return answer;
    } catch (error) {
      trouble(connection.options.name, `${fetch.name}: no answer`);
      throw error;
    }
  };

  const runOnce = async (): Promise<number> =>
    runInbox({
      store,
      connections,
      fetcher: guarded,
      now,
      onSettled(name, state) {
        countsOf(name).states[state] += 1;
      },
    });

  /** One run at a time; a call during a run makes it look once more. */
  const run = (): Promise<number> => {
    if (running !== undefined) {
      again = true;
      return running;
    }
    running = (async () => {
      let settled = 0;
      do {
        again = false;
        settled += await runOnce();
      } while (again);
      return settled;
    })().finally(() => {
      running = undefined;
    });
    return running;
  };

  const kick = (): void => {
    if (isStopped) return;
    // The store told its owner why it could not be written; what waits is looked at again.
    run().catch(() => {});
  };

  const poll = async (connection: Connection): Promise<number> => {
    const { connector, options: own } = connection;
    if (connector.poll === undefined) return 0;
    let pages = 0;
    for (;;) {
      let cursors = await store.cursors(own.name);
      // A page within an instant was counted while other things changed; a new round begins the instant anew.
      if (pages === 0)
        cursors = Object.fromEntries(Object.entries(cursors).map(([name, at]) => [name, restarted(at)]));
      let isMore = false;
      for (const plan of connector.poll(cursors, own, now())) {
        // In the second round only streams whose last page was full are asked again.
        if (pages > 0 && !goesOn(cursors[plan.stream])) continue;
        const answer = await guarded(connection, plan.fetch);
        if (answer.status < 200 || answer.status > 299) continue;
        const next = plan.next(answer);
        if (next === undefined) continue;
        await store.keep({
          connector: own.name,
          receivedAt: now(),
          headers: plan.headers,
          body: Buffer.from(JSON.stringify(answer.json), "utf8"),
          cursor: { stream: plan.stream, cursor: next.cursor },
        });
        pages += 1;
        countsOf(own.name).received += 1;
        countsOf(own.name).polls += 1;
        isMore ||= next.more;
      }
      if (!isMore || pages >= MOST_PAGES || isStopped) return pages;
    }
  };

  const pollDue = async (): Promise<void> => {
    for (const connection of connections.values()) {
      const { everyMs } = connection;
      const { name } = connection.options;
      if (everyMs === undefined || now() - (polledAt.get(name) ?? Number.NEGATIVE_INFINITY) < everyMs)
        continue;
      polledAt.set(name, now());
      try {
        await poll(connection);
      } catch {
        // Counted and told already; the next round asks from the same cursor.
      }
    }
  };

  const expire = async (): Promise<void> => {
    if (now() - expiredAt < EXPIRE_EVERY_MS) return;
    expiredAt = now();
    for (const { options: own, keepDays } of connections.values()) {
      while ((await store.expire(own.name, now() - keepDays * DAY_MS)).rows > 0);
    }
  };

  const look = async (): Promise<void> => {
    try {
      await pollDue();
      await run();
      await expire();
    } catch {
      // A full disk; the next look tries again.
    }
    if (!isStopped) timer = setTimeout(look, LOOK_EVERY_MS);
  };
  let looking: Promise<void> | undefined;

  return {
    find: (name) => connections.get(name),
    all: () => [...connections.values()],
    counts: countsOf,
    run,
    poll,

    async accept(connection, request) {
      const { kept, ...reply } = await acceptMessage(connection, request, store, now());
      const counts = countsOf(connection.options.name);
      if (kept === "ping") counts.pings += 1;
      else if (kept === "refused" || reply.status === 401) {
        counts.received += 1;
        counts.states.refused += 1;
      } else if (kept === "waiting") {
        counts.received += 1;
        counts.states.waiting += 1;
        setImmediate(kick);
      }
      return reply;
    },

    start() {
      looking = look();
    },

    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking?.catch(() => {});
      await running?.catch(() => {});
    },
  };
}
