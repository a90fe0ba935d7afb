/**
 * Decides where a page view came from: source, medium, campaign and channel, with the rule that fired and the input it saw.
 *
 * Pure and total: any two texts get an answer. Whether the answer becomes a touch is the caller's work.
 */
import { type Channel, type ChannelFacts, type ChannelProfile, chooseChannel } from "./channel.ts";
import type { ClickId } from "./click-ids.ts";
import { type SourceCategory, type SourceEntry, sourceOfName } from "./host-table.ts";
import {
  type Asked,
  MAX_KEY,
  NOTHING_ASKED,
  type Place,
  placeOf,
  readLanding,
  whatTagsSay,
} from "./inputs.ts";
import { matchOperatorRule, type OperatorRule } from "./operator-rules.ts";
import { type Referrer, readReferrer } from "./referrer.ts";
import { readTags } from "./tags.ts";

export { CHANNELS, type Channel } from "./channel.ts";
export { isSpamReferrer, type SourceCategory, TABLES_VERSION } from "./host-table.ts";
export { type OperatorRule, parseOperatorRules } from "./operator-rules.ts";

/** A page view as the browser told it; both texts untouched. */
export interface PageVisit {
  url: string;
  referrer?: string | null;
  /** True when no visit was running. Only then do tags on a link from the site to itself count; otherwise they are flagged. */
  opensVisit?: boolean;
}

export interface SourceOptions {
  profile?: ChannelProfile;
  /** Hosts of the site itself, besides the landing page's own registrable domain. Each covers what is below it. */
  siteHosts?: readonly string[];
  /** Operator rules, as `parseOperatorRules` gives them. They run before the channel table, and leave returns alone. */
  rules?: readonly OperatorRule[];
}

/** Which input fired, by role: `source`, `medium`, `entry`, `channel`, `referrer`, `via`, `clickIds`. Never a click id's value. */
export type Evidence = Readonly<Record<string, string>>;

export interface SourceDecision {
  source: string;
  medium: string;
  campaign?: string;
  term?: string;
  content?: string;
  id?: string;
  platform?: string;
  creativeFormat?: string;
  tactic?: string;
  channel: Channel;
  /** Stable id of the rule that chose the channel; `operator:<id>` for the operator's own. */
  rule: string;
  evidence: Evidence;
  /** The visit keeps its source; a new visit inherits the last non-direct one in the lookback. */
  keepsPrevious: boolean;
  category?: SourceCategory;
  /** Kinds of click ids on the landing page, strongest first. */
  clickIds?: string[];
  /** Data quality: empty-tag, unexpanded-macro, conflict, internal-utm, spam-referrer, bad-url, bad-referrer. */
  flags: readonly string[];
  /** Normalised host or app package. Absent when there is no usable referrer. */
  referrerHost?: string;
  /** Path of the landing page without query and fragment, at most 2,048 code units; empty when the URL cannot be read. */
  landing: string;
}

const MAX_LANDING = 2_048;

/** Where a page view came from. Never throws. */
export function classify(visit: PageVisit, options: SourceOptions = {}): SourceDecision {
  const url = readLanding(visit.url);
  const referrer = readReferrer(visit.referrer);
  const tags = url === undefined ? undefined : readTags(url);
  const flags = new Set(tags?.flags);
  if (url === undefined) flags.add("bad-url");
  if (referrer.kind === "unusable") flags.add("bad-referrer");

  const from = placeOf(referrer, url, options.siteHosts);
  const asked = tags === undefined ? NOTHING_ASKED : whatTagsSay(tags);
  if (from?.category === "spam") flags.add("spam-referrer");

  const returning = from === undefined ? undefined : RETURNS[from.role];
  const internalTags =
    from?.role === "self" && asked.tagged && asked.ids.length === 0 && visit.opensVisit !== true;
  if (internalTags) flags.add("internal-utm");

  const base = baseOf(referrer, asked, url, flags);
  const saysNothingElse = internalTags || (!asked.tagged && asked.ids.length === 0);
  if (from !== undefined && returning !== undefined && saysNothingElse)
    return comeBack(from, returning, base, flags);
  return decide(asked, returning === undefined ? from : undefined, base, flags, options);
}

/** A visitor who was here, and only paid, signed in or clicked on: no source of its own. */
function comeBack(from: Place, returning: Return, base: Base, flags: ReadonlySet<string>): SourceDecision {
  const evidence: Record<string, string> = { source: `referrer ${from.host}`, channel: returning.because };
  if (from.entry !== undefined) evidence.entry = entryText(from.entry);
  if (from.via !== undefined) evidence.via = from.via;
  const kept: SourceDecision = {
    source: "(direct)",
    medium: "(none)",
    channel: "Direct",
    rule: returning.rule,
    evidence,
    keepsPrevious: true,
    ...base,
    flags: [...flags],
  };
  if (from.category !== undefined) kept.category = from.category;
  return kept;
}

interface Return {
  rule: string;
  because: string;
}

const RETURNS: Readonly<Record<Place["role"], Return | undefined>> = {
  self: { rule: "self-referral", because: "the referrer is the site itself" },
  payment: { rule: "payment-return", because: "the referrer is a payment service" },
  login: { rule: "login-return", because: "the referrer is a sign-in page" },
  source: undefined,
};

type Base = Pick<SourceDecision, "landing"> & Partial<SourceDecision>;

/** The fields that do not depend on the decision. Internal tags leave no campaign behind. */
function baseOf(referrer: Referrer, asked: Asked, url: URL | undefined, flags: ReadonlySet<string>): Base {
  const base: Base = { landing: url === undefined ? "" : url.pathname.slice(0, MAX_LANDING) };
  if ((referrer.kind === "web" || referrer.kind === "app") && referrer.host.length <= MAX_KEY)
    base.referrerHost = referrer.host;
  if (asked.ids.length > 0) base.clickIds = asked.ids.map((c) => c.id);
  if (asked.tags !== undefined && !flags.has("internal-utm")) {
    for (const [field, { value }] of asked.tags.fields) {
      if (field !== "source" && field !== "medium") base[field] = value;
    }
  }
  return base;
}

/** Field by field: tag, then click id, then referrer; what stays empty is `(not set)`, or direct when nothing was said at all. */
function decide(
  asked: Asked,
  from: Place | undefined,
  base: Base,
  flags: Set<string>,
  options: SourceOptions,
): SourceDecision {
  const evidence: Record<string, string> = {};
  const id = strongestId(asked, from, flags);
  const source = chooseSource(asked, id, from);
  const medium = chooseMedium(asked, id, source, from);
  evidence.source = source.by;
  evidence.medium = medium.by;
  if (source.entry !== undefined) evidence.entry = entryText(source.entry);
  if (from !== undefined) evidence.referrer = from.host;
  if (from?.via !== undefined) evidence.via = from.via;
  if (base.clickIds !== undefined) evidence.clickIds = base.clickIds.join(" ");

  const profile = options.profile ?? "default";
  // GA4 names the campaign of assistants this way; the default profile does not invent campaigns.
  if (
    profile === "ga4" &&
    medium.value === "ai-assistant" &&
    source.level === "referrer" &&
    base.campaign === undefined
  ) {
    base.campaign = "(ai-assistant)";
  }
  const facts: ChannelFacts = {
    source: source.key,
    medium: medium.value,
    campaign: base.campaign?.toLowerCase() ?? "",
    paidAnyway: source.paid || id?.kind === "paid",
  };
  if (source.category !== undefined) facts.category = source.category;
  const choice = chooseChannel(facts, profile);
  evidence.channel = choice.because;

  const decision: SourceDecision = {
    source: source.key,
    medium: medium.value,
    channel: choice.channel,
    rule: choice.rule,
    evidence,
    keepsPrevious: false,
    ...base,
    flags: [...flags],
  };
  if (source.category !== undefined) decision.category = source.category;
  return options.rules === undefined || options.rules.length === 0
    ? decision
    : applyOperatorRule(decision, options.rules);
}

function applyOperatorRule(decision: SourceDecision, rules: readonly OperatorRule[]): SourceDecision {
  const rule = matchOperatorRule(rules, {
    source: decision.source,
    medium: decision.medium,
    campaign: decision.campaign ?? "",
    referrerHost: decision.referrerHost ?? "",
    landing: decision.landing,
  });
  if (rule === undefined) return decision;
  return {
    ...decision,
    ...rule.set,
    rule: `operator:${rule.id}`,
    evidence: { ...decision.evidence, channel: `operator rule ${rule.id}` },
  };
}

/** The strongest click id that may speak. One that contradicts the tags is silenced and flagged. */
function strongestId(asked: Asked, from: Place | undefined, flags: Set<string>): ClickId | undefined {
  const medium = asked.tags?.fields.get("medium")?.value.toLowerCase();
  let chosen: ClickId | undefined;
  for (const id of asked.ids) {
    if (contradicts(id, asked, medium)) flags.add("conflict");
    else chosen ??= id;
  }
  // A platform's own id found behind another platform's link: the id wins, and the disagreement is worth a look.
  if (chosen?.kind === "neutral" && from?.entry !== undefined && !chosen.family.includes(from.key))
    flags.add("conflict");
  return chosen;
}

function contradicts(id: ClickId, asked: Asked, tagMedium: string | undefined): boolean {
  if (asked.named !== undefined) {
    if (id.family.includes(asked.named.key)) return saysUnpaid(id, tagMedium);
    // A newsletter or a publisher keeps its own name beside the mailer's or the affiliate network's id.
    return id.kind === "paid" || id.kind === "neutral" || asked.named.entry !== undefined;
  }
  return saysUnpaid(id, tagMedium);
}

/** Media that tell of another way than an ad: an ad click id beside one of them was dragged along. */
const UNPAID_MEDIUM =
  /^(organic|referral|link|app|affiliates?|sms|audio|podcasts?|e[-_ ]?mail|newsletters?|sm|social([-_ ](network|media))?|.*push|.*notification.*)$/s;

const saysUnpaid = (id: ClickId, tagMedium: string | undefined) =>
  id.kind === "paid" && tagMedium !== undefined && UNPAID_MEDIUM.test(tagMedium);

interface ChosenSource {
  key: string;
  entry?: SourceEntry;
  category?: SourceCategory;
  paid: boolean;
  level: "tag" | "id" | "referrer" | "none";
  by: string;
}

function chooseSource(asked: Asked, id: ClickId | undefined, from: Place | undefined): ChosenSource {
  if (asked.named !== undefined) {
    const { key, entry, paid } = asked.named;
    return withEntry({ key, paid, level: "tag", by: `tag ${asked.namedBy ?? ""}` }, entry);
  }
  if (id !== undefined) {
    // Instagram, Messenger and Facebook share one click id; the referrer then knows better which of them it was.
    if (id.kind === "neutral" && from !== undefined && id.family.includes(from.key))
      return sourceOfPlace(from);
    return withEntry(
      { key: id.source, paid: false, level: "id", by: `click id ${id.id}` },
      sourceOfName(id.source),
    );
  }
  if (from !== undefined) return sourceOfPlace(from);
  return asked.tagged
    ? { key: "(not set)", paid: false, level: "none", by: "tagged without a source" }
    : { key: "(direct)", paid: false, level: "none", by: "no tag, click id or usable referrer" };
}

function sourceOfPlace(from: Place): ChosenSource {
  const chosen = withEntry(
    { key: from.key, paid: false, level: "referrer", by: `referrer ${from.host}` },
    from.entry,
  );
  if (from.category !== undefined) chosen.category = from.category;
  return chosen;
}

function withEntry(chosen: ChosenSource, entry: SourceEntry | undefined): ChosenSource {
  if (entry === undefined) return chosen;
  chosen.entry = entry;
  if (entry.category !== undefined) chosen.category = entry.category;
  return chosen;
}

function chooseMedium(
  asked: Asked,
  id: ClickId | undefined,
  source: ChosenSource,
  from: Place | undefined,
): { value: string; by: string } {
  const tag = asked.tags?.fields.get("medium");
  if (tag !== undefined) return { value: tag.value.toLowerCase(), by: `tag ${tag.from} "${tag.value}"` };
  if (id?.medium !== undefined) return { value: id.medium, by: `click id ${id.id}` };
  if (from !== undefined && source.level !== "id")
    return { value: naturalMedium(from.category), by: `referrer ${from.host}` };
  if (source.level === "id") return { value: naturalMedium(source.category), by: source.by };
  if (source.category === "ai") return { value: "ai-assistant", by: source.by };
  return asked.tagged
    ? { value: "(not set)", by: "tagged without a medium" }
    : { value: "(none)", by: "no tag, click id or usable referrer" };
}

/** What a visit from such a place is when nobody paid and nobody tagged. */
function naturalMedium(category: SourceCategory | undefined): string {
  if (category === "search") return "organic";
  if (category === "ai") return "ai-assistant";
  if (category === "email") return "email";
  return category === "ads" ? "display" : "referral";
}

function entryText(entry: SourceEntry): string {
  return entry.category === undefined ? entry.name : `${entry.name} (${entry.category})`;
}
