/** What the page reads of one person's answer. */

export interface Touch {
  channel: string;
  source: string;
  medium: string;
  campaign: string | null;
  rule: string;
  evidence: unknown;
}

export interface StageChange {
  id: string;
  at: string;
  from: string | null;
  to: string;
  cause: "event" | "time";
  rule: string;
  touchpoint: string | null;
  recordedAt: string;
  supersededAt: string | null;
}

export interface Entry {
  at: string;
  receivedAt: string;
  id: string;
  kind: string;
  visitor: string;
  traffic: string;
  marks: string[];
  fields: Record<string, unknown>;
  touch?: Touch;
}

export interface Person {
  id: string;
  customer: string | null;
  visitors: string[];
  claims: string[];
  firstAt: string;
  lastAt: string;
  stage: string | null;
  since: string | null;
  firstTouch: Touch | null;
  lastTouch: Touch | null;
  orders: { order: string; at: string; value: number; currency: string; refunded: number; counts: boolean }[];
  changes: StageChange[];
  timeline: Entry[];
}
