/**
 * Stacked bars per day, gains above the line and losses below it. Long periods are drawn by weeks.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Formats } from "../format.ts";

export interface BarSeries {
  name: string;
  colour: string;
  values: readonly number[];
  isLoss: boolean;
}

const LEFT = 36;
const BOTTOM = 18;
const TOP = 6;
/** Bars thinner than this cannot be told apart; then days are taken together in weeks. */
const THINNEST = 5;

export function DayBars(props: {
  days: readonly string[];
  bars: readonly BarSeries[];
  label: string;
  formats: Formats;
}) {
  const { formats } = props;
  const [width, box] = useWidth(548);
  // Beside a table there is height to use; on a phone a screenful is enough.
  const height = width > 440 ? 356 : 262;
  const { days, bars } = width / props.days.length < THINNEST ? byWeek(props.days, props.bars) : props;
  const n = days.length;
  const sums = (isLoss: boolean): number[] =>
    days.map((_, i) =>
      bars.filter((bar) => bar.isLoss === isLoss).reduce((sum, bar) => sum + (bar.values[i] ?? 0), 0),
    );
  const gains = sums(false);
  const losses = sums(true);
  const step = niceStep(Math.max(1, ...gains) + Math.max(0, ...losses));
  const top = Math.max(step, Math.ceil(Math.max(...gains) / step) * step);
  const low = Math.ceil(Math.max(...losses) / step) * step;
  const y = (value: number): number => TOP + ((top - value) / (top + low)) * (height - TOP - BOTTOM);
  const bar = (width - LEFT) / n;
  const inset = Math.min(1.5, bar * 0.12);
  const lines: number[] = [];
  for (let value = -low; value <= top; value += step) lines.push(value);
  const every = Math.max(1, Math.ceil(n / Math.max(2, Math.floor((width - LEFT) / 92))));
  return (
    <div ref={box}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={props.label}>
        {lines.map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={width} y1={y(value)} y2={y(value)} class={value === 0 ? "zero" : "grid"} />
            <text x={LEFT - 7} y={y(value) + 4} text-anchor="end">
              {value < 0 ? "−" : ""}
              {formats.count(Math.abs(value))}
            </text>
          </g>
        ))}
        {days.map((day, i) => {
          let gained = 0;
          let lost = 0;
          const x = LEFT + i * bar;
          const parts = bars.map((series) => {
            const value = series.values[i] ?? 0;
            const [from, to] = series.isLoss ? [-lost - value, -lost] : [gained, gained + value];
            if (series.isLoss) lost += value;
            else gained += value;
            const high = y(to);
            return value === 0 ? null : (
              <rect
                key={series.name}
                x={x + inset}
                width={Math.max(0.5, bar - 2 * inset)}
                y={high}
                height={Math.max(0.4, y(from) - high - (bar > 8 ? 0.5 : 0))}
                fill={series.colour}
              />
            );
          });
          const tip = [
            formats.dayLong(day),
            ...bars
              .filter((series) => (series.values[i] ?? 0) > 0)
              .map(
                (series) => `${series.isLoss ? "−" : "+"}${formats.count(series.values[i]!)} ${series.name}`,
              ),
          ].join("\n");
          return (
            <g key={day}>
              {parts}
              {(n - 1 - i) % every === Math.min(3, every - 1) && (
                <text x={x + bar / 2} y={height - 2} text-anchor="middle">
                  {formats.day(day)}
                </text>
              )}
              <rect x={x} width={bar} y={TOP} height={height - TOP - BOTTOM} class="hit" data-tip={tip} />
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** 1, 2 or 5 times a power of ten, so that about six lines cover the range. */
export function niceStep(range: number): number {
  const rough = range / 6;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 0.1)));
  const factor = [1, 2, 5, 10].find((f) => f * power >= rough)!;
  return Math.max(1, factor * power);
}

function byWeek(days: readonly string[], bars: readonly BarSeries[]): { days: string[]; bars: BarSeries[] } {
  const starts = days.filter((_, i) => i % 7 === 0);
  return {
    days: starts,
    bars: bars.map((bar) => ({
      ...bar,
      values: starts.map((_, w) => bar.values.slice(w * 7, w * 7 + 7).reduce((a, b) => a + b, 0)),
    })),
  };
}

/** The width an element has, followed as the window changes. */
export function useWidth(first: number): [number, { current: HTMLDivElement | null }] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(first);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(200, Math.round(entry!.contentRect.width))),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [width, box];
}
