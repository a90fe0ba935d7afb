/**
 * A question on the page: its answer, whether a newer one is on the way, and what went wrong.
 *
 * Answers are held by address, so panels that ask the same share one request. What is shown stays, dimmed, until the
 * next answer is there. While the page is visible, answers older than half a minute are asked for again.
 */
import { useEffect, useReducer, useRef } from "preact/hooks";
import { apiUrl, call, isProblem, type Problem, type Query, SITES_QUERY } from "./api.ts";

export interface Load<T> {
  data?: T;
  problem?: Problem;
  /** Nothing to show yet. */
  isFirst: boolean;
  /** What is shown belongs to an older question. */
  isStale: boolean;
  /** The answer takes longer than people expect. */
  isSlow: boolean;
  url: string;
  retry(): void;
}

interface Held {
  data?: unknown;
  problem?: Problem;
  at: number;
  asked?: Promise<void>;
}

const held = new Map<string, Held>();
/** Who looks at an answer; told of that answer alone, so that ten answers do not draw the whole page ten times. */
const watchers = new Set<{ url: string; look: () => void }>();
const MOST_HELD = 200;
export const FRESH_MS = 30_000;
const SLOW_MS = 2_000;
/** Many questions fail at once when one does. */
const LOOK_AGAIN_MS = 2_000;
/** Older than anything: the page's own clock begins at 0. */
const LONG_AGO = Number.NEGATIVE_INFINITY;

/** Tells whoever looks at this answer; without one, everybody. */
function tell(changed?: string): void {
  for (const { url, look } of watchers) if (changed === undefined || changed === url) look();
}

function ask(url: string): Held {
  let entry = held.get(url);
  if (entry === undefined) {
    if (held.size >= MOST_HELD) held.delete(held.keys().next().value!);
    entry = { at: LONG_AGO };
    held.set(url, entry);
  }
  const target = entry;
  target.asked ??= call(url)
    .then(
      (data) => {
        target.data = data;
        delete target.problem;
      },
      (thrown) => {
        target.problem = isProblem(thrown)
          ? thrown
          : { status: 0, code: "page_error", title: String(thrown) };
        lookWhy(url, target.problem);
      },
    )
    .finally(() => {
      delete target.asked;
      target.at = performance.now();
      tell(url);
    });
  return target;
}

/** Nobody answers, or not to us any more: the question the whole page hangs on finds that out for all of it. */
function lookWhy(url: string, { status }: Problem): void {
  const all = apiUrl("/sites", SITES_QUERY);
  const known = held.get(all);
  if ((status !== 0 && status !== 401) || url === all || known === undefined) return;
  if (known.asked === undefined && performance.now() - known.at > LOOK_AGAIN_MS) ask(all);
}

/** Asks before anything is drawn; resolves when the answer or its problem is held. */
export async function askAhead(path: string, query: Query = {}): Promise<void> {
  await ask(apiUrl(path, query)).asked;
}

/** Forgets answers whose address begins so, and asks again for what is on the page. */
export function refresh(prefix = ""): void {
  for (const [url, entry] of held) {
    if (url.startsWith(prefix)) {
      entry.at = LONG_AGO;
      delete entry.problem;
    }
  }
  tell();
}

/** Asks again for everything on the page that is older than half a minute; called by a timer and on return to the tab. */
export function refreshOld(): void {
  if (document.visibilityState === "visible") tell();
}

/** The answer to `path` with `query`; nothing is asked while `path` is undefined. */
export function useAnswer<T>(path: string | undefined, query: Query = {}): Load<T> {
  const url = path === undefined ? "" : apiUrl(path, query);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const last = useRef<{ data: T } | undefined>(undefined);
  const since = useRef({ url: "", at: 0 });

  useEffect(() => {
    if (url === "") return;
    const look = (): void => {
      const entry = held.get(url);
      const isOld = entry === undefined || performance.now() - entry.at > FRESH_MS;
      if (isOld && entry?.asked === undefined && document.visibilityState === "visible") ask(url);
      redraw(0);
    };
    const watcher = { url, look };
    watchers.add(watcher);
    look();
    const slow = setTimeout(redraw, SLOW_MS, 0);
    return () => {
      watchers.delete(watcher);
      clearTimeout(slow);
    };
  }, [url]);

  // Asked for while drawing: what stands higher on the page is asked first, and browsers hold few connections.
  if (url !== "" && !held.has(url) && document.visibilityState === "visible") ask(url);
  if (since.current.url !== url) since.current = { url, at: performance.now() };
  const entry = held.get(url);
  if (entry?.data !== undefined) last.current = { data: entry.data as T };
  const isWaiting = entry === undefined || (entry.data === undefined && entry.problem === undefined);
  // What was answered to another question stands only until this one is answered: figures under a filter they know nothing of
  // would be wrong without looking so.
  const data = (entry?.data as T | undefined) ?? (isWaiting ? last.current?.data : undefined);
  const load: Load<T> = {
    isFirst: data === undefined && isWaiting,
    isStale: isWaiting && data !== undefined,
    isSlow: isWaiting && performance.now() - since.current.at >= SLOW_MS - 50,
    url,
    retry: () => {
      if (entry !== undefined) {
        entry.at = LONG_AGO;
        delete entry.problem;
      }
      ask(url);
      redraw(0);
    },
  };
  if (data !== undefined) load.data = data;
  if (entry?.problem !== undefined) load.problem = entry.problem;
  return load;
}
