/**
 * Figures as people read them: round where rounding helps, with the exact value kept for whoever asks.
 *
 * One {@link Formats} belongs to a language, a currency and a zone. Money comes in minor units.
 */

/** What stands where a figure does not apply. */
export const NOT_APPLICABLE = "–";

export interface Formats {
  language: string;
  /** Full digits up to 999,999, then 1.24M. */
  count(n: number): string;
  /** Every digit, for titles and tables that are copied. */
  exact(n: number): string;
  /** A share from 0 to 1 as a percentage with one decimal. */
  rate(share: number | null): string;
  /** Whole percent, for tight places. */
  percent(share: number | null): string;
  /** Minor units; without cents from 100 on. */
  money(minor: number | null): string;
  /** A multiple such as 4.2×. */
  times(n: number | null): string;
  decimal(n: number | null): string;
  /** A signed change: relative for counts and money, points for shares. */
  change(now: number, before: number, kind: "relative" | "points"): Change | undefined;
  day(date: string): string;
  dayLong(date: string): string;
  month(date: string): string;
  range(from: string, to: string): string;
  /** Instant with date and time in the site's zone. */
  moment(iso: string): string;
  time(iso: string): string;
  /** "2 s", "5 min", "3 h", "4 days" since an instant. */
  ago(ms: number): string;
  duration(days: number): string;
}

/** From here on a relative change says no more than "many times as much": 1,000 %. */
const HUGE = 10;

export interface Change {
  text: string;
  direction: -1 | 0 | 1;
}

const LOCALES: Record<string, string> = { en: "en-GB", de: "de-DE", da: "da-DK" };

export function formatsFor(language: string, currency: string, zone: string): Formats {
  const locale = LOCALES[language] ?? "en-GB";
  const whole = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 });
  const rate = new Intl.NumberFormat(locale, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const one = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const cents = new Intl.NumberFormat(locale, { style: "currency", currency });
  const noCents = new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: 0 });
  const bigMoney = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    notation: "compact",
    maximumSignificantDigits: 3,
  });
  const minorDigits = cents.resolvedOptions().maximumFractionDigits ?? 2;
  const unit = (name: string, digits = 0) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay: name === "day" ? "long" : "short",
      maximumFractionDigits: digits,
    });
  const date = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
  const day = date({ day: "numeric", month: "short" });
  const dayLong = date({ weekday: "short", day: "numeric", month: "long", year: "numeric" });
  const month = date({ month: "short", year: "numeric" });
  const moment = new Intl.DateTimeFormat(locale, { timeZone: zone, dateStyle: "medium", timeStyle: "short" });
  const time = new Intl.DateTimeFormat(locale, { timeZone: zone, timeStyle: "short" });
  const utc = (text: string): number => Date.parse(`${text.slice(0, 10)}T00:00:00Z`);

  const or = (value: number | null | undefined, write: (value: number) => string): string =>
    value === null || value === undefined || !Number.isFinite(value) ? NOT_APPLICABLE : write(value);

  return {
    language,
    count: (n) => (Math.abs(n) >= 1_000_000 ? short.format(n) : whole.format(Math.round(n * 10) / 10)),
    exact: (n) => whole.format(n),
    rate: (share) => or(share, rate.format),
    percent: (share) => or(share, percent.format),
    money: (minor) =>
      or(minor, (value) => {
        const amount = value / 10 ** minorDigits;
        if (Math.abs(amount) >= 1_000_000) return bigMoney.format(amount);
        return (Math.abs(amount) >= 100 || amount === 0 ? noCents : cents).format(amount);
      }),
    times: (n) => or(n, (value) => `${one.format(value)}×`),
    decimal: (n) => or(n, one.format),
    change(now, before, kind) {
      const difference =
        kind === "points" ? (now - before) * 100 : before === 0 ? Number.NaN : now / before - 1;
      if (!Number.isFinite(difference)) return undefined;
      const size = Math.abs(difference);
      const text =
        kind === "points" ? one.format(size) : size < HUGE ? rate.format(size) : `>${percent.format(HUGE)}`;
      const isNothing = kind === "points" ? size < 0.05 : size < 0.0005;
      return { text, direction: isNothing ? 0 : difference > 0 ? 1 : -1 };
    },
    day: (text) => day.format(utc(text)),
    dayLong: (text) => dayLong.format(utc(text)),
    month: (text) => month.format(utc(text)),
    range: (from, to) =>
      from === to ? day.format(utc(from)) : day.formatRange(utc(from), utc(to)).replaceAll(" ", " "),
    moment: (iso) => moment.format(Date.parse(iso)),
    time: (iso) => time.format(Date.parse(iso)),
    ago(ms) {
      const seconds = Math.max(0, ms / 1_000);
      if (seconds < 60) return unit("second").format(Math.round(seconds));
      if (seconds < 3_600) return unit("minute").format(Math.round(seconds / 60));
      if (seconds < 172_800) return unit("hour").format(Math.round(seconds / 3_600));
      return unit("day").format(Math.round(seconds / 86_400));
    },
    duration(days) {
      if (days < 1 / 24) return unit("minute").format(Math.max(1, Math.round(days * 1_440)));
      if (days < 1) return unit("hour").format(Math.round(days * 24));
      return unit("day", days < 3 ? 1 : 0).format(days < 3 ? Math.round(days * 10) / 10 : Math.round(days));
    },
  };
}
