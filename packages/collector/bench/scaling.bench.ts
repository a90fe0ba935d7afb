/**
 * Prints the sizing of docs/scaling.md: what each size needs, and what an hour without the engine and a collector that is
 * replaced after half an hour do to it.
 *
 * Run: npm run bench -- scaling
 */
import { SIZES, simulate } from "./scaling/simulate.ts";

for (const { name, ...plan } of SIZES) {
  const calm = simulate(plan);
  const away = simulate({ ...plan, engineAway: { atHour: 19, minutes: 60 } });
  const gone = simulate({ ...plan, collectorGone: { atHour: 19, minutes: 30 } });
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  console.log(
    [
      `${name} a day: ${plan.shares.length} collectors, ${plan.engine.nodes} nodes of ${plan.engine.coresPerNode} cores, ${plan.engine.copies} copies`,
      `  busiest minute: writer ${percent(calm.writerLoad)}, forwarder ${percent(calm.forwardLoad)}, engine's cores ${percent(calm.engineLoad)}`,
      `  a day: ${calm.gigabytes.filesPerDay.toFixed(1)} GB of files, ${calm.gigabytes.enginePerDay.toFixed(1)} GB in the engine; batches ${calm.gigabytes.spool.toFixed(1)} GB`,
      `  an hour without the engine: ${Math.round(away.mostUnshipped).toLocaleString("en")} wait, caught up after ${away.caughtUpAfterMinutes} min, lost ${Math.round(away.lost)}`,
      `  half an hour without a collector: ${Math.round(gone.mostRefused).toLocaleString("en")} kept by senders, caught up after ${gone.caughtUpAfterMinutes} min, lost ${Math.round(gone.lost)}`,
    ].join("\n"),
  );
}
