/**
 * What both engines are asked: every read of the port and every question of the interface, each in several ways.
 */
import { CREDIT_MODELS } from "../../packages/collector/src/domain/attribution/credit.ts";
import { type Facts, factsToText } from "../../packages/collector/src/domain/lifecycle/facts.ts";
import { presetModel } from "../../packages/collector/src/domain/lifecycle/presets.ts";
import { zoneOf } from "../../packages/collector/src/domain/zone.ts";
import {
  answerQuestion,
  type QuestionName,
  type Questions,
} from "../../packages/collector/src/report/questions.ts";
import type { ModelView, Reads, SiteView, Who } from "../../packages/collector/src/store/port.ts";
import { SOURCE_DIMENSIONS } from "../../packages/collector/src/store/port.ts";
import { DAY_MS, PAST_START } from "../../packages/collector/test/arbitrary-past.ts";
import { NOW, PAST_DAYS } from "./past.ts";

/** Asks one thing; what comes back is compared as it is. */
export interface Ask {
  name: string;
  of(reads: Reads): Promise<unknown>;
}

const day = (n: number): string => new Date(PAST_START + n * DAY_MS).toISOString().slice(0, 10);
const PERIOD = { from: day(60), to: day(200) } as const;
const WEEK = { from: day(100), to: day(107) } as const;
const FILTERS = {
  nobody: [],
  channel: [{ field: "channel", is: true, values: ["Email", "Organic Search"] }],
  landing: [{ field: "landing", is: false, values: ["/", ""] }],
  stage: [{ field: "stage", is: true, values: ["loyalty", "retention", "conversion"] }],
  segment: [{ field: "segment", is: true, values: ["twice \u{1f6d2} bought"] }],
  several: [
    { field: "source", is: false, values: ["newsletter"] },
    { field: "stage", is: false, values: ["reach"] },
    { field: "landing", is: true, values: ["/", "/a", ""] },
  ],
} as const;

type Asked = { [N in QuestionName]: readonly Questions[N]["take"][] };

const filtered = <P extends object>(params: P) =>
  Object.values(FILTERS).map((filter) => ({ ...params, ...(filter.length === 0 ? {} : { filter }) }));

/** Every question by name, so that a new one cannot be left out. */
function questions(people: readonly string[]): Asked {
  const site = "shop";
  const models = [{}, { model: "customer-base" }] as const;
  return {
    conflicts: [{ site }, { site: "blog" }],
    preview: [
      { site, model: presetModel("awareness-advocacy")! },
      { site, model: presetModel("reach-loyalty")! },
    ],
    export: people.map((person) => ({ site, person })),
    carts: filtered({ site, ...PERIOD }),
    cohorts: [...filtered({ site, ...PERIOD, every: "week" as const }), { site, from: day(1), to: day(280) }],
    findings: [...filtered({ site, ...PERIOD }), { site }],
    flow: models.flatMap((model) => filtered({ site, ...PERIOD, ...model })),
    funnel: [
      ...filtered({ site, ...PERIOD }),
      { site, ...PERIOD, steps: ["page_view", "view_item", "add_to_cart", "purchase"] },
      { site, ...PERIOD, steps: ["page_view", "never_seen"] },
    ],
    kpis: [
      ...filtered({ site, ...PERIOD, compare: "previous" as const }),
      { site, ...WEEK, model: "customer-base", window: 60, margin: 0.4 },
      { site },
    ],
    headline: filtered({ site, ...PERIOD }),
    health: [{ site }, { site: "blog" }],
    lapsing: [...filtered({ site, days: 400 }), { site, days: 400, limit: 3, model: "customer-base" }],
    live: [{ site }, { site: "blog" }, { site, model: "customer-base" }],
    people: [
      ...filtered({ site, limit: 7 }),
      { site, search: "visitor-1" },
      { site, search: "C" },
      { site, search: "cart:" },
    ],
    series: [...filtered({ site, ...PERIOD }), { site, ...WEEK, by: "channel" }, { site: "blog" }],
    stays: models.flatMap((model) => filtered({ site, ...PERIOD, ...model })),
    velocity: [
      ...filtered({ site, ...PERIOD }),
      { site, ...PERIOD, a: "reach", b: "conversion", window: 30 },
    ],
    segments: [{ site }],
    segmentPreview: [
      { site, rule: { when: ["orders", ">=", 1] } },
      {
        site,
        rule: {
          when: {
            any: [
              ["visits", ">=", 3],
              ["count", "review", ">=", 1],
            ],
          },
        },
      },
    ],
    rfm: [...filtered({ site }), { site, limit: 5 }],
    scores: [...filtered({ site }), { site, customers: true, limit: 5 }],
    goalFor: [{ site, figure: "orders", period: "2025-07", change: 0.1 }],
    targets: [{ site }],
    value: [...filtered({ site }), { site, horizon: 90, limit: 4 }],
    sites: [],
    stages: [
      { site },
      { site: "blog" },
      ...[30, 100, 151, 299].flatMap((n) => models.map((model) => ({ site, at: day(n), ...model }))),
      { site, at: new Date(PAST_START + 111 * DAY_MS + 12_345_678).toISOString() },
      ...(["channel", "source", "medium", "campaign"] as const).map((by) => ({ site, by })),
      { site, by: "channel", touch: "last" },
      { site, by: "channel", touch: "last", at: day(150) },
      ...filtered({ site, at: day(222) }),
    ],
    attribution: [
      ...SOURCE_DIMENSIONS.map((by) => ({ site, ...PERIOD, by })),
      ...filtered({ site, ...PERIOD }),
      { site, ...PERIOD, conversion: "any_order", lookback: null, conversions: "all" },
    ] as Questions["attribution"]["take"][],
    conversions: [
      ...filtered({ site, ...PERIOD, limit: 20 }),
      { site, ...PERIOD, conversion: "first_order" },
    ] as Questions["conversions"]["take"][],
    touches: [
      ...filtered({ site, ...WEEK, limit: 50 }),
      { site, ...PERIOD, within: [{ by: "channel", value: "Email" }] },
    ] as Questions["touches"]["take"][],
    reclassify: [
      { site },
      {
        site,
        limit: 5,
        rules: [
          { id: "club", when: { field: "referrerHost", is: "blog.example" }, set: { channel: "Affiliates" } },
        ],
      },
    ] as Questions["reclassify"]["take"][],
    costs: [
      { site, ...PERIOD },
      { site, from: day(90), to: day(130), unmatched: true },
    ],
    sources: [
      ...SOURCE_DIMENSIONS.map((by) => ({ site, ...PERIOD, by })),
      ...CREDIT_MODELS.map((credit) => ({ site, ...PERIOD, credit })),
      ...filtered({ site, ...PERIOD, compare: "previous" as const }),
    ] as Questions["sources"]["take"][],
    person: people.flatMap((person) => [
      { site, person },
      { site, person, superseded: true, model: "customer-base" },
      { site, person, at: day(150), knownAt: day(160) },
    ]),
    transitions: [
      { site, ...PERIOD, limit: 50 },
      { site, ...WEEK, entered: "conversion" },
      { site, ...PERIOD, left: "reach", model: "customer-base", limit: 10 },
    ],
  };
}

const NAMES = [0, 3, 4, 7, 11].flatMap((n) => [`visitor-${n}-0`, `visitor-${n}-1`, `C${n}`, `cart:${n}`]);

/** The questions of the interface, each as one thing to ask: all ways to ask, or the first and the last few of each. Refusals are compared too. */
export function interfaceAsks(most = Number.MAX_SAFE_INTEGER): Ask[] {
  const asked = questions([...NAMES, "visitor-1-0", "nobody", "visitor-ahead"]);
  return (Object.keys(asked) as QuestionName[]).flatMap((name) =>
    asked[name]
      .filter((_, place, all) => place < most / 2 || place >= all.length - most / 2)
      .map((params) => ({
        name: `${name} ${JSON.stringify(params)}`.slice(0, 200),
        of: async (reads: Reads) => {
          try {
            return await answerQuestion(reads, name, params as never, NOW);
          } catch (error) {
            const { code, message } = error as { code?: string; message: string };
            if (code === undefined || code === "unavailable") throw error;
            return { refused: code, message };
          }
        },
      })),
  );
}

/** The reads of the port, asked directly. */
export function portAsks(): Ask[] {
  const all = { from: 0, to: Number.MAX_SAFE_INTEGER };
  const range = { from: PAST_START + 60 * DAY_MS, to: PAST_START + 200 * DAY_MS };
  const ranges = Array.from({ length: 120 }, (_, n) => ({
    from: PAST_START + n * 2 * DAY_MS,
    to: PAST_START + (n * 2 + 3) * DAY_MS,
  }));
  const asks: Ask[] = [];
  const ask = (
    name: string,
    of: (reads: Reads, site: SiteView, model: ModelView) => Promise<unknown>,
  ): void => {
    asks.push({
      name,
      of: async (reads) => {
        const site = (await reads.site("shop"))!;
        return of(reads, site, site.models[0]!);
      },
    });
  };
  const askWho = (
    name: string,
    of: (reads: Reads, site: SiteView, model: ModelView, who: Who | null) => Promise<unknown>,
  ): void => {
    for (const [kind, make] of Object.entries(WHO)) {
      ask(`${name} of ${kind}`, async (reads, site, model) =>
        of(reads, site, model, await make(reads, site, model)),
      );
    }
  };
  const everyone = (reads: Reads, site: SiteView) => reads.personKeys(site, 0, 100_000);

  ask("sites", (reads) => reads.sites());
  ask("no site", (reads) => reads.site("nowhere").then((site) => site ?? null));
  const sourceKeys = async (reads: Reads, site: SiteView) =>
    [...(await reads.sources(site)).keys()].sort((a, b) => a - b);
  ask("sources", async (reads, site) => {
    const sources = await reads.sources(site);
    return (await sourceKeys(reads, site)).map((key) => sources.get(key));
  });
  for (const at of [null, range.from, range.to + 12_345, NOW]) {
    ask(`stageCounts at ${at}`, (reads, site, model) => reads.stageCounts(site, model, at));
    ask(`stageCountsByLastTouch at ${at}`, (reads, site, model) =>
      reads.stageCountsByLastTouch(site, model, at),
    );
    askWho(`stageCountsOf at ${at}`, (reads, site, model, who) =>
      reads.stageCountsOf(site, model, at, who ?? {}),
    );
    askWho(`openStays at ${at}`, (reads, site, model, who) =>
      reads.openStays(site, model, at, who).then((stays) => [...stays]),
    );
  }
  ask("stageDeltas", (reads, site, model) => {
    const zone = zoneOf(site.settings.zone);
    return reads.stageDeltas(site, model, zone.dayOf(range.from), zone.dayOf(range.to));
  });
  ask("transitions", (reads, site, model) => reads.transitions(site, model, all));
  ask("transitions by pages", async (reads, site, model) => {
    const first = await reads.transitions(site, model, { ...range, limit: 5 });
    const last = first.at(-1);
    return last === undefined
      ? first
      : reads.transitions(site, model, { ...range, limit: 5, after: [last.at, last.key] });
  });
  ask("flagCounts", (reads, site) => reads.flagCounts(site));
  ask("touches", (reads, site) => reads.touches(site, all));
  for (const withPage of [false, true]) {
    ask(`eachTouch ${withPage ? "with" : "without"} pages`, async (reads, site) => {
      const seen: number[][] = [];
      await reads.eachTouch(site, { ...all, withPage }, (...touch) => seen.push(touch));
      return seen;
    });
  }
  ask("touchColumns", async (reads, site) => reads.touchColumns(await everyone(reads, site), range));
  ask("touchColumns of nobody", (reads) => reads.touchColumns([], range));
  ask("touchPage", async (reads, site) => {
    const keys = (await sourceKeys(reads, site)).slice(0, 3);
    const first = await reads.touchPage(site, { ...range, sources: null, after: [0, 0], limit: 9 });
    const { at, seq } = first.at(-1)!;
    return [first, await reads.touchPage(site, { ...range, sources: keys, after: [at, seq], limit: 9 })];
  });
  ask("rawTouchpoints", async (reads, site) => reads.rawTouchpoints(site, await everyone(reads, site)));
  ask("personKeys", (reads, site) => reads.personKeys(site, 3, 11));
  ask("classification", (reads, site) => reads.classification(site));
  ask("pagePaths", async (reads) => [...(await reads.pagePaths([1, 2, 3, 99]))]);
  askWho("chosenPeople", (reads, site, _model, who) => reads.chosenPeople(site, who ?? {}));
  ask("newPeople", (reads, site) => reads.newPeople(site, range));
  ask("costs", (reads, site) => reads.costs(site, day(1), day(300)));
  ask("touchesOf", async (reads, site) => reads.touchesOf(await everyone(reads, site), range.to));
  ask("orders", (reads, site) => reads.orders(site, all));
  ask("ordersOf", async (reads, site) => reads.ordersOf(await everyone(reads, site)));
  ask("activity", (reads, site) => reads.activity(site, ["purchase", "page_view", "never"], 0, 30_000));
  ask("people", async (reads, site) => reads.people(await everyone(reads, site)));
  for (const name of [...NAMES, "nobody"]) {
    ask(`about ${name}`, async (reads, site, model) => {
      const person = await reads.person(site, name);
      if (person === undefined) return null;
      return {
        person,
        timeline: await reads.timeline(person),
        history: await reads.history(person, model, { superseded: true }),
        standing: await reads.history(person, model, { superseded: false }),
        due: await reads.due(person, model),
        kept: await reads.keptOf(person),
        flags: await reads.flagsOf(person),
        transitions: await reads.transitions(site, model, { ...all, person: person.key }),
      };
    });
  }
  for (const most of [4, 1_000_000]) {
    ask(`eachFacts of ${most}`, async (reads, site) => {
      const seen: unknown[] = [];
      const counts = await reads.eachFacts(site, most, (facts) => seen.push(facts));
      return { counts, seen };
    });
  }
  ask("conflicts", (reads, site) => reads.conflicts(site));
  ask("logSize", async (reads) => ({ ...(await reads.logSize()), bytes: 0 }));

  askWho("peopleCount", (reads, site, _model, who) => reads.peopleCount(site, who));
  askWho("visitorsIn", (reads, site, _model, who) => reads.visitorsIn(site, ranges, who));
  askWho("visitsIn", (reads, site, _model, who) => reads.visitsIn(site, ranges, who));
  askWho("newPeopleIn", (reads, site, _model, who) => reads.newPeopleIn(site, ranges, who));
  const days = ranges.map(({ from, to }) => ({
    from: Math.floor(from / DAY_MS),
    to: Math.floor(to / DAY_MS),
  }));
  askWho("activeIn", (reads, site, _model, who) => reads.activeIn(site, ["purchase", "review"], days, who));
  askWho("activeBeside", (reads, site, _model, who) => reads.activeBeside(site, ["page_view"], days, who));
  askWho("touchpointsIn", (reads, site, _model, who) => reads.touchpointsIn(site, "page_view", days, who));
  askWho("reached", (reads, site, _model, who) =>
    reads.reached(site, ["page_view", "add_to_cart", "purchase", "never"], { from: 0, to: 30_000 }, who),
  );
  askWho("countedOrders", (reads, site, _model, who) => reads.countedOrders(site, all, who));
  askWho("firstOrders", (reads, site, _model, who) =>
    reads
      .firstOrders(site, range, who)
      .then((orders) => [...orders].sort((a, b) => a[0] - b[0] || a[1] - b[1])),
  );
  askWho("secondOrders", async (reads, site, _model, who) => {
    const { gaps, ...rest } = await reads.secondOrders(site, range, who);
    // A list without a sequence of its own.
    return { ...rest, gaps: [...gaps].sort((a, b) => a - b) };
  });
  askWho("placedOrders", (reads, site, _model, who) => reads.placedOrders(site, all, who));
  askWho("orderTotals", (reads, site, _model, who) => reads.orderTotals(site, range.to, who));
  askWho("cartChanges", (reads, site, _model, who) => reads.cartChanges(site, all, who));
  askWho("latestAnswers", (reads, site, _model, who) => reads.latestAnswers(site, "nps", all, who));
  askWho("movesIn", (reads, site, model, who) => reads.movesIn(site, model, ranges.slice(0, 30), who));
  askWho("eachMove", (reads, site, model, who) => reads.eachMove(site, model, range, who));
  askWho("eachMove of leavers", (reads, site, model, who) =>
    reads.eachMove(site, model, range, who, ["reach", "conversion"]),
  );
  askWho("closedStays", (reads, site, model, who) =>
    reads.closedStays(site, model, range, who).then((stays) => [...stays]),
  );
  askWho("passages", (reads, site, model, who) =>
    reads.passages(site, model, "reach", "conversion", range, who),
  );
  askWho("dueIn", (reads, site, model, who) =>
    inWords(reads.dueIn(site, model, { from: 0, to: NOW * 2 }, who)),
  );
  askWho("listPeople", async (reads, site, model, who) => {
    const first = await reads.listPeople(site, model, { who, after: null, limit: 5 });
    return [first, await reads.listPeople(site, model, { who, after: first.at(-1)?.key ?? 1, limit: 5 })];
  });
  for (const beginning of ["visitor-", "C", "ga:", "", "zzz"]) {
    ask(`findPeople ${beginning}`, (reads, site, model) => reads.findPeople(site, model, beginning, 6));
  }
  askWho("factsAfter", (reads, site, _model, who) => inWords(reads.factsAfter(site, 2, 20, who)));
  for (const since of [0, NOW - 5 * 60_000, PAST_START + (PAST_DAYS / 2) * DAY_MS]) {
    ask(`arrivedSince ${since}`, (reads, site) => reads.arrivedSince(site, since));
  }
  for (const most of [5, 100_000])
    ask(`newestTraffic ${most}`, (reads, site) => reads.newestTraffic(site, most));
  ask("refusals", (reads, site) => reads.refusals(site, 0));
  askWho("newestTransitions", (reads, site, model, who) => reads.newestTransitions(site, model, 20, who));
  ask("segments and targets", async (reads, site) => [await reads.segments(site), await reads.targets(site)]);
  return asks;
}

/** Asks that list touchpoints themselves: they have less to list once retention removed what is old. All others are as before. */
export const LISTS_TOUCHPOINTS =
  /^(about|arrivedSince|export|health|newestTraffic|person|rawTouchpoints|reclassify)\b/;

/** Facts may be read when they are first asked for: as text they are compared whole. */
async function inWords<Row extends { facts: Facts }>(found: Promise<readonly Row[]>): Promise<unknown[]> {
  return (await found).map(({ facts, ...row }) => ({ ...row, facts: factsToText(facts) }));
}

/** Ways to choose people. */
const WHO: Readonly<Record<string, (reads: Reads, site: SiteView, model: ModelView) => Promise<Who | null>>> =
  {
    everybody: async () => null,
    "two sources": async (reads, site) => ({
      firstSources: [0, ...(await reads.sources(site)).keys()].sort((a, b) => a - b).slice(0, 3),
    }),
    "no source": async () => ({ firstSources: [] }),
    "landings and stages": async (_reads, _site, model) => ({
      landings: [{ is: true, values: ["/", "/a", ""] }],
      stages: [{ model, is: false, values: [model.model.stages[0]!] }],
    }),
    "not one landing": async () => ({ landings: [{ is: false, values: ["/"] }] }),
    "a list of people": async (reads, site) => ({
      people: [
        { is: true, keys: (await reads.personKeys(site, 0, 1_000)).filter((key) => key % 3 !== 0) },
        { is: false, keys: [4, 5] },
      ],
    }),
    nobody: async () => ({ people: [{ is: true, keys: [] }] }),
  };
