/**
 * Questions about figures, flow and people over HTTP, each as JSON, CSV or lines of JSON; and the live stream.
 */
import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { SojournError } from "../errors.ts";
import type { LiveAnswer } from "../report/live.ts";
import type { Questions } from "../report/questions.ts";
import { send } from "./answer.ts";
import type { AppOptions } from "./app.ts";
import { FIGURE_QUERIES, type FigureQuestion, filterOf } from "./figure-queries.ts";
import { type Env, mustBeAllowed } from "./guard.ts";
import { parse } from "./reports.ts";

/** Where each question is asked. */
export const FIGURE_PATHS: Readonly<Record<FigureQuestion, string>> = {
  series: "/stages/series",
  flow: "/flow",
  stays: "/stages/time",
  velocity: "/velocity",
  cohorts: "/cohorts",
  funnel: "/funnel",
  carts: "/carts",
  lapsing: "/lapsing",
  people: "/people",
  headline: "/kpis/headline",
  kpis: "/kpis",
  findings: "/findings",
  segments: "/segments",
  rfm: "/rfm",
  scores: "/scores",
  targets: "/targets",
  value: "/value",
  live: "/live",
  health: "/health",
};

export function figureRoutes(options: AppOptions): Hono<Env> {
  const { store } = options;
  const routes = new Hono<Env>();
  const stream = liveStream(options);

  for (const name of Object.keys(FIGURE_PATHS) as FigureQuestion[]) {
    routes.get(FIGURE_PATHS[name], async (c) => {
      const query = parse(FIGURE_QUERIES[name], c.req.query());
      mustBeAllowed(c, query.site, "read");
      if (name === "live" && /\btext\/event-stream\b/.test(c.req.header("accept") ?? "")) {
        return stream(c, query);
      }
      const params = { ...query, ...filterOf(c.req.url) } as unknown as Questions[typeof name]["take"];
      return send(c, name, await store.ask(name, params));
    });
  }
  return routes;
}

const EVERY_MS = 3_000;
/** A comment keeps proxies from closing a stream that has nothing to say. */
const HEARTBEAT_MS = 15_000;
/** Streams end after this long and are opened again by the browser, so that rights are checked anew. */
const LONGEST_MS = 600_000;
const MOST_STREAMS = 100;

/** Pushes the live answer every few seconds, when it changed. One question serves all streams of a site. */
function liveStream({ store, closing }: AppOptions) {
  const latest = new Map<string, { askedAt: number; answer: Promise<LiveAnswer> }>();
  let open = 0;

  const ask = (params: { site: string; model?: string | undefined }): Promise<LiveAnswer> => {
    const key = JSON.stringify([params.site, params.model]);
    const held = latest.get(key);
    const at = performance.now();
    if (held !== undefined && at - held.askedAt < EVERY_MS / 2) return held.answer;
    const { site, model } = params;
    const answer = store.ask("live", { site, ...(model === undefined ? {} : { model }) });
    latest.set(key, { askedAt: at, answer });
    return answer;
  };

  return async (c: Context<Env>, params: { site: string; model?: string | undefined }): Promise<Response> => {
    if (open >= MOST_STREAMS) {
      throw new SojournError("unavailable", "Too many live streams are open", {
        hint: "Ask for /api/v1/live as JSON every few seconds instead.",
      });
    }
    // Asked once before the stream begins, so that a site that is not there gets a plain problem.
    await ask(params);
    open += 1;
    c.header("cache-control", "no-store");
    c.header("x-accel-buffering", "no");
    return streamSSE(
      c,
      async (out) => {
        let isOpen = true;
        const end = () => {
          isOpen = false;
        };
        out.onAbort(end);
        closing?.addEventListener("abort", end, { once: true });
        try {
          const begunAt = performance.now();
          let sent = "";
          let heardAt = 0;
          while (isOpen && performance.now() - begunAt < LONGEST_MS) {
            const { at, ...rest } = await ask(params);
            const text = JSON.stringify(rest);
            if (text !== sent) {
              await out.writeSSE({ event: "live", data: JSON.stringify({ at, ...rest }), retry: EVERY_MS });
              sent = text;
              heardAt = performance.now();
            } else if (performance.now() - heardAt > HEARTBEAT_MS) {
              await out.write(": still here\n\n");
              heardAt = performance.now();
            }
            await pause(EVERY_MS, () => isOpen);
          }
        } finally {
          open -= 1;
          closing?.removeEventListener("abort", end);
        }
      },
      // Nothing can be answered any more; the browser opens the stream again.
      async () => {},
    );
  };
}

/** Waits, but not much longer than somebody listens. */
async function pause(ms: number, isWanted: () => boolean): Promise<void> {
  const until = performance.now() + ms;
  while (isWanted() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
}
