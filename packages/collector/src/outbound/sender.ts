/**
 * Tells targets: looks once a second for what is due, a few messages at a time, one line per person and target, within
 * what each system allows.
 *
 * What it learns is written before it goes on, so that a restart repeats at most the request that was on its way.
 */
import type { Step } from "../connect/target.ts";
import type { SendResult } from "../store/sqlite/commands/targets.ts";
import type { DueSend, TargetReads } from "../store/sqlite/targets.ts";
import type { Store } from "../store/store.ts";
import { type Bucket, openBucket } from "./bucket.ts";
import { type RequestOptions, requestStep, type TargetCaller } from "./request.ts";
import { type SendMeans, sendMessage } from "./send.ts";

export interface SenderOptions extends RequestOptions {
  store: Pick<Store, "change">;
  reads: TargetReads;
  targets: readonly TargetCaller[];
  now: () => number;
  /** Between 0 and 1; for the jitter. */
  random: () => number;
  /** Told by target and in a few words that name nobody. */
  onTrouble?: (target: string, reason: string) => void;
  /** Milliseconds between two looks; for tests. */
  everyMs?: number;
}

/** What was asked of a target since the start. */
export interface SenderCounts {
  /** By status, such as `200`, or `none` when there was no answer. */
  requests: Record<string, number>;
  /** Requests a minute at present. */
  rate: number;
  /** Whether kept addresses name its contacts. */
  keepsEmail: boolean;
}

export interface Sender {
  /** Reads what systems allow, then starts; resolves at once. */
  start(): void;
  /** Sends what is due now and may be sent now; resolves when all of it is settled. */
  round(): Promise<void>;
  counts(): ReadonlyMap<string, SenderCounts>;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
/** Messages on their way to one system at a time. */
const MOST_AT_ONCE = 4;
const LOOKED_AT = 32;
/** What a system allows for its own stage is asked again after this long; sooner when it did not answer. */
const ALLOWED_EVERY_MS = 6 * 3_600_000;
const ALLOWED_AGAIN_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
const MOST_PEOPLE_HELD = 10_000;
/** A store that cannot be written is given this long. */
const AFTER_TROUBLE_MS = 5_000;
/** Requests on their way get this long when the collector stops; what was not answered is sent again. */
const STOP_WITHIN_MS = 1_500;

/** A target at work. */
interface Line {
  caller: TargetCaller;
  bucket: Bucket;
  /** Nothing is asked of the system before this. */
  heldUntil: number;
  /** People with a message on its way. */
  people: Set<number>;
  /** Times of the latest writes per person, where a system limits them. */
  writes: Map<number, number[]>;
  requests: Record<string, number>;
  allowedAt: number;
  /** While it is being asked what is allowed, nothing is sent. */
  asking: Promise<void> | undefined;
}

export function openSender(options: SenderOptions): Sender {
  const { store, reads, now } = options;
  const lines = options.targets.map(
    (caller): Line => ({
      caller,
      bucket: openBucket(caller.options.perMinute),
      heldUntil: 0,
      people: new Set(),
      writes: new Map(),
      requests: {},
      allowedAt: Number.NEGATIVE_INFINITY,
      asking: undefined,
    }),
  );
  const underway = new Set<Promise<void>>();
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;

  const trouble = (line: Line, reason: string): void => options.onTrouble?.(line.caller.options.name, reason);

  /** Results that wait for the write that is under way; they go together with the next one. */
  let gathered: SendResult[] = [];
  let nextWrite: Promise<void> | undefined;
  let lastWrite: Promise<unknown> = Promise.resolve();

  const write = async (line: Line, result: SendResult): Promise<void> => {
    gathered.push(result);
    nextWrite ??= lastWrite.then(async () => {
      const results = gathered;
      gathered = [];
      nextWrite = undefined;
      await store.change("settleSends", { results, at: now() });
    });
    const mine = nextWrite;
    lastWrite = mine.catch(() => {});
    try {
      await mine;
    } catch (error) {
      // It stays waiting and is sent again; its id is the same.
      trouble(line, `what became of a message could not be written: ${(error as Error).message}`);
      line.heldUntil = Math.max(line.heldUntil, now() + AFTER_TROUBLE_MS);
    }
  };

  const request = async (line: Line, step: Step) => {
    const answer = await requestStep(line.caller, step, options);
    const name = answer.kind === "answered" ? String(answer.status) : "none";
    line.requests[name] = (line.requests[name] ?? 0) + 1;
    return answer;
  };

  /** Writes to a person within the last minute; undefined where the system does not limit them. */
  const recentWrites = (line: Line, person: number, { method }: Step): number[] | undefined =>
    line.caller.target.perContactPerMinute === undefined || method === "GET"
      ? undefined
      : (line.writes.get(person) ?? []).filter((at) => now() - at < MINUTE_MS);

  const meansOf = (line: Line, key: number): SendMeans => ({
    caller: line.caller,
    key,
    reads,
    now,
    random: options.random,
    mayRequest(person, step) {
      if (isStopping) return LOOK_EVERY_MS;
      const held = line.heldUntil - now();
      if (held > 0) return held;
      const recent = recentWrites(line, person, step);
      if (recent !== undefined && recent.length >= line.caller.target.perContactPerMinute!)
        return recent[0]! + MINUTE_MS - now();
      const ms = line.bucket.take(now());
      if (ms > 0) line.heldUntil = Math.max(line.heldUntil, now() + ms);
      else if (recent !== undefined) {
        if (line.writes.size > MOST_PEOPLE_HELD) line.writes.clear();
        line.writes.set(person, [...recent, now()]);
      }
      return ms;
    },
    request: (step) => request(line, step),
    note: (result) => write(line, result),
    pause(ms) {
      line.heldUntil = Math.max(line.heldUntil, now() + ms);
    },
    tooMany: () => line.bucket.halve(now()),
  });

  const send = async (line: Line, key: number, row: DueSend): Promise<void> => {
    const sent = await sendMessage(row, meansOf(line, key));
    if (sent.kind !== "held") await write(line, sent);
    // Only this person must wait: the line goes on with others, and comes back to them.
    else if (!isStopping && line.heldUntil <= now())
      await write(line, {
        key: row.key,
        kind: "later",
        result: "waits for its turn",
        steps: reads.stepsOf(row.key) ?? row.steps,
        nextAt: now() + sent.forMs,
        wasTried: false,
      });
  };

  const start = (line: Line, key: number, row: DueSend): void => {
    line.people.add(row.person);
    const work = send(line, key, row)
      .catch((error: Error) => trouble(line, `a message could not be sent: ${error.message}`))
      .finally(() => {
        line.people.delete(row.person);
        underway.delete(work);
        look(line);
      });
    underway.add(work);
  };

  /** Starts what may be started. */
  const look = (line: Line): void => {
    if (isStopping || line.heldUntil > now() || line.people.size >= MOST_AT_ONCE) return;
    try {
      const key = reads.keyOf(line.caller.options.name);
      if (key === undefined) return;
      for (const row of reads.due(key, now(), LOOKED_AT)) {
        if (line.people.size >= MOST_AT_ONCE || line.heldUntil > now()) return;
        if (!line.people.has(row.person)) start(line, key, row);
      }
    } catch (error) {
      line.heldUntil = now() + AFTER_TROUBLE_MS;
      trouble(line, (error as Error).message);
    }
  };

  /** Reads which values a system takes for its own stage; without an answer everything is sent. */
  const readAllowed = async (line: Line): Promise<void> => {
    const { target, options: own } = line.caller;
    const question = target.allowed?.(own);
    if (question === undefined || now() - line.allowedAt < ALLOWED_EVERY_MS) return;
    line.allowedAt = now();
    const answer = await request(line, question.step);
    if (answer.kind !== "answered" || answer.status > 299) {
      trouble(line, "which values are allowed for its own stage could not be read");
      line.allowedAt = now() - ALLOWED_EVERY_MS + ALLOWED_AGAIN_MS;
      return;
    }
    const allowed = question.read(answer);
    if (allowed.size === 0) return;
    own.allowedLifecycle = allowed;
    const missing = [...new Set(Object.values(own.lifecycle))].filter((value) => !allowed.has(value));
    if (missing.length > 0) trouble(line, `these values are not allowed there: ${missing.join(", ")}`);
  };

  const lookAtAll = async (): Promise<void> => {
    const looks = lines.map(async (line) => {
      line.asking ??= readAllowed(line).finally(() => {
        line.asking = undefined;
      });
      await line.asking;
      look(line);
    });
    await Promise.all(looks);
  };

  return {
    start() {
      timer = setInterval(() => void lookAtAll(), options.everyMs ?? LOOK_EVERY_MS);
      timer.unref();
      void lookAtAll();
    },
    async round() {
      await lookAtAll();
      while (underway.size > 0) await Promise.all(underway);
    },
    counts: () =>
      new Map(
        lines.map(({ caller, requests, bucket }) => [
          caller.options.name,
          { requests, rate: bucket.rate(now()), keepsEmail: caller.options.keepEmail },
        ]),
      ),
    async stop() {
      isStopping = true;
      clearInterval(timer);
      const late = new Promise<void>((resolve) => setTimeout(resolve, STOP_WITHIN_MS).unref());
      await Promise.race([Promise.all(underway), late]);
    },
  };
}
