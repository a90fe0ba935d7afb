/**
 * Every route of the collector, in one screen. What a route does is in the file of its group.
 */
import { Hono } from "hono";
import type { Config } from "../config.ts";
import type { Connections } from "../connect/service.ts";
import type { Sender } from "../outbound/sender.ts";
import type { Store } from "../store/store.ts";
import { adminRoutes } from "./admin.ts";
import { attributionRoutes } from "./attribution.ts";
import type { Door } from "./collect.ts";
import { collectRoutes } from "./collect-routes.ts";
import { controlRoutes } from "./control.ts";
import { figureRoutes } from "./figures.ts";
import { type Env, guard, safeHeaders } from "./guard.ts";
import { identityRoutes } from "./identity.ts";
import { inboxAdminRoutes, inboxRoutes } from "./inbox.ts";
import { modelRoutes } from "./models.ts";
import { openApiRoutes } from "./openapi.ts";
import { operatingRoutes } from "./operating.ts";
import { outboxRoutes } from "./outbox.ts";
import type { Pages } from "./pages.ts";
import { pageRoutes } from "./pages.ts";
import { peerRoutes } from "./peers.ts";
import { privacyRoutes } from "./privacy.ts";
import { problemOf } from "./problem.ts";
import { reportRoutes } from "./reports.ts";
import { segmentRoutes } from "./segments.ts";
import { sessionRoutes } from "./session.ts";
import { shareGuard, shareRoutes } from "./shares.ts";
import { webhookRoutes } from "./webhooks.ts";

export interface AppOptions {
  store: Store;
  door: Door;
  config: Config;
  /** The script, the page and its parts, read once at the start. */
  pages: Pages;
  now: () => number;
  version: string;
  signIn: SignIn;
  /** Opens the control route to whoever may read the data folder; made anew at each start. */
  controlToken?: string;
  onError?: (error: unknown) => void;
  /** Other systems that send us what happens there; absent when none is configured. */
  connections?: Connections;
  /** Tells targets; absent where nothing is sent. */
  sender?: Pick<Sender, "counts">;
  /** Aborted when the collector is about to stop: streams end. */
  closing?: AbortSignal;
}

/** The one-time link of the first run. */
export interface SignIn {
  /** Takes a token; true once, for the right one. */
  use(token: string): Promise<boolean>;
}

export function buildApp(options: AppOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.use(safeHeaders());
  app.use(guard(options));
  app.use("/api/v1/*", shareGuard(options));

  app.route("/", operatingRoutes(options)); // /healthz /readyz /metrics
  app.route("/", collectRoutes(options)); // POST /b, POST /api/v1/touchpoints
  app.route("/", inboxRoutes(options)); // POST /in/{connector}, POST /mp/collect, /debug/mp/collect
  app.route("/", peerRoutes(options)); // POST /peer/arrivals, GET /peer/keys: other collectors of the same engine
  app.route("/", sessionRoutes(options)); // /sign-in, /api/v1/session
  app.route("/api/v1", figureRoutes(options)); // GET: kpis flow stages/series funnel cohorts people live …
  app.route("/api/v1", segmentRoutes(options)); // POST: segments segments/preview targets
  app.route("/api/v1", reportRoutes(options)); // GET: sites stages transitions people classify
  app.route("/api/v1", attributionRoutes(options)); // GET: sources attribution costs; POST: costs
  app.route("/api/v1", privacyRoutes(options)); // GET people/{id}/export, DELETE people/{id}
  app.route("/api/v1", adminRoutes(options)); // POST: sites keys models
  app.route("/api/v1", inboxAdminRoutes(options)); // inbox: list, show, replay
  app.route("/api/v1", identityRoutes(options)); // identity: conflicts, unlink, relink
  app.route("/api/v1", modelRoutes(options)); // models: list, schema, preview, apply, remove
  app.route("/api/v1", webhookRoutes(options)); // webhooks and their messages
  app.route("/api/v1", outboxRoutes(options)); // outbox: targets, list, show, resend
  app.route("/api/v1", shareRoutes(options)); // shares: links that only read
  app.route("/api/v1", controlRoutes(options)); // POST: control, for the command line
  app.route(
    "/",
    openApiRoutes(() => app.routes, options.version),
  ); // /api/openapi.json /api/docs
  app.route("/", pageRoutes(options)); // /sojourn.js and the page

  app.notFound((c) =>
    c.json({ type: "about:blank", title: "There is nothing here", status: 404, code: "not_found" }, 404, {
      "content-type": "application/problem+json",
    }),
  );
  app.onError((error, c) => {
    const problem = { ...problemOf(error), request_id: c.get("requestId") };
    if (problem.status >= 500) options.onError?.(error);
    return c.json(problem, problem.status as 500, { "content-type": "application/problem+json" });
  });
  return app;
}
