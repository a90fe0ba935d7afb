import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelRules } from "./channel.ts";
import { CHANNELS, classify, isSpamReferrer, type SourceDecision, TABLES_VERSION } from "./classify.ts";
import { SOURCE_TABLES } from "./host-table.ts";
import { APPS, REFERRERS } from "./referrers.data.ts";
import { TAGGED } from "./tagged.data.ts";
import { WORKED_EXAMPLES } from "./worked-examples.data.ts";

const SITE = "https://www.kettle-and-cup.example/";
const inShort = (d: SourceDecision) => `${d.source} | ${d.medium} | ${d.channel}`;
const from = (referrer: string, page = SITE) => classify({ url: page, referrer });

describe("worked examples", () => {
  test.each(WORKED_EXAMPLES)("$name", ({ url, referrer, source, medium, channel, campaign, flag }) => {
    const decision = classify({ url, referrer });
    expect(inShort(decision)).toBe(`${source} | ${medium} | ${channel}`);
    if (campaign !== undefined) expect(decision.campaign).toBe(campaign);
    if (flag !== undefined) expect(decision.flags).toContain(flag);
  });
});

describe("referrers", () => {
  const rows = REFERRERS.flatMap(([answer, lines]) =>
    lines.split("\n").flatMap((line) => {
      const [hosts = "", source = ""] = line.split(" = ");
      return hosts.split(" ").map((host) => ({
        host,
        expected: `${source === "*" ? host.replace(/^www\./, "") : source} | ${answer}`,
      }));
    }),
  );

  test.each(rows)("a visit from $host is $expected", ({ host, expected }) => {
    expect(inShort(from(`https://${host}/`))).toBe(expected);
  });

  test.each(APPS)("%s: the app %s is %s", (answer, packageName, source) => {
    expect(inShort(from(`android-app://${packageName}/`))).toBe(`${source} | ${answer}`);
  });

  test("country domains of Google are Google in every country", () => {
    for (const ending of [
      "ac",
      "ad",
      "com.af",
      "co.ao",
      "bt",
      "co.ck",
      "com.cu",
      "dz",
      "com.et",
      "fm",
      "gg",
      "gy",
      "je",
      "kg",
      "co.ls",
      "mk",
      "co.mz",
      "nu",
      "com.om",
      "com.ph",
      "rw",
      "st",
      "td",
      "co.tz",
      "com.uy",
      "co.uz",
      "vu",
      "ws",
      "co.zw",
    ]) {
      expect(inShort(from(`https://www.google.${ending}/`))).toBe("google | organic | Organic Search");
    }
  });

  test.each([
    "",
    "   ",
    "about:blank",
    "null",
    "www.google.com",
    "//www.google.com/",
    "javascript:alert(1)",
    "data:text/html,x",
    "blob:https://www.google.com/1",
    "file:///etc/hosts",
    "ftp://ftp.example/",
    "chrome-extension://abcdef/page.html",
    "https://",
    "https:///",
    "https://%00/",
    "http://[::g]/",
    "http://999.1.1.1/",
    "android-app://",
    "android-app:com.slack",
    "http://localhost/",
    "http://localhost:3000/a",
    "http://app.localhost/",
    "http://intranet/",
    "http://printer.local/",
    "http://nas.lan/",
    "http://box.internal/",
    "http://router.home.arpa/",
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://169.254.1.1/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[::ffff:10.0.0.1]/",
  ])("the referrer %j says nothing", (referrer) => {
    const decision = from(referrer);
    expect(inShort(decision)).toBe("(direct) | (none) | Direct");
    expect(decision.keepsPrevious).toBe(false);
    expect(decision.referrerHost).toBeUndefined();
  });

  test.each([
    ["http://172.15.0.1/", "172.15.0.1"],
    ["http://172.32.0.1/", "172.32.0.1"],
    ["http://100.63.0.1/", "100.63.0.1"],
    ["http://100.128.0.1/", "100.128.0.1"],
    ["http://[2001:db8::1]/", "[2001:db8::1]"],
    ["https://www.com/", "www.com"],
    ["https://www.www.tea.example/", "www.tea.example"],
    ["https://München.example/", "xn--mnchen-3ya.example"],
    ["HTTPS://USER:PASS@WWW.TEA.EXAMPLE.:8443/a?b#c", "tea.example"],
  ])("the referrer %s is the host %s", (referrer, host) => {
    expect(from(referrer)).toMatchObject({ source: host, medium: "referral", referrerHost: host });
  });

  test("caches and translators count as the page they show", () => {
    expect(from("https://www-news--site-example.cdn.ampproject.org/").source).toBe("news-site.example");
    expect(from("https://cdn.ampproject.org/c/s/www.news-site.example/a").source).toBe("news-site.example");
    expect(from("https://en-wikipedia-org.translate.goog/wiki/Tea?_x_tr_sl=en").source).toBe("wikipedia");
    expect(from("https://translate.google.com/translate?u=https://tea.example/a").source).toBe("tea.example");
    expect(from("https://translate.google.com/").source).toBe("translate.google.com");
    expect(from("https://www-kettle--and--cup-example.translate.goog/").keepsPrevious).toBe(true);
    expect(from("https://www-kettle--and--cup-example.cdn.ampproject.org/").rule).toBe("self-referral");
    // A site read through a translator links to itself there.
    const translated = "https://www-kettle--and--cup-example.translate.goog/";
    expect(from(translated, `${translated}cart`).keepsPrevious).toBe(true);
    expect(from("https://www.google.com/", translated).source).toBe("google");
  });
});

describe("returns", () => {
  test.each([
    ["https://www.kettle-and-cup.example/cart", "self-referral"],
    ["https://kettle-and-cup.example/", "self-referral"],
    ["http://blog.kettle-and-cup.example:8080/", "self-referral"],
    ["https://www.paypal.com/checkout", "payment-return"],
    ["https://checkout.stripe.com/", "payment-return"],
    ["https://hooks.stripe.com/", "payment-return"],
    ["https://pay.klarna.com/", "payment-return"],
    ["https://secure.payu.com/", "payment-return"],
    ["https://www.sofort.com/", "payment-return"],
    ["https://live.adyen.com/", "payment-return"],
    ["https://www.mollie.com/", "payment-return"],
    ["https://pay.amazon.com/", "payment-return"],
    ["https://pay.google.com/", "payment-return"],
    ["https://products.mobilepay.dk/", "payment-return"],
    ["https://centinelapi.cardinalcommerce.com/", "payment-return"],
    ["https://secure7.arcot.com/", "payment-return"],
    ["android-app://com.paypal.android.p2pmobile/", "payment-return"],
    ["https://3dsecure.some-bank.example/", "payment-return"],
    ["https://accounts.google.com/", "login-return"],
    ["https://accounts.google.de/", "login-return"],
    ["https://appleid.apple.com/", "login-return"],
    ["https://login.microsoftonline.com/", "login-return"],
    ["https://login.live.com/", "login-return"],
    ["https://tenant.eu.auth0.com/", "login-return"],
    ["https://passport.yandex.ru/", "login-return"],
  ])("coming back from %s keeps the source of the visit (%s)", (referrer, rule) => {
    const decision = from(referrer);
    expect(decision).toMatchObject({
      source: "(direct)",
      medium: "(none)",
      channel: "Direct",
      rule,
      keepsPrevious: true,
    });
    expect(decision.evidence.source).toContain(decision.referrerHost);
  });

  test("a lookalike of a payment service is an ordinary referral", () => {
    expect(inShort(from("https://notpaypal.com/"))).toBe("notpaypal.com | referral | Referral");
    expect(inShort(from("https://paypal.com.evil.example/"))).toBe(
      "paypal.com.evil.example | referral | Referral",
    );
  });

  test("two shops on one platform are two sites", () => {
    const page = "https://tea.myshopify.com/";
    expect(from("https://tea.myshopify.com/cart", page).keepsPrevious).toBe(true);
    expect(inShort(from("https://coffee.myshopify.com/", page))).toBe(
      "coffee.myshopify.com | referral | Referral",
    );
    expect(from("https://other.github.io/", "https://mine.github.io/").keepsPrevious).toBe(false);
  });

  test("the site's own list makes further hosts its own, below it too, and no lookalike", () => {
    const siteHosts = ["https://WWW.Kettle.Shop:443/", "pay.partner.example"];
    const own = (referrer: string) => classify({ url: SITE, referrer }, { siteHosts }).keepsPrevious;
    expect(own("https://kettle.shop/")).toBe(true);
    expect(own("https://blog.kettle.shop/")).toBe(true);
    expect(own("https://pay.partner.example/")).toBe(true);
    expect(own("https://partner.example/")).toBe(false);
    expect(own("https://notkettle.shop/")).toBe(false);
    expect(
      classify({ url: SITE, referrer: "https://kettle.shop.evil.example/" }, { siteHosts }).keepsPrevious,
    ).toBe(false);
    expect(
      classify({ url: SITE, referrer: "https://a.example/" }, { siteHosts: ["", "::"] }).keepsPrevious,
    ).toBe(false);
  });

  test("a site under test on localhost or in an intranet knows its own pages", () => {
    expect(from("http://localhost:5173/a", "http://localhost:5173/b").keepsPrevious).toBe(true);
    expect(from("http://10.0.0.5/a", "http://10.0.0.5/b").keepsPrevious).toBe(true);
    expect(from("http://203.0.113.9/a", "http://203.0.113.10/b").keepsPrevious).toBe(false);
  });

  test("explicit tags win over a return from payment or sign-in", () => {
    const tagged = `${SITE}?utm_source=crm&utm_medium=email`;
    for (const referrer of ["https://www.paypal.com/", "https://accounts.google.com/"]) {
      expect(from(referrer, tagged)).toMatchObject({
        source: "crm",
        medium: "email",
        channel: "Email",
        keepsPrevious: false,
      });
    }
    expect(inShort(from("https://www.paypal.com/", `${SITE}?utm_source=flyer`))).toBe(
      "flyer | (not set) | Unassigned",
    );
  });

  test("tags on internal links are flagged and ignored while a visit runs, and count when they open one", () => {
    const visit = { url: `${SITE}?utm_source=homepage&utm_medium=banner&utm_campaign=hero`, referrer: SITE };
    const running = classify(visit);
    expect(running).toMatchObject({
      source: "(direct)",
      channel: "Direct",
      keepsPrevious: true,
      flags: ["internal-utm"],
    });
    expect(running.campaign).toBeUndefined();
    expect(classify({ ...visit, opensVisit: true })).toMatchObject({
      source: "homepage",
      medium: "banner",
      keepsPrevious: false,
    });
  });

  test("a click id survives a redirect inside the site", () => {
    expect(inShort(from(SITE, `${SITE}de/?gclid=x`))).toBe("google | cpc | Paid Search");
  });
});

describe("tags and click ids", () => {
  test.each(TAGGED)("%s is %s", (query, answer, ga4Channel) => {
    expect(inShort(classify({ url: SITE + query }))).toBe(answer);
    const strict = classify({ url: SITE + query }, { profile: "ga4" });
    expect(strict.channel).toBe(ga4Channel ?? answer.split(" | ")[2]);
  });

  test("every tag field is kept, and only matching ignores case", () => {
    const query =
      "?utm_source=CRM&utm_medium=Email&utm_campaign=MaySale&utm_term=Blue+Mug&utm_content=Top&utm_id=Id1" +
      "&utm_source_platform=Mailer&utm_creative_format=Hero&utm_marketing_tactic=Winback";
    expect(classify({ url: SITE + query })).toMatchObject({
      source: "crm",
      medium: "email",
      campaign: "MaySale",
      term: "Blue Mug",
      content: "Top",
      id: "Id1",
      platform: "Mailer",
      creativeFormat: "Hero",
      tactic: "Winback",
    });
    const matomo = classify({
      url: `${SITE}?mtm_campaign=May&mtm_kwd=mug&mtm_content=top&mtm_cid=7&mtm_source=crm&mtm_medium=email`,
    });
    expect(matomo).toMatchObject({ campaign: "May", term: "mug", content: "top", id: "7" });
  });

  test.each([
    ["?utm_source=&utm_medium=cpc", "empty-tag"],
    ["?utm_source=null&utm_medium=cpc", "empty-tag"],
    ["?utm_source=x&utm_campaign={{campaign.name}}", "unexpanded-macro"],
    ["?utm_source=x&utm_campaign=__CAMPAIGN_NAME__", "unexpanded-macro"],
    ["?gclid={gclid}", "unexpanded-macro"],
    ["?utm_source=crm&gclid=1", "conflict"],
    ["?utm_source=google&utm_medium=organic&gclid=1", "conflict"],
    ["?utm_source=crm&fbclid=1", "conflict"],
  ])("%s raises %s", (query, flag) => {
    expect(classify({ url: SITE + query }).flags).toContain(flag);
  });

  test.each([
    "?utm_source=google&gclid=1",
    "?utm_source=youtube&gclid=1",
    "?utm_source=ig&fbclid=1",
    "?utm_source=list&mc_cid=1",
    "?gclid=1",
  ])("%s raises nothing", (query) => {
    expect(classify({ url: SITE + query }).flags).toEqual([]);
  });

  test("a bracketed word inside a campaign name is no macro", () => {
    expect(classify({ url: `${SITE}?utm_source=x&utm_campaign=[DE]+Brand` }).campaign).toBe("[DE] Brand");
  });

  test("fields the tags leave out come from the next level", () => {
    const google = "https://www.google.com/";
    expect(inShort(from(google, `${SITE}?utm_medium=cpc`))).toBe("google | cpc | Paid Search");
    expect(from(google, `${SITE}?utm_campaign=spring`)).toMatchObject({
      source: "google",
      medium: "organic",
      campaign: "spring",
    });
    expect(inShort(from("https://mail.google.com/", `${SITE}?utm_source=spring-list`))).toBe(
      "spring-list | email | Email",
    );
    expect(inShort(from("https://www.producthunt.com/", `${SITE}?ref=producthunt`))).toBe(
      "product hunt | referral | Organic Social",
    );
    expect(inShort(from("https://chatgpt.com/", `${SITE}?utm_source=chatgpt.com`))).toBe(
      "chatgpt | ai-assistant | AI Assistant",
    );
  });

  test("a neutral id names the platform, and the referrer of the same house refines it", () => {
    expect(inShort(from("https://l.instagram.com/", `${SITE}?fbclid=x`))).toBe(
      "instagram | referral | Organic Social",
    );
    expect(inShort(from("https://lm.facebook.com/", `${SITE}?fbclid=x`))).toBe(
      "facebook | referral | Organic Social",
    );
    expect(from("https://www.google.com/", `${SITE}?fbclid=x`)).toMatchObject({
      source: "facebook",
      flags: ["conflict"],
    });
    expect(inShort(from("https://www.google.com/", `${SITE}?srsltid=x`))).toBe(
      "google | organic | Organic Search",
    );
  });

  test("click ids are kept as kinds, strongest first, never as values", () => {
    const decision = classify({ url: `${SITE}?fbclid=SECRETVALUE&gclid=SECRETVALUE` });
    expect(decision.clickIds).toEqual(["gclid", "fbclid"]);
    expect(JSON.stringify(decision)).not.toContain("SECRETVALUE");
  });

  test("the ga4 profile names the campaign of an assistant as GA4 does; the default invents none", () => {
    expect(classify({ url: SITE, referrer: "https://claude.ai/" }, { profile: "ga4" }).campaign).toBe(
      "(ai-assistant)",
    );
    expect(from("https://claude.ai/").campaign).toBeUndefined();
  });
});

describe("decisions", () => {
  test("carry the rule, the evidence and the landing path", () => {
    const decision = from("https://www.google.com/", `${SITE}tea/cups?utm_campaign=spring#top`);
    expect(decision).toMatchObject({
      rule: "organic-search",
      landing: "/tea/cups",
      referrerHost: "google.com",
      category: "search",
    });
    expect(decision.evidence).toMatchObject({
      source: "referrer google.com",
      medium: "referrer google.com",
      entry: "Google (search)",
      channel: "search source",
    });
  });

  test("read a bare path, and flag a page that is no address", () => {
    expect(classify({ url: "/thanks?utm_source=crm&utm_medium=email" })).toMatchObject({
      source: "crm",
      landing: "/thanks",
    });
    expect(classify({ url: "tea and cups", referrer: "https://www.google.com/" })).toMatchObject({
      source: "google",
      landing: "",
      flags: ["bad-url"],
    });
    expect(classify({ url: SITE, referrer: "blob:https://x.example/1" }).flags).toEqual(["bad-referrer"]);
  });

  test("mark referrer spam, below a listed host too", () => {
    expect(from("https://semalt.semalt.com/")).toMatchObject({
      category: "spam",
      channel: "Referral",
      flags: ["spam-referrer"],
    });
    expect(isSpamReferrer("darodar.com")).toBe(true);
    expect(isSpamReferrer("www.Forum.Darodar.com.")).toBe(true);
    expect(isSpamReferrer("notdarodar.com")).toBe(false);
    expect(isSpamReferrer("darodar.com.example")).toBe(false);
    expect(isSpamReferrer("")).toBe(false);
  });
});

const hosts = fc.constantFrom(
  ...SOURCE_TABLES.flatMap(({ rows }) => rows.flatMap(([, , places]) => places.split(" ")))
    .filter((p) => !p.startsWith("app:") && !p.includes("*"))
    .map((p) => p.replace(/^=/, "")),
);
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.string().map((s) => `https://${s}/?utm_source=${s}`),
  fc.string().map((s) => `javascript:${s}`),
  fc.ipV6().map((ip) => `http://[${ip}]/`),
  fc.constantFrom(
    "\ud800",
    "https://\udfff.example/?utm_source=\ud800&utm_medium=\udc00",
    "https://a.example/?utm_campaign=%ud800",
  ),
);

describe("for every input", () => {
  test("classify answers with a channel and a rule, and never throws", () => {
    fc.assert(
      fc.property(
        anyText,
        fc.option(anyText),
        fc.constantFrom("default" as const, "ga4" as const),
        (url, referrer, profile) => {
          const decision = classify({ url, referrer }, { profile });
          expect(CHANNELS).toContain(decision.channel);
          expect(
            decision.rule === "unassigned" ||
              decision.keepsPrevious ||
              channelRules(profile).some((r) => r.id === decision.rule),
          ).toBe(true);
          expect(decision.landing.length).toBeLessThanOrEqual(2_048);
          for (const value of Object.values(decision))
            if (typeof value === "string") expect(value.isWellFormed()).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("huge texts are answered too", () => {
    const big = "a".repeat(5_000_000);
    expect(
      classify({ url: `https://x.example/${big}`, referrer: `https://${big}.example/` }).landing.length,
    ).toBe(2_048);
    expect(classify({ url: `https://x.example/?utm_source=${big}` }).source.length).toBe(256);
    expect(classify({ url: big, referrer: big }).channel).toBe("Direct");
    expect(from(`https://${"a.".repeat(2_000)}example/`).source.length).toBeLessThanOrEqual(255);
  });

  test("the spelling of a referrer host does not matter", () => {
    fc.assert(
      fc.property(hosts, fc.integer({ min: 1, max: 65_535 }), (host, port) => {
        const plain = classify({ url: SITE, referrer: `https://${host}/` });
        for (const spelled of [
          host.toUpperCase(),
          `${host}.`,
          `${host}:${port}`,
          `user:secret@${host}`,
          host.startsWith("www.") ? host : `www.${host}`,
        ]) {
          expect(classify({ url: SITE, referrer: `http://${spelled}/path?q=1#f` })).toEqual(plain);
        }
      }),
      { numRuns: 400 },
    );
    expect(from("https://bücher.example/")).toEqual(from("https://xn--bcher-kva.example/"));
  });

  test("a lookalike of a listed host never matches it", () => {
    fc.assert(
      fc.property(hosts, (host) => {
        for (const lookalike of [
          `not${host}`,
          `${host}.evil.example`,
          `${host.replaceAll(".", "-")}.evil.example`,
        ]) {
          const decision = classify({ url: SITE, referrer: `https://${lookalike}/` });
          const parentRow = decision.source !== lookalike;
          // `notsearch.aol.com` lies below `aol.com` and may rightly be its parent's; nothing may be the listed host's own row.
          if (parentRow)
            expect(
              lookalike.endsWith(`.${host.split(".").slice(1).join(".")}`) || lookalike === `not${host}`,
            ).toBe(true);
          else expect(decision.source).toBe(lookalike);
        }
        const evil = classify({ url: SITE, referrer: `https://${host}.evil.example/` });
        expect(inShort(evil).replace(/^.* \| r/, "r")).toMatch(/^(referral \| Referral|.*email \| Email)$/);
      }),
      { numRuns: 400 },
    );
  });

  test("what was tagged is never Direct, and the default never calls an untagged unknown host anything but a referral", () => {
    const word = fc.stringMatching(/^[a-z]{3,12}$/);
    fc.assert(
      fc.property(word, word, (source, medium) => {
        const tagged = classify({ url: `${SITE}?utm_source=${source}&utm_medium=${medium}` });
        expect(tagged.channel).not.toBe("Direct");
        expect(inShort(from(`https://${source}-${medium}.example/`))).toBe(
          `${source}-${medium}.example | referral | Referral`,
        );
      }),
    );
  });
});

describe("the tables", () => {
  test("give each key, each host and each app to one source", () => {
    const keys = new Set<string>();
    const places = new Set<string>();
    for (const { rows } of SOURCE_TABLES) {
      for (const [key, , hostList, aliases] of rows) {
        expect(keys.has(key), key).toBe(false);
        keys.add(key);
        expect(key).toBe(key.toLowerCase());
        for (const place of hostList.split(" ")) {
          expect(place).toMatch(/^(app:[a-z0-9_.]+|=?[a-z0-9-]+(\.[a-z0-9-]+)*\.([a-z0-9-]+|\*))$/);
          expect(place.replace("=", "").startsWith("www."), place).toBe(place === "www.ee");
          expect(places.has(place), place).toBe(false);
          places.add(place);
        }
        for (const alias of aliases?.split(",") ?? []) expect(alias).toBe(alias.trim().toLowerCase());
      }
    }
    expect(keys.size).toBeGreaterThan(1_300);
    expect(TABLES_VERSION).toMatch(/^\d{4}-\d\d-\d\d/);
  });

  test("resolve every key and every alias of a tag to a listed source", () => {
    for (const { rows } of SOURCE_TABLES) {
      for (const [key] of rows) {
        const decision = classify({ url: `${SITE}?utm_source=${encodeURIComponent(key)}` });
        expect(decision.evidence.entry, key).toBeDefined();
      }
    }
  });
});
