/**
 * A line the size of a word: the days of a period, with the period before as a ghost. Decoration; the figure is beside it.
 */

const WIDTH = 64;
const HEIGHT = 24;

type Values = readonly (number | null)[];

/** `isUnfinished`: the last day is still running, and its low figure would look like a fall. */
export function Spark(props: { values: Values; before?: Values | undefined; isUnfinished?: boolean }) {
  const { before } = props;
  const values = props.isUnfinished ? props.values.slice(0, -1) : props.values;
  const known = [...values, ...(before ?? [])].filter((v): v is number => v !== null);
  // Days without a value tear the line; from too many holes nothing can be read.
  if (values.filter((v) => v !== null).length < Math.max(2, values.length * 0.9)) return <span />;
  const high = Math.max(...known);
  const low = Math.min(...known, 0);
  const line = pathOf(values, low, high);
  const end = line.points.at(-1)!;
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {before !== undefined && (
        <path d={pathOf(before, low, high).d} fill="none" stroke="var(--line)" stroke-width="1.25" />
      )}
      <path d={line.d} fill="none" stroke="var(--ink3)" stroke-width="1.25" stroke-linejoin="round" />
      <circle cx={end[0]} cy={end[1]} r="2" fill="var(--ink)" />
    </svg>
  );
}

/** Long periods are drawn as means of neighbouring days, so that the line stays readable. */
const MOST_POINTS = 32;

function pathOf(values: Values, low: number, high: number): { d: string; points: [number, number][] } {
  const size = Math.ceil(values.length / MOST_POINTS);
  const grouped: (number | null)[] = [];
  for (let i = 0; i < values.length; i += size) {
    const part = values.slice(i, i + size).filter((v): v is number => v !== null);
    grouped.push(part.length === 0 ? null : part.reduce((a, b) => a + b, 0) / part.length);
  }
  const step = (WIDTH - 4) / Math.max(1, grouped.length - 1);
  const points: [number, number][] = [];
  let d = "";
  let isBroken = true;
  grouped.forEach((value, i) => {
    if (value === null) {
      isBroken = true;
      return;
    }
    const share = high === low ? 0.5 : (value - low) / (high - low);
    const point: [number, number] = [round(1 + i * step), round(22 - share * 20)];
    points.push(point);
    d += `${isBroken ? "M" : "L"}${point[0]} ${point[1]}`;
    isBroken = false;
  });
  return { d, points };
}

const round = (n: number): number => Math.round(n * 10) / 10;
