/**
 * Reads what identity left open, and what else is kept about one person.
 */
import type { FlagView, Reads } from "../../port.ts";
import { flagsOfOrder } from "../../sqlite/order-news.ts";
import { unpackState } from "../../sqlite/person-state.ts";
import { KEYS_PER_OWNER } from "../../sqlite/shipped.ts";
import type { EngineClient } from "../client.ts";
import type { LocalFile } from "../local.ts";
import { whole } from "./chosen.ts";

/** An order with its news, see order-news.ts. */
type OddRow = readonly [
  number: string,
  versionAt: number | null,
  cancelledAt: number | null,
  value: number | null,
  currency: string | null,
  kept: number,
  keptCurrency: string,
];

const ODD_ORDER = "n.number, n.version_at, n.cancelled_at, n.value, n.currency, p.value, p.currency";

const flagsOfRow = ([number, version_at, cancelled_at, value, currency, kept, kept_currency]: OddRow) =>
  flagsOfOrder({ number, version_at, cancelled_at, value, currency, kept, kept_currency });

/** States read at once: a few MB. */
const STATES_AT_ONCE = 5_000;

export function identityReads(
  { rows }: EngineClient,
  local: LocalFile,
): Pick<Reads, "conflicts" | "eachFacts" | "flagCounts" | "flagsOf" | "keptOf"> {
  return {
    async eachFacts(site, most, visit) {
      const [count] = await rows<[number]>("select count() from person where site = {site:UInt64}", {
        site: site.key,
      });
      const people = count?.[0] ?? 0;
      const step = Math.max(1, Math.ceil(people / most));
      let looked = 0;
      for (let after: number[] | undefined = [-1e15, 0, 0]; after !== undefined; ) {
        const found: (readonly [number, number, number, string])[] = await rows<
          [number, number, number, string]
        >(
          `select first_at, first_source, key, state from person
          where site = {site:UInt64} and (key % ${KEYS_PER_OWNER}) % {step:UInt64} = 0
            and (first_at, first_source, key) > (${after.map(whole).join(", ")})
          order by first_at, first_source, key limit ${STATES_AT_ONCE}`,
          { site: site.key, step },
        );
        for (const [, , , state] of found) visit(unpackState(state).facts);
        looked += found.length;
        after = found.length < STATES_AT_ONCE ? undefined : found.at(-1)!.slice(0, 3).map(Number);
      }
      return { people, looked };
    },

    async conflicts(site) {
      const found = await rows<[string, string, number, string | null]>(
        `select c.name, v.id, c.at, o.id from claim_conflict c
        join visitor v on v.key = c.visitor
        left join claim k on k.site = c.site and k.name = c.name
        left join visitor o on o.key = k.person
        where c.site = {site:UInt64} order by c.at, c.name, v.id`,
        { site: site.key },
      );
      return found.map(([name, visitor, at, owner]) => ({ name, visitor, at, owner }));
    },

    async flagCounts(site) {
      const orders = await rows<OddRow>(
        `select ${ODD_ORDER} from order_news n
        join visitor v on v.site = n.site and v.id = n.visitor
        join purchase p on p.person = v.person and p.number = n.number
        where n.site = {site:UInt64} and (n.value > n.least or n.version_at > n.cancelled_at) order by n.number`,
        { site: site.key },
      );
      const [claims] = await rows<[number]>("select count() from claim_conflict where site = {site:UInt64}", {
        site: site.key,
      });
      const counts = new Map<FlagView["flag"], number>();
      for (const { flag } of orders.flatMap(flagsOfRow)) counts.set(flag, (counts.get(flag) ?? 0) + 1);
      if (claims !== undefined && claims[0] > 0) counts.set("visitor-conflict", claims[0]);
      return [...counts].map(([flag, n]) => ({ flag, n }));
    },

    async flagsOf(person) {
      const params = { person: person.key };
      const orders = await rows<OddRow>(
        `select ${ODD_ORDER}
        from (select * from purchase where person = {person:UInt64}) p
        join order_news n on n.site = p.site and n.number = p.number
        where n.value > n.least or n.version_at > n.cancelled_at order by n.number`,
        params,
      );
      // Claims the person made that were not followed, then claims on what is theirs.
      const claims = await rows<[string, number]>(
        `select name, at from (
          select c.name as name, c.at as at, 0 as part, c.visitor as visitor from claim_conflict c
          where c.visitor in (select key from member where person = {person:UInt64})
          union all
          select c.name, c.at, 1, c.visitor from claim_conflict c
          join (select site, name from claim where person = {person:UInt64}) k on k.site = c.site and k.name = c.name
        )
        order by part, visitor, name`,
        params,
      );
      const flags: FlagView[] = orders.flatMap(flagsOfRow);
      for (const [about, at] of claims) flags.push({ flag: "visitor-conflict", about, at });
      return flags.sort((a, b) => a.at - b.at || (a.about < b.about ? -1 : 1));
    },

    async keptOf(person) {
      const contact = local.contactOf(person);
      const states = await rows<[string]>("select state from person where key = {key:UInt64}", {
        key: person.key,
      });
      const messages = await rows<[string]>(
        "select body from message where person = {key:UInt64} order by key",
        { key: person.key },
      );
      return {
        facts: states[0] === undefined ? null : unpackState(states[0][0]).facts,
        messages: messages.map(([body]) => JSON.parse(body) as unknown),
        ...(contact === undefined ? {} : { contact }),
      };
    },
  };
}
