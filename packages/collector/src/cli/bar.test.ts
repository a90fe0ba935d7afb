/** What a progress line says: how far, how fast, and how long still. */
import { describe, expect, test } from "vitest";
import { openProgress } from "./bar.ts";
import type { Io } from "./command.ts";

function terminal(): { io: Io; clock: { now: number }; last(): string } {
  const clock = { now: 1_000_000 };
  let said = "";
  const io = {
    isTerminal: true,
    now: () => clock.now,
    note: (text: string) => {
      said = text;
    },
  } as unknown as Io;
  return { io, clock, last: () => said.trim() };
}

describe("a progress line", () => {
  test("says how much of how much, the rate, and the time that is left", () => {
    const { io, clock, last } = terminal();
    const progress = openProgress(io, "Moving", 1_000);
    clock.now += 1_000;
    progress.at(0);
    clock.now += 9_000;
    progress.at(250);
    expect(last()).toMatch(/^Moving: █+·+ 25 % 250 of 1000, 25\/s, 30 s left$/);
    clock.now += 30_000;
    progress.at(1_000);
    expect(last()).toMatch(/100 % 1000 of 1000, 25\/s$/);
  });

  test("does not count what was done before it went on", () => {
    const { io, clock, last } = terminal();
    const progress = openProgress(io, "Moving", 100_000);
    clock.now += 500;
    progress.at(90_000);
    clock.now += 9_500;
    progress.at(90_100);
    expect(last()).toMatch(/90 % 90100 of 100000, 10\/s, 17 min left$/);
  });

  test("says hours where there are some, and nothing about time where nothing moves", () => {
    const { io, clock, last } = terminal();
    const progress = openProgress(io, "Moving", 1_000_000);
    clock.now += 1_000;
    progress.at(0);
    expect(last()).toMatch(/0 % 0 of 1000000, 0\/s$/);
    clock.now += 9_000;
    progress.at(1_000);
    expect(last()).toMatch(/, 2 h 47 min left$/);
  });
});
