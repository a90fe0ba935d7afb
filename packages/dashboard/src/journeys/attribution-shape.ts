/** What the page reads of the answers about credit. */

interface Amounts {
  conversions: number;
  value: number;
}

export interface Lengths {
  median: number | null;
  buckets: { from: number; to: number | null; conversions: number }[];
}

export interface Attribution {
  currency: string;
  total: Amounts;
  rows: {
    value: string;
    credit: Partial<Record<string, Amounts>>;
    max: number;
    spread: number;
    assisted: number;
  }[];
  refused: { model: string; reason: string }[];
  markov?: { tooLittleData: boolean };
  paths: { path: string[]; conversions: number; value: number; nulls: number }[];
  pathCount: number;
  lengths: { conversions: number; days: Lengths; touches: Lengths };
}

export interface Conversions {
  currency: string;
  rows: {
    name: string;
    at: string;
    person: string;
    customer: string | null;
    value: number;
    touches: {
      at: string;
      channel: string;
      source: string;
      campaign: string | null;
      rule: string;
      share: number | null;
    }[];
  }[];
  hasMore: boolean;
  next: string | null;
}
