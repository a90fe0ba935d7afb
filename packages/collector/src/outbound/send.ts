/**
 * Brings one message to its target: finds the contact, makes the requests that are left, reads the answers.
 *
 * Knows no queue: it is handed a message with how far it came, and says what became of it.
 */

import { partsOf, STAGE_KINDS } from "../connect/outgoing.ts";
import { addressKey, refsOf } from "../connect/references.ts";
import type { ContactAddress, OutboxMessage, Parts, Step } from "../connect/target.ts";
import type { SendResult } from "../store/sqlite/commands/targets.ts";
import type { DueSend, TargetReads } from "../store/sqlite/targets.ts";
import { backoff, LONGEST_DELAY_MS, MOST_ATTEMPTS, waitOf } from "./deliver.ts";
import { type Progress, progressText, readProgress } from "./progress.ts";
import type { StepOutcome, TargetCaller } from "./request.ts";

/** What sending may use. */
export interface SendMeans {
  caller: TargetCaller;
  /** Key of the target. */
  key: number;
  reads: TargetReads;
  now(): number;
  random(): number;
  /** Milliseconds until a request may be made; 0: now, and it counts. */
  mayRequest(person: number, step: Step): number;
  request(step: Step): Promise<StepOutcome>;
  /** Writes a step that was answered before the next one is made. */
  note(result: SendResult): Promise<void>;
  /** The system asked to be left alone for this long, in ms. */
  pause(ms: number): void;
  /** The system answered 429. */
  tooMany(): void;
}

/** What became of a message; `held`: nothing yet, because no request may be made for so many ms. */
export type Sent = SendResult | { kind: "held"; forMs: number };

/** Nobody is asked for again in a look-up before this long. */
const NOBODY_MS = 86_400_000;
/** An event that could not be told for so long is no news any more: a cart left last month starts no letter. */
const EVENT_AGE_MS = 7 * 86_400_000;

export async function sendMessage(row: DueSend, means: SendMeans): Promise<Sent> {
  const { caller, now } = means;
  const { data } = JSON.parse(row.body) as { data: Record<string, unknown> };
  const message: OutboxMessage = { id: row.id, kind: row.kind, at: row.at, data };
  const progress = readProgress(row.steps);
  const settle = (kind: SendResult["kind"], result: string, wasTried = false): SendResult => ({
    key: row.key,
    kind,
    result,
    steps: progressText(progress),
    wasTried,
  });

  const left = partsLeft(message, row, progress, means);
  if (left.kind !== "parts") return settle(left.kind, left.reason);
  const { parts } = left;
  const { claims, email } = means.reads.contact(row.site, row.person);
  const refs = refsOf(claims, email, caller.options);
  const learned: { asked: string; id: string | null }[] = [];
  const known = means.reads.references(means.key, row.person);
  let wasTried = false;

  for (const address of caller.target.addresses(refs, caller.options, parts, message.kind)) {
    const asked = addressKey(address);
    const before = known.get(asked);
    const isNobody = before?.id === null && now() - before.at < NOBODY_MS;
    if (progress.missed.includes(asked) || isNobody) continue;
    const found = await contactAt(address, asked, before?.id ?? undefined);
    const outcome = "contact" in found ? await makeSteps(found.contact, asked) : found.outcome;
    if (outcome !== "nobody") return outcome;
  }
  progress.missed = [];
  return withLearned(settle("unaddressable", "nobody there is known to be this person", wasTried));

  function withLearned(result: SendResult): SendResult {
    return learned.length === 0 ? result : { ...result, learned: [...learned] };
  }

  /** No request may be made now; what was found out meanwhile is kept. */
  async function hold(forMs: number): Promise<Sent> {
    if (learned.length > 0) await means.note(withLearned(settle("step", "look-up", wasTried)));
    return { kind: "held", forMs };
  }

  /** The address requests are made with: itself, or the id that a look-up finds. */
  async function contactAt(
    address: ContactAddress,
    asked: string,
    id: string | undefined,
  ): Promise<{ contact: ContactAddress } | { outcome: Sent | "nobody" }> {
    const step = caller.target.lookUp?.(address, caller.options, parts);
    if (step === undefined) return { contact: address };
    if (id !== undefined) return { contact: { kind: "id", value: id } };
    if (!caller.options.lookUp) return { outcome: "nobody" };
    const forMs = means.mayRequest(row.person, step);
    if (forMs > 0) return { outcome: await hold(forMs) };
    wasTried = true;
    const answer = await means.request(step);
    const problem = problemOf(step, answer);
    if (problem !== undefined && problem !== "unknown") return { outcome: withLearned(problem) };
    const isAnswered = problem === undefined && answer.kind === "answered";
    const found = isAnswered ? caller.target.found?.(answer, address) : undefined;
    learned.push({ asked, id: found ?? null });
    return found === undefined ? { outcome: "nobody" } : { contact: { kind: "id", value: found } };
  }

  /** Makes the steps that are left. */
  async function makeSteps(contact: ContactAddress, asked: string): Promise<Sent | "nobody"> {
    const via = addressKey(contact);
    if (progress.via !== via) {
      // Steps made for somebody else are no steps made.
      progress.done = [];
      progress.via = via;
    }
    const steps = caller.target.deliver(message, contact, caller.options, parts);
    let last = "nothing to write";
    for (const [place, step] of steps.entries()) {
      const before = progress.done.find((one) => one.step === step.name);
      if (before !== undefined) {
        last = `HTTP ${before.status}`;
        continue;
      }
      const forMs = means.mayRequest(row.person, step);
      if (forMs > 0) return hold(forMs);
      wasTried = true;
      const answer = await means.request(step);
      const problem = problemOf(step, answer);
      if (problem === "unknown") {
        progress.missed.push(asked);
        learned.push({ asked, id: null });
        return "nobody";
      }
      if (problem !== undefined) return withLearned(problem);
      const status = answer.kind === "answered" ? answer.status : 0;
      last = `HTTP ${status}`;
      progress.done.push({ step: step.name, status, at: now() });
      if (place < steps.length - 1)
        await means.note(withLearned(settle("step", `${step.name}: ${last}`, true)));
    }
    const result = withLearned(settle("delivered", last, wasTried));
    return parts.property && contact.kind !== "hutk" ? { ...result, hasWritten: true } : result;
  }

  /** What an answer means when it is not what we hoped for; undefined when it is. */
  function problemOf(step: Step, answer: StepOutcome): SendResult | "unknown" | undefined {
    if (answer.kind === "refused") return settle("failed", `not sent: ${answer.reason}`);
    if (answer.kind === "unreachable") return later(`${step.name}: ${answer.reason}`, 0);
    const { status, headers } = answer;
    const own = caller.target.pauseAfter?.(headers, status, now());
    if (own !== undefined) means.pause(Math.min(own, LONGEST_DELAY_MS));
    if (status >= 200 && status < 300) return undefined;
    if (step.unknown?.includes(status) === true) return "unknown";
    const said = `${step.name}: HTTP ${status}`;
    const mayPass = status === 408 || status === 425 || status === 429 || status >= 500;
    if (!mayPass) return settle("failed", said, true);
    const wished = Math.min(waitOf(headers["retry-after"], now()), LONGEST_DELAY_MS);
    if (status === 429) {
      means.tooMany();
      // Too many from us is too many for everybody here, not only for this message.
      means.pause(wished > 0 ? wished : backoff(0, means.random));
    }
    return later(said, Math.max(wished, own ?? 0));
  }

  function later(said: string, wished: number): SendResult {
    if (row.attempts + 1 >= MOST_ATTEMPTS)
      return settle("failed", `${said}, after ${MOST_ATTEMPTS} tries`, true);
    const delay = Math.max(backoff(row.attempts, means.random), Math.min(wished, LONGEST_DELAY_MS));
    return { ...settle("later", said, true), nextAt: now() + delay };
  }
}

type Left = { kind: "parts"; parts: Parts } | { kind: "superseded" | "withdrawn"; reason: string };

/** Which halves of a message are still worth sending. */
function partsLeft(
  message: OutboxMessage,
  row: DueSend,
  { byHand }: Progress,
  { caller, key, reads, now }: SendMeans,
): Left {
  const { options } = caller;
  const wantedParts = partsOf(message, options);
  // Where somebody stands is written; it is no event.
  const parts = message.data["isStanding"] === true ? { ...wantedParts, event: false } : wantedParts;
  if (!parts.property && !parts.event) return { kind: "withdrawn", reason: "the table says nothing for it" };
  const { model } = message.data;
  const wanted = options.model ?? reads.mainModel(row.site);
  if ((STAGE_KINDS as readonly string[]).includes(message.kind) && model !== wanted)
    return { kind: "withdrawn", reason: `of model ${String(model)}; ${wanted} is sent` };
  // The newest write says all; whoever was written something newer is not written something older.
  const isOld =
    parts.property &&
    (row.key < reads.writtenTo(key, row.person) ||
      reads.isFollowed(key, row.person, row.key, writersOf(options), wanted));
  const isStale = byHand !== true && row.attempts === 0 && now() - newsAt(message) > EVENT_AGE_MS;
  const left = { property: parts.property && !isOld, event: parts.event && !isStale };
  if (left.property || left.event) return { kind: "parts", parts: left };
  return isOld
    ? { kind: "superseded", reason: "a newer message says more" }
    : { kind: "withdrawn", reason: "it is too old to be news" };
}

const writersOf = ({ actions }: TargetCaller["options"]): string[] =>
  Object.entries(actions)
    .filter(([, action]) => action === "property" || action === "both")
    .map(([kind]) => kind);

/** When a message became news: when it happened, or when its time came. */
function newsAt({ at, data }: OutboxMessage): number {
  const due = typeof data["due"] === "string" ? Date.parse(data["due"]) : Number.NaN;
  return Number.isNaN(due) ? at : Math.max(at, due);
}
