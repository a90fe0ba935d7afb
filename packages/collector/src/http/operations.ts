/**
 * What each call over HTTP is for and what it takes, in one list: the description and its page are made from it.
 *
 * A route that nobody described is listed all the same, with its method and its path.
 */
import type { z } from "zod";
import { CREDIT_PATHS, RECLASSIFY, SENT_COSTS } from "./attribution.ts";
import { CREDIT_QUERIES, type CreditQuestion } from "./credit-queries.ts";
import { FIGURE_QUERIES, type FigureQuestion } from "./figure-queries.ts";
import { FIGURE_PATHS } from "./figures.ts";
import { OUTBOX_QUERY, RESEND_BODY } from "./outbox.ts";
import { QUERY_SCHEMAS } from "./reports.ts";
import { SEGMENT_BODIES } from "./segments.ts";
import { newSite, siteSettings } from "./site-settings.ts";

export type Json = Record<string, unknown>;

/** One call, as it is described. */
export interface Operation {
  method: "get" | "post" | "patch" | "put" | "delete";
  /** With parameters in braces. */
  path: string;
  summary: string;
  /** Parts of the page. */
  tag: "Figures" | "Stages" | "People" | "Sources" | "Administration" | "Sending" | "Operating" | "Other";
  query?: z.ZodType;
  body?: z.ZodType;
  /** CSV and NDJSON too. */
  isList?: boolean;
  /** Takes channel=…, channel.not=… and the like. */
  isFiltered?: boolean;
}

const SUMMARIES: Readonly<Record<FigureQuestion, readonly [Operation["tag"], string]>> = {
  headline: ["Figures", "The six figures that head the overview, with their daily values."],
  kpis: ["Figures", "All key figures of a period, compared with the period before, and daily values."],
  funnel: ["Figures", "People per step from product to order, drop-off, and days to the first order."],
  carts: ["Figures", "Carts: open, ordered and left, and the value in them."],
  cohorts: ["Figures", "Who ordered again, by the month, week or day of the first order."],
  findings: ["Figures", "At most five findings by fixed rules."],
  targets: ["Figures", "Goals and where we stand."],
  value: ["Figures", "What customers will bring, from models fitted on the stored orders."],
  series: ["Stages", "People per stage day by day, with moves into and out of each."],
  flow: ["Stages", "Net flow (stage at both ends, stayers included) and gross flow (every move)."],
  stays: ["Stages", "Time in stage: stays that ended, and stays that go on, apart."],
  velocity: ["Stages", "How fast people come from one stage to another, and how many are not there yet."],
  lapsing: ["People", "Who will fall quiet in the next days if nothing happens."],
  people: ["People", "People, newest first; filtered or searched."],
  segments: ["People", "Saved segments with how many people are in each."],
  rfm: ["People", "Customers by recency, frequency and money, from 1 to 5 each."],
  scores: ["People", "Lead scores."],
  live: ["People", "People on the site now and the latest changes. With Accept: text/event-stream a stream."],
  health: ["Operating", "How fresh the data is, what was kept apart as robots, and what was refused."],
};

const CREDIT_SUMMARIES: Readonly<Record<CreditQuestion, string>> = {
  sources: "Where people come from: visitors, sign-ups, customers, orders, revenue and cost, credited.",
  attribution: "All models of credit side by side, how far they differ, and the paths to a conversion.",
  conversions: "Single conversions with the touches before them and the share of each.",
  touches: "Single touches.",
  costs: "What was spent.",
};

/** Questions whose answer takes no filter. */
const UNFILTERED: ReadonlySet<FigureQuestion> = new Set(["live", "health", "segments", "targets"]);

/** Calls that need no more than a line. */
const PLAIN: readonly (readonly [
  Operation["method"],
  path: string,
  tag: Operation["tag"],
  summary: string,
])[] = [
  ["get", "/models", "Administration", "The life-cycle models of a site, with their state."],
  [
    "get",
    "/models/presets",
    "Administration",
    "Ready-made life-cycle models, with the names of their stages in every language.",
  ],
  ["get", "/models/schema", "Administration", "The JSON Schema of a life-cycle model, for editors."],
  [
    "post",
    "/models/preview",
    "Administration",
    "How many people a model would put into each stage, before it is applied.",
  ],
  ["delete", "/models/{id}", "Administration", "Retires a model of a site."],
  ["get", "/identity/conflicts", "People", "Names that two people claim: the first one has them."],
  [
    "post",
    "/identity/unlink",
    "People",
    "Keeps a visitor apart from a name, and computes everybody it concerns again.",
  ],
  ["post", "/identity/relink", "People", "Takes that back."],
  [
    "get",
    "/connectors",
    "Administration",
    "Connected systems: messages by state, the last one, the last trouble.",
  ],
  ["get", "/inbox", "Administration", "Messages of connected systems, newest first, by state."],
  ["get", "/inbox/{key}", "Administration", "One message, with its body, state and reason."],
  ["post", "/inbox/replay", "Administration", "Maps messages again: one, or all of a state."],
  ["get", "/webhooks", "Administration", "Webhooks and what became of their messages."],
  ["post", "/webhooks", "Administration", "Adds a webhook; its secret is shown once."],
  [
    "patch",
    "/webhooks/{id}",
    "Administration",
    "Switches a webhook on or off, changes what it is told, or rotates its secret.",
  ],
  ["delete", "/webhooks/{id}", "Administration", "Removes a webhook."],
  ["get", "/webhooks/{id}/messages", "Administration", "Messages of a webhook, newest first."],
  ["post", "/webhooks/{id}/test", "Administration", "Sends a test message now."],
  ["post", "/webhooks/{id}/replay", "Administration", "Sends kept messages again."],
  ["get", "/shares", "Administration", "Share links."],
  [
    "post",
    "/shares",
    "Administration",
    "Makes a share link: read-only, for one site, with a password if wanted.",
  ],
  ["delete", "/shares/{id}", "Administration", "Revokes a share link."],
  ["get", "/session", "Operating", "Who is signed in, and what they may do."],
  ["delete", "/session", "Operating", "Signs out."],
];

const OPERATIONS: readonly Operation[] = [
  ...PLAIN.map(([method, path, tag, summary]) => ({ method, path: `/api/v1${path}`, tag, summary })),
  ...(Object.keys(FIGURE_PATHS) as FigureQuestion[]).map(
    (name): Operation => ({
      method: "get",
      path: `/api/v1${FIGURE_PATHS[name]}`,
      tag: SUMMARIES[name][0],
      summary: SUMMARIES[name][1],
      query: FIGURE_QUERIES[name],
      isList: true,
      isFiltered: !UNFILTERED.has(name),
    }),
  ),
  {
    method: "get",
    path: "/api/v1/stages",
    tag: "Stages",
    summary: "People per stage, now or at a past instant, as a whole or by where they came from.",
    query: QUERY_SCHEMAS.stages,
    isList: true,
    isFiltered: true,
  },
  {
    method: "get",
    path: "/api/v1/transitions",
    tag: "Stages",
    summary: "The log of stage changes, page by page, each with its reason.",
    query: QUERY_SCHEMAS.transitions,
    isList: true,
  },
  ...(Object.keys(CREDIT_SUMMARIES) as CreditQuestion[]).map(
    (name): Operation => ({
      method: "get",
      path: `/api/v1${CREDIT_PATHS[name]}`,
      tag: "Sources",
      summary: CREDIT_SUMMARIES[name],
      query: CREDIT_QUERIES[name],
      isList: true,
      isFiltered: name !== "costs",
    }),
  ),
  {
    method: "post",
    path: "/api/v1/costs",
    tag: "Sources",
    summary: "Brings in what was spent: rows as JSON, or the export of an advertising platform as text/csv.",
    body: SENT_COSTS,
  },
  { method: "delete", path: "/api/v1/costs", tag: "Sources", summary: "Removes costs by origin or days." },
  {
    method: "post",
    path: "/api/v1/sites/{site}/reclassify",
    tag: "Sources",
    summary: "What other rules would move in history; with apply, history is classified again by them.",
    body: RECLASSIFY,
  },
  {
    method: "get",
    path: "/api/v1/classify",
    tag: "Sources",
    summary: "Why a visit would be of this channel.",
  },
  {
    method: "get",
    path: "/api/v1/people/{person}",
    tag: "People",
    summary: "One person: timeline, touches, orders, and the reason of every stage change.",
    query: QUERY_SCHEMAS.person.omit({ person: true }),
  },
  {
    method: "get",
    path: "/api/v1/people/{person}/export",
    tag: "People",
    summary: "Everything about a person.",
  },
  { method: "delete", path: "/api/v1/people/{person}", tag: "People", summary: "Erases a person." },
  {
    method: "post",
    path: "/api/v1/segments",
    tag: "People",
    summary: "Saves a segment: a name and a rule of the life-cycle grammar.",
    body: SEGMENT_BODIES.save,
  },
  {
    method: "post",
    path: "/api/v1/segments/preview",
    tag: "People",
    summary: "Whom a rule would choose.",
    body: SEGMENT_BODIES.preview,
    isList: true,
  },
  { method: "delete", path: "/api/v1/segments/{name}", tag: "People", summary: "Removes a segment." },
  {
    method: "post",
    path: "/api/v1/targets",
    tag: "Figures",
    summary: "Sets a goal for a figure and a period, absolute or as a change on the period before.",
    body: SEGMENT_BODIES.target,
  },
  { method: "delete", path: "/api/v1/targets", tag: "Figures", summary: "Removes a goal." },
  {
    method: "get",
    path: "/api/v1/sites",
    tag: "Administration",
    summary: "Sites, their models, the size of the log.",
    query: QUERY_SCHEMAS.sites,
  },
  { method: "post", path: "/api/v1/sites", tag: "Administration", summary: "Adds a site.", body: newSite },
  {
    method: "patch",
    path: "/api/v1/sites/{site}",
    tag: "Administration",
    summary: "Changes the settings that are named.",
    body: siteSettings,
  },
  { method: "get", path: "/api/v1/keys", tag: "Administration", summary: "Access keys." },
  {
    method: "post",
    path: "/api/v1/keys",
    tag: "Administration",
    summary: "Makes an access key; shown once.",
  },
  { method: "delete", path: "/api/v1/keys/{id}", tag: "Administration", summary: "Revokes an access key." },
  { method: "post", path: "/api/v1/models", tag: "Administration", summary: "Applies a life-cycle model." },
  {
    method: "get",
    path: "/api/v1/outbox/targets",
    tag: "Administration",
    summary: "Systems that are told what happens, with what became of their messages.",
  },
  {
    method: "get",
    path: "/api/v1/outbox",
    tag: "Administration",
    summary: "Messages to targets and webhooks, newest first.",
    query: OUTBOX_QUERY,
  },
  {
    method: "get",
    path: "/api/v1/outbox/{target}/{message}",
    tag: "Administration",
    summary: "One message, with what was answered step by step.",
  },
  {
    method: "post",
    path: "/api/v1/outbox/{target}/resend",
    tag: "Administration",
    summary: "Sends again what failed, one message, or everything still kept.",
    body: RESEND_BODY,
  },
  {
    method: "post",
    path: "/api/v1/touchpoints",
    tag: "Sending",
    summary: "Touchpoints from a server: one, an array, NDJSON or a beacon; past times are allowed.",
  },
];

/** A route as the app knows it. */
export interface Route {
  method: string;
  path: string;
}

/** What is described, and what is there without a description. Calls of the command line to its own collector are its own affair. */
export function allOperations(routes: readonly Route[]): Operation[] {
  const known = new Set(OPERATIONS.map(({ method, path }) => `${method} ${path}`));
  const found: Operation[] = [];
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    const method = route.method.toLowerCase();
    const isApi = path.startsWith("/api/v1/") && path !== "/api/v1/control" && !path.includes("*");
    const name = `${method} ${path}`;
    if (!isApi || !isMethod(method) || known.has(name)) continue;
    known.add(name);
    found.push({ method, path, tag: "Other", summary: "" });
  }
  const isThere = (operation: Operation) =>
    routes.some(
      ({ method, path }) =>
        method.toLowerCase() === operation.method && path.replace(/:(\w+)/g, "{$1}") === operation.path,
    );
  return [...OPERATIONS.filter(isThere), ...found.sort((a, b) => (a.path < b.path ? -1 : 1))];
}

const isMethod = (method: string): method is Operation["method"] =>
  ["get", "post", "patch", "put", "delete"].includes(method);
