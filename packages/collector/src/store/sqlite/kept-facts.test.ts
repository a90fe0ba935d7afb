import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { histories } from "../../domain/lifecycle/arbitrary-histories.ts";
import { addTo, type Facts, noFacts } from "../../domain/lifecycle/facts.ts";
import { keptFacts } from "./kept-facts.ts";
import { packState, unpackFacts } from "./person-state.ts";

const PARTS = [
  "n",
  "first",
  "last",
  "visits",
  "advocacy",
  "kinds",
  "runs",
  "orders",
  "answers",
  "traits",
] as const satisfies readonly (keyof Facts)[];

const kept = (facts: Facts): string => packState({ facts, visits: {}, foldedTo: 0, standings: {} });

describe("the facts of a kept state", () => {
  test("are, part by part and in any sequence of asking, what reading all of it gives", () => {
    fc.assert(
      fc.property(
        histories(),
        fc.shuffledSubarray([...PARTS], { minLength: PARTS.length }),
        (history, sequence) => {
          const facts = noFacts();
          for (const t of history) addTo(facts, t);
          const text = kept(facts);
          const [some, all] = [keptFacts(text), unpackFacts(text)];
          for (const part of sequence) expect(some[part]).toEqual(all[part]);
        },
      ),
    );
  });

  test("are not confused by brackets, commas and quotes in what a person told", () => {
    const facts = noFacts();
    const value = '],[{"a\\":1,0]';
    addTo(facts, { id: "a", at: 5, kind: "identify", traits: { note: value } } as never);
    const { traits, n } = keptFacts(kept(facts));
    expect([traits?.[0]?.value, n]).toEqual([value, 1]);
  });
});
