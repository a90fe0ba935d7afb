/**
 * Right now: people on the site in the last five minutes, and the latest changes of stage.
 */

export interface LiveParams {
  site: string;
  model?: string;
}

export interface LiveAnswer {
  site: string;
  model: string;
  at: string;
  /** People with a touchpoint that reached us in the last five minutes. */
  onSite: number;
  /** Touchpoints kept in the last five minutes, robots and own traffic left out. */
  touchpoints: number;
  /** When the newest touchpoint reached us. */
  newestAt: string | null;
  /** The newest twenty, newest first. */
  transitions: {
    at: string;
    person: string;
    customer: string | null;
    from: string | null;
    to: string;
    cause: "event" | "time";
    rule: string;
  }[];
}
