/**
 * The channel of a source: ordered rules as data, first match wins.
 *
 * The table is GA4's default channel group as of 2026 (support.google.com/analytics/answer/9756891). Profile `ga4` is that table
 * strictly; the default profile adds the rules and the conditions marked `own`, where GA4 misleads.
 */
import type { SourceCategory } from "./host-table.ts";

export const CHANNELS = [
  "Direct",
  "Cross-network",
  "Paid Shopping",
  "Paid Search",
  "Paid Social",
  "Paid Video",
  "Display",
  "Paid Other",
  "Organic Shopping",
  "Organic Social",
  "Organic Video",
  "Organic Search",
  "AI Assistant",
  "Referral",
  "Email",
  "Affiliates",
  "Audio",
  "SMS",
  "Mobile Push Notifications",
  "Unassigned",
] as const;
export type Channel = (typeof CHANNELS)[number];

export type ChannelProfile = "default" | "ga4";

/** What the rules look at; texts in lower case. */
export interface ChannelFacts {
  source: string;
  medium: string;
  campaign: string;
  category?: SourceCategory;
  /** Paid by other signs than the medium: the source tag names a platform's ads, or the platform's own ad click id agrees. */
  paidAnyway: boolean;
}

export interface ChannelChoice {
  channel: Channel;
  /** Stable id of the rule that fired. */
  rule: string;
  /** The condition that held, in words. */
  because: string;
}

/** A condition answers with the reason it holds, or `undefined`. */
type Condition = (f: ChannelFacts) => string | undefined;

interface ChannelRule {
  id: string;
  channel: Channel;
  when: Condition;
  /** Conditions of the default profile only, tried after `when`. */
  own?: Condition;
  /** A rule GA4 does not have. */
  onlyDefault?: true;
}

const PAID_MEDIUM = /^(.*cp.*|ppc|retargeting|paid.*)$/s;
const SHOP_CAMPAIGN = /^(.*(([^a-df-z]|^)shop|shopping).*)$/s;
/** A newsletter by its name: `newsletter`, `newsletter-may`, `weekly_newsletter`. */
const NEWSLETTER = /(?:^|[^a-z])newsletters?(?:$|[^a-z])/;

const DISPLAY_MEDIA = new Set(["display", "banner", "expandable", "interstitial", "cpm"]);
const SOCIAL_MEDIA = new Set([
  "social",
  "social-network",
  "social-media",
  "sm",
  "social network",
  "social media",
]);
const EMAIL_WORDS = new Set(["email", "e-mail", "e_mail", "e mail"]);
const REFERRAL_MEDIA = new Set(["referral", "app", "link"]);

const medium = (f: ChannelFacts) => `medium ${f.medium}`;
const of = (category: SourceCategory) => (f: ChannelFacts) =>
  f.category === category ? `${category} source` : undefined;
const isPaid: Condition = (f) => (PAID_MEDIUM.test(f.medium) ? `paid ${medium(f)}` : undefined);
const shops: Condition = (f) =>
  of("shopping")(f) ?? (SHOP_CAMPAIGN.test(f.campaign) ? "campaign names a shop" : undefined);
/** Paid by name or click id, unless the medium tells of another way (an e-mail stays an e-mail). */
const isPaidAnyway: Condition = (f) =>
  f.paidAnyway && !DISPLAY_MEDIA.has(f.medium) && !NON_SITE_MEDIUM.test(f.medium)
    ? "ads by name or click id"
    : undefined;
const NON_SITE_MEDIUM =
  /^(e[-_ ]?mail|affiliates?|audio|podcasts?|sms|.*push|.*mobile.*|.*notification.*|newsletters?)$/s;

const both =
  (first: Condition, second: Condition): Condition =>
  (f) => {
    const a = first(f);
    const b = a === undefined ? undefined : second(f);
    return b === undefined ? undefined : `${a}, ${b}`;
  };
const either =
  (...conditions: readonly Condition[]): Condition =>
  (f) => {
    for (const condition of conditions) {
      const reason = condition(f);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
const mediumIn =
  (words: ReadonlySet<string>): Condition =>
  (f) =>
    words.has(f.medium) ? medium(f) : undefined;
const sourceIn =
  (words: ReadonlySet<string>): Condition =>
  (f) =>
    words.has(f.source) ? `source ${f.source}` : undefined;

const RULES: readonly ChannelRule[] = [
  {
    id: "direct",
    channel: "Direct",
    when: (f) =>
      f.source === "(direct)" && (f.medium === "(none)" || f.medium === "(not set)")
        ? "nothing says where the visit came from"
        : undefined,
  },
  {
    id: "cross-network",
    channel: "Cross-network",
    when: (f) => (f.campaign.includes("cross-network") ? "campaign contains cross-network" : undefined),
  },
  {
    id: "paid-shopping",
    channel: "Paid Shopping",
    when: both(shops, isPaid),
    own: both(shops, isPaidAnyway),
  },
  {
    id: "paid-search",
    channel: "Paid Search",
    when: both(of("search"), isPaid),
    own: both(of("search"), isPaidAnyway),
  },
  {
    id: "paid-social",
    channel: "Paid Social",
    when: both(of("social"), isPaid),
    own: both(of("social"), isPaidAnyway),
  },
  {
    id: "paid-video",
    channel: "Paid Video",
    when: both(of("video"), isPaid),
    own: both(of("video"), isPaidAnyway),
  },
  {
    id: "display",
    channel: "Display",
    when: mediumIn(DISPLAY_MEDIA),
    own: (f) =>
      f.category === "ads" && f.medium === "(not set)" ? "ads source without a medium" : undefined,
  },
  { id: "paid-other", channel: "Paid Other", when: isPaid, own: isPaidAnyway },
  { id: "ai-source", channel: "AI Assistant", when: of("ai"), onlyDefault: true },
  { id: "organic-shopping", channel: "Organic Shopping", when: shops },
  { id: "organic-social", channel: "Organic Social", when: either(of("social"), mediumIn(SOCIAL_MEDIA)) },
  {
    id: "organic-video",
    channel: "Organic Video",
    when: either(of("video"), (f) => (f.medium.includes("video") ? "medium contains video" : undefined)),
  },
  {
    id: "organic-search",
    channel: "Organic Search",
    when: either(of("search"), mediumIn(new Set(["organic"]))),
  },
  { id: "ai-assistant", channel: "AI Assistant", when: mediumIn(new Set(["ai-assistant"])) },
  { id: "referral", channel: "Referral", when: mediumIn(REFERRAL_MEDIA) },
  {
    id: "email",
    channel: "Email",
    when: either(sourceIn(EMAIL_WORDS), mediumIn(EMAIL_WORDS)),
    own: either(of("email"), (f) =>
      NEWSLETTER.test(f.source) || NEWSLETTER.test(f.medium) ? "named newsletter" : undefined,
    ),
  },
  {
    id: "affiliates",
    channel: "Affiliates",
    when: mediumIn(new Set(["affiliate"])),
    own: mediumIn(new Set(["affiliates"])),
  },
  {
    id: "audio",
    channel: "Audio",
    when: mediumIn(new Set(["audio"])),
    own: mediumIn(new Set(["podcast", "podcasts"])),
  },
  { id: "sms", channel: "SMS", when: either(sourceIn(new Set(["sms"])), mediumIn(new Set(["sms"]))) },
  {
    id: "mobile-push",
    channel: "Mobile Push Notifications",
    when: either(
      (f) =>
        f.medium.endsWith("push") || f.medium.includes("mobile") || f.medium.includes("notification")
          ? medium(f)
          : undefined,
      sourceIn(new Set(["firebase"])),
    ),
  },
];

/** The ids of all rules, in the order they are tried, with the channel each gives. */
export function channelRules(profile: ChannelProfile): readonly { id: string; channel: Channel }[] {
  return RULES.filter((r) => profile === "default" || r.onlyDefault === undefined).map(({ id, channel }) => ({
    id,
    channel,
  }));
}

/** The channel of a source under a profile. Total: what nothing matches is Unassigned. */
export function chooseChannel(facts: ChannelFacts, profile: ChannelProfile): ChannelChoice {
  for (const rule of RULES) {
    if (profile === "ga4" && rule.onlyDefault) continue;
    const because = rule.when(facts) ?? (profile === "default" ? rule.own?.(facts) : undefined);
    if (because !== undefined) return { channel: rule.channel, rule: rule.id, because };
  }
  return { channel: "Unassigned", rule: "unassigned", because: "tagged, but no rule matched" };
}
