/**
 * Which colour a stage has: its place on the path decides, so that any model gets one ordered ramp.
 */
import type { Role } from "./api-shapes.ts";

/** A step between the five colours of the ramp, for models with more or fewer stages. */
function onRamp(index: number, count: number): string {
  const place = count < 2 ? 2 : (index * 4) / (count - 1);
  const low = Math.floor(place);
  const share = Math.round((place - low) * 100);
  if (share === 0) return `var(--p${low})`;
  return `color-mix(in oklab,var(--p${low + 1}) ${share}%,var(--p${low}))`;
}

export function stageColours(stages: readonly { stage: string; role: Role }[]): Map<string, string> {
  const ofRole = (role: Role) => stages.filter((entry) => entry.role === role).map(({ stage }) => stage);
  const path = ofRole("path");
  return new Map([
    ...path.map((stage, i): [string, string] => [stage, onRamp(i, path.length)]),
    ...ofRole("quiet").map((stage, i): [string, string] => [stage, `var(--q${Math.min(i, 2)})`]),
    ...ofRole("return").map((stage): [string, string] => [stage, "var(--w0)"]),
  ]);
}
