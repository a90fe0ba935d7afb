/**
 * Prints how long Markov credit takes for twelve channels: `node --conditions=@sojourn/source packages/collector/bench/markov.ts`.
 *
 * Seeded, invented journeys; "thin" has every path its own channels, "long" has slow chains.
 */
import { credit } from "../src/domain/attribution/credit.ts";
import { chainOf, MARKOV_ORDERS } from "../src/domain/attribution/markov.ts";
import type { Path } from "../src/domain/attribution/path.ts";
import { seededRandom } from "../src/domain/attribution/seeded-random.ts";

function inventPaths(count: number, channels: number, meanLength: number, seed: number): Path[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const length = 1 + Math.floor(-Math.log(1 - random()) * (meanLength - 1));
    const names = Array.from({ length }, () => `channel ${Math.floor(random() ** 1.5 * channels)}`);
    const converts = random() < 0.05 + 0.01 * length;
    return converts
      ? { channels: names, conversions: 1, value: Math.floor(random() * 20_000), nulls: 0 }
      : { channels: names, conversions: 0, value: 0, nulls: 1 };
  });
}

for (const { name, count, meanLength } of [
  { name: "usual", count: 100_000, meanLength: 4 },
  { name: "thin", count: 5_000, meanLength: 8 },
  { name: "long", count: 20_000, meanLength: 60 },
]) {
  const paths = inventPaths(count, 12, meanLength, 7);
  for (const order of MARKOV_ORDERS) {
    const { states } = chainOf(paths, order);
    const begin = performance.now();
    const { rows, base } = credit(paths, { model: "markov", order });
    const took = performance.now() - begin;
    console.log(
      `${name}: ${count} paths of about ${meanLength} touches, order ${order}, ${states} states: ${took.toFixed(0)} ms` +
        ` (base ${base!.toFixed(4)}, first ${rows[0]!.channel} ${rows[0]!.conversions.toFixed(2)})`,
    );
  }
}
