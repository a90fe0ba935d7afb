/**
 * Kills a collector fifty times between answering other systems' messages and mapping them, and prints what is missing.
 *
 * `npm run torture -- inbox`, or `npm run torture -- inbox --rounds 200`. Exits with 1 when a promise was broken.
 */
import { parseArgs } from "node:util";
import { surviveKills } from "../../packages/collector/test/connect-kills.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "50" } } });
const { answered, states, purchases, between } = await surviveKills(Number(values.rounds), console.log);
const { waiting = 0, refused = 0, mapped = 0, ignored = 0, unreadable = 0 } = states;
const settled = mapped + ignored + unreadable;
console.log(
  `${values.rounds} kills, ${between} of them with messages that were answered and not mapped yet\n` +
    `${answered} messages answered 200; ${mapped} mapped, ${ignored} ignored, ${unreadable} unreadable\n` +
    `${Math.max(0, answered - settled)} answered and lost, ${waiting} still waiting, ${refused} refused\n` +
    `${purchases - mapped} orders counted twice or not at all`,
);
if (settled < answered || waiting + refused > 0 || purchases !== mapped || between === 0)
  process.exitCode = 1;
