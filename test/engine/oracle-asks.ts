/**
 * Questions that a second calculation can answer from the touchpoints alone, in a form in which both give the same.
 */
import type { EpochMs } from "../../packages/collector/src/domain/touchpoint.ts";
import type { ModelView, Reads, SiteView, StageCount } from "../../packages/collector/src/store/port.ts";
import { DAY_MS, PAST_START } from "../../packages/collector/test/arbitrary-past.ts";
import type { Oracle } from "./oracle.ts";
import { NOW } from "./past.ts";

export interface OracleAsk {
  name: string;
  /** What an engine says. */
  said(reads: Reads, site: SiteView): Promise<unknown>;
  /** What it should say. */
  meant(oracle: Oracle, site: SiteView): unknown;
}

const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };
/** Instants in the middle of days and at their edges, before everything and after it. */
const INSTANTS: readonly (EpochMs | null)[] = [
  null,
  PAST_START - 1,
  ...[3, 30, 99.7, 100, 151.3, 222, 299].map((day) => PAST_START + day * DAY_MS),
  NOW,
];

const summed = (counts: readonly StageCount[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { stage, people } of counts) if (people !== 0) sums[stage] = (sums[stage] ?? 0) + people;
  return sums;
};

/** Rows that have no sequence of their own, in one. */
const sorted = <Row>(rows: readonly Row[]): Row[] =>
  rows
    .map((row) => [JSON.stringify(row), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, row]) => row);

/** @param models how many models of the site are asked by their stages */
export function oracleAsks(models: number): OracleAsk[] {
  const asks: OracleAsk[] = [];
  for (let place = 0; place < models; place++) {
    const modelOf = (site: SiteView): ModelView =>
      site.models.filter(({ state }) => state === "active")[place]!;
    for (const at of INSTANTS) {
      asks.push({
        name: `people per stage of model ${place + 1} at ${at === null ? "the end" : new Date(at).toISOString()}`,
        said: async (reads, site) => summed(await reads.stageCounts(site, modelOf(site), at)),
        meant: (oracle, site) => oracle.stageCounts(modelOf(site), at),
      });
    }
    asks.push({
      name: `every move of everybody under model ${place + 1}`,
      said: async (reads, site) =>
        sorted(
          (await reads.transitions(site, modelOf(site), ALL)).map(({ person, at, from, to, cause }) => ({
            person,
            at,
            from,
            to,
            cause,
          })),
        ),
      meant: (oracle, site) =>
        sorted(
          oracle
            .people()
            .flatMap((person) => oracle.moves(modelOf(site), person).map((move) => ({ person, ...move }))),
        ),
    });
  }
  asks.push(
    {
      name: "who there is",
      said: async (reads, site) => reads.personKeys(site, 0, 1_000_000),
      meant: (oracle) => oracle.people().sort((a, b) => a - b),
    },
    {
      name: "every order",
      said: async (reads, site) =>
        sorted(
          (await reads.orders(site, ALL)).map(
            ({ person, number, at, value, currency, refunded, voidAt, nth }) => ({
              person,
              number,
              at,
              value,
              currency,
              refunded,
              isCounted: voidAt === null,
              nth,
            }),
          ),
        ),
      meant: (oracle) => sorted(oracle.orders()),
    },
    {
      name: "revenue",
      said: async (reads, site) => {
        const sums: Record<string, number> = {};
        for (const [, , net, currency] of await reads.countedOrders(site, ALL, null)) {
          sums[currency] = (sums[currency] ?? 0) + net;
        }
        return sums;
      },
      meant: (oracle) => oracle.revenue(),
    },
    {
      name: "active days",
      said: async (reads, site) => {
        const kinds = [...KINDS];
        const rows = await reads.activity(site, kinds, -100_000, 100_000);
        return sorted(rows.map(({ kind, day, person, n, firstAt }) => ({ kind, day, person, n, firstAt })));
      },
      meant: (oracle) => sorted(oracle.activity()),
    },
    {
      name: "the timeline of everybody",
      said: async (reads, site) => {
        const people = await reads.people(await reads.personKeys(site, 0, 1_000_000));
        const found: Record<number, unknown> = {};
        for (const person of people) {
          found[person.key] = (await reads.timeline(person)).map(({ touchpoint }) => touchpoint);
        }
        return found;
      },
      meant: (oracle) =>
        Object.fromEntries(oracle.people().map((person) => [person, oracle.timeline(person)])),
    },
  );
  return asks;
}

/** Everything that happens in a random past. */
const KINDS = [
  ...["page_view", "view_item", "add_to_cart", "search", "share", "my_own_kind", "identify", "purchase"],
  ...["refund", "cancel_order", "review", "survey_response", "newsletter_signup", "generate_lead"],
  "support_contact",
];
