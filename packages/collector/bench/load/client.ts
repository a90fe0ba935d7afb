/**
 * The load as a process of its own, so that making it does not slow the collector's threads down.
 *
 * Takes its options as JSON in the first argument, prints one line of JSON at the end.
 */
import { type DriveOptions, drive } from "./drive.ts";

export interface ClientOptions extends DriveOptions {
  warmUpSeconds: number;
  seconds: number;
}

export interface ClientResult {
  /** Acknowledged requests a second while it was measured. */
  rate: number;
  p50: number;
  p99: number;
  max: number;
  statuses: Record<number, number>;
  acknowledged: number[];
}

const options = JSON.parse(process.argv[2]!) as ClientOptions;
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

const load = drive(options);
await sleep(options.warmUpSeconds);
load.restart();
const before = load.acknowledged.reduce((sum, n) => sum + n, 0);
const start = performance.now();
await sleep(options.seconds);
const elapsed = (performance.now() - start) / 1_000;
const after = load.acknowledged.reduce((sum, n) => sum + n, 0);
const result = {
  rate: (after - before) / elapsed,
  p50: load.latency(0.5),
  p99: load.latency(0.99),
  max: load.latency(1),
};
await load.stop();
const whole: ClientResult = {
  ...result,
  statuses: { ...load.statuses },
  acknowledged: [...load.acknowledged],
};
process.stdout.write(`${JSON.stringify(whole)}\n`);
