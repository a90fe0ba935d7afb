/**
 * What the page reads of the API's answers: only the fields it shows. The whole is described at /api/docs.
 */

export interface Sites {
  sites: {
    id: string;
    name: string;
    zone: string;
    currency: string;
    origins: string[];
    model: string;
    settings?: {
      countsRobots: boolean;
      countsSpam: boolean;
      countsOwn: boolean;
      retentionDays?: number;
    };
    models: {
      id: string;
      version: number;
      state: string;
      progress: number;
      stages: string[];
      definition?: unknown;
    }[];
  }[];
  log: { touchpoints: number; newestAt: string | null; bytes: number };
}
export type Site = Sites["sites"][number];

export type Role = "path" | "quiet" | "return";

export interface Stages {
  at: string;
  total: number;
  building?: { version: number; progress: number };
  stages: { stage: string; people: number; role: Role; labels: Record<string, string> }[];
}

export interface Period {
  from: string;
  to: string;
  zone: string;
  isUnfinished: boolean;
}

export type FigureId = "visitors" | "sign_ups" | "new_customers" | "revenue" | "repeat_rate" | "cac";

export interface Figure {
  value: number | null;
  reason?: string;
  unit: string;
  good: "up" | "down" | null;
  isUnfinished: boolean;
  numerator?: number;
  denominator?: number;
  before?: { value: number | null };
  change?: number | null;
}

export interface Kpis {
  period: Period;
  before: Period | null;
  currency: string;
  figures: Record<FigureId, Figure>;
  daily: { days: string[]; figures: Record<FigureId, (number | null)[]> };
  dailyBefore: Record<FigureId, (number | null)[]> | null;
}

export interface Flow {
  period: Period;
  stages: {
    stage: string;
    label: string;
    role: Role;
    start: number;
    end: number;
    entered: number;
    left: number;
    medianDays: number | null;
  }[];
  gross: { from: string | null; to: string; moves: number; people: number; rate: number | null }[];
}

export interface Series {
  period: Period;
  days: string[];
  stages: { stage: string; label: string; role: Role; entered: number[]; left: number[] }[];
}

export interface SourceFigures {
  visitors: number;
  signUps: number;
  customers: number;
  orders: number;
  revenue: number;
  cost?: number | null;
  cac?: number | null;
  roas?: number | null;
}
export interface SourceRow extends SourceFigures {
  value: string;
  before?: SourceFigures | null;
}
export interface Sources {
  period: Period;
  by: string;
  credit: string;
  currency: string;
  rows: SourceRow[];
  total: SourceFigures & { before?: SourceFigures | null };
}

export interface Cohorts {
  every: string;
  currency: string;
  rows: {
    cohort: string;
    from: string;
    people: number;
    isUnfinished: boolean;
    cells: {
      index: number;
      people: number | null;
      share: number | null;
      revenue: number | null;
      orders: number | null;
      soFar?: { people: number; revenue: number; orders: number };
    }[];
  }[];
}

export interface Funnel {
  steps: { kind: string; people: number; reached: number; rate: number | null }[];
  toFirstOrder: {
    people: number;
    medianDays: number | null;
    bins: { fromDays: number; toDays: number | null; people: number; share: number | null }[];
  };
  carts: { currency: string; valueLeft: number; abandonment: number | null };
}

export interface Finding {
  rule: string;
  count: number;
  unit: string;
  text: string;
  reason: string;
  values: Record<string, number | string>;
  action:
    | { kind: "people"; question: string; params: Record<string, string> }
    | { kind: "filter"; filter: { field: string; is: boolean; values: string[] }[] }
    | { kind: "open"; page: string };
}
export interface Findings {
  findings: Finding[];
}

export interface Live {
  at: string;
  onSite: number;
  newestAt: string | null;
}

export interface PersonRow {
  id: string;
  customer: string | null;
  firstAt: string;
  lastAt: string;
  stage: string | null;
  since: string | null;
  channel: string | null;
  source: string | null;
  campaign: string | null;
  lastChannel: string | null;
  orders: number;
  revenue: number;
}
export interface People {
  currency: string;
  rows: PersonRow[];
  total: number | null;
  hasMore: boolean;
  next: string | null;
}
