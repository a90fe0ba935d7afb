/**
 * A past with everything that can go wrong in one: late, doubled, merged, refunded and future touchpoints, people who asked to
 * be forgotten, decisions of operators, two models, costs, robots, a second site.
 */
import { presetModel } from "../../packages/collector/src/domain/lifecycle/presets.ts";
import { noteOrderNews } from "../../packages/collector/src/store/sqlite/order-news.ts";
import { retain } from "../../packages/collector/src/store/sqlite/retention.ts";
import { openRetired } from "../../packages/collector/src/store/sqlite/retired.ts";
import { arbitraryPast, DAY_MS, PAST_START } from "../../packages/collector/test/arbitrary-past.ts";
import { beacon } from "../../packages/collector/test/house.ts";
import type { Pair } from "./pair.ts";

export interface Past {
  seed: number;
  arrivals: number;
  people: number;
  /** Ships at random in the middle, so that batches end anywhere. */
  shipsBetween: boolean;
}

/** When questions are asked: after the last arrival, and before the latest touchpoints from clocks that are ahead. */
export const PAST_DAYS = 300;
export const NOW = PAST_START + (PAST_DAYS + 40) * DAY_MS;

const RECEIVER = "https://mail.example/hooks";

/** Lives through the past in the file, and ships it. */
export async function liveThrough(pair: Pair, past: Past): Promise<void> {
  const { writer, change, forwarder } = pair;
  change("addSite", { id: "shop", settings: { zone: "Europe/Berlin" }, at: PAST_START });
  change("applyModel", { site: "shop", model: presetModel("customer-base")!, at: PAST_START });
  activate(pair);
  change("addWebhook", {
    id: "hook",
    site: "shop",
    url: RECEIVER,
    events: [],
    secret: "whsec_c2VjcmV0c2VjcmV0c2VjcmV0",
    at: PAST_START,
  });
  let n = 0;
  for (const arrival of arbitraryPast({
    seed: past.seed,
    arrivals: past.arrivals,
    people: past.people,
    merges: true,
    days: PAST_DAYS,
  })) {
    writer.ingest([arrival]);
    n += 1;
    if (n % 97 === 0) pair.settle(arrival.receivedAt);
    if (past.shipsBetween && n % Math.ceil(past.arrivals / 5) === 0) await forwarder.drain();
    if (n === Math.floor(past.arrivals / 2)) {
      decide(pair, arrival.receivedAt);
      activate(pair);
    }
  }
  pair.settle(NOW);
  forget(pair);
  // Refused: a time that nobody lived in.
  writer.ingest([
    {
      door: "browser",
      receivedAt: NOW - 120_000,
      body: beacon("visitor-0-0", NOW - 120_000, [{ kind: "page_view", at: -5 }]),
    },
    { door: "browser", receivedAt: NOW - 120_000, body: "{" },
  ]);
  // Somebody whose clock is a year ahead, and a site of which nothing is known but one visit.
  const { receivedAt } = { receivedAt: NOW - 60_000 };
  change("addSite", { id: "blog", settings: { zone: "America/New_York" }, at: PAST_START });
  const view = { kind: "page_view", visit: true, url: "https://blog.example/?utm_source=x&utm_medium=email" };
  writer.ingest([{ door: "browser", receivedAt, body: beacon("reader-1", receivedAt, [view], "blog") }]);
  const ahead = {
    kind: "purchase",
    order: "future",
    value: "10.00",
    currency: "EUR",
    at: receivedAt + 2 * 3_600_000,
  };
  writer.ingest([{ door: "browser", receivedAt, body: beacon("visitor-ahead", receivedAt, [ahead]) }]);
  pair.settle(NOW);
  await forwarder.drain();
}

/** Lets models that were just applied reach everybody; the versions before them retire, and their rows go. */
function activate({ writer }: Pair): void {
  for (const site of writer.sites.all()) {
    for (const { key, id, state } of site.models) {
      if (state !== "building") continue;
      let last: number | undefined = 0;
      while (last !== undefined) {
        const after: number = last;
        last = writer.changeSettled(() =>
          writer.projector.addModel(site.key, key, after, 100, writer.projectedTo()),
        );
      }
      writer.change(() => {
        writer.sites.setModelState(key, "active");
        for (const before of site.models) {
          if (before.id === id && before.key !== key) writer.sites.setModelState(before.key, "retired");
        }
      });
    }
  }
  const retired = openRetired(writer.db);
  while (writer.change(() => retired.clear()));
}

/** How long the site keeps touchpoints once {@link retire} ran. */
const KEPT_DAYS = 200;

/** Removes what is older; what it adds up to stays. */
export async function retire(pair: Pair): Promise<void> {
  pair.change("updateSite", { id: "shop", settings: { retentionDays: KEPT_DAYS } });
  while (retain(pair.writer, NOW).hasMore);
  await pair.forwarder.drain();
}

/** What operators do in the middle of it all. */
function decide({ change, writer }: Pair, at: number): void {
  const day = (n: number): string => new Date(PAST_START + n * DAY_MS).toISOString().slice(0, 10);
  const row = {
    channel: "",
    source: "newsletter",
    medium: "email",
    campaign: "may",
    currency: "EUR",
    origin: "ads.csv",
  };
  change("importCosts", {
    site: "shop",
    rows: [
      { ...row, day: day(100), amount: 12_345 },
      { ...row, day: day(101), amount: 700 },
      { ...row, day: day(101), source: "elsewhere", amount: 9_999 },
      { ...row, day: day(120), channel: "Paid Search", source: "google", medium: "cpc", amount: 100 },
    ],
  });
  change("importCosts", { site: "shop", rows: [{ ...row, day: day(100), amount: 12_346 }] });
  const rule = JSON.stringify({ when: ["orders", ">=", 2] });
  change("saveSegment", { site: "shop", name: "twice \u{1f6d2} bought", rule, at });
  change("setTarget", { site: "shop", figure: "orders", period: "2025-07", goal: 0.1 + 0.2 });
  // The shop says again what an order is worth, and that another one came back.
  writer.change(() => {
    for (let person = 0; person < 8; person++) {
      const number = `${person}-1`;
      const said = { number, visitor: `visitor-${person}-0` };
      noteOrderNews(writer.db, "shop", [
        { ...said, version: { at: at - 5_000, value: 1_000, currency: "EUR" }, cancelledAt: at - 2_000 },
        { ...said, version: { at, value: 99_000, currency: "EUR" } },
      ]);
    }
  });
  change("unlink", { site: "shop", visitor: "visitor-3-0", claim: "customer:C3", at });
  // A second version of a model, with another limit, built from what is known by now.
  const model = presetModel("customer-base")!;
  change("applyModel", { site: "shop", model: { ...model, rules: model.rules.slice(1) }, at });
}

/** Two people ask to be forgotten. */
function forget({ change, writer }: Pair): void {
  for (const person of ["visitor-1-0", "C2"]) {
    const site = writer.sites.byId("shop")!.key;
    const isKnown = writer.db
      .prepare(
        "select 1 from visitor where site = ?1 and id = ?2 union select 1 from claim where site = ?1 and name = 'customer:' || ?2",
      )
      .get({ 1: site, 2: person });
    if (isKnown !== undefined) change("forgetPerson", { site: "shop", person, at: NOW });
  }
}
