/**
 * The groups the port's questions fall into: each engine answers a group in a file of its own, by the same name.
 */
import type { FigureReads } from "./port.ts";

/** What figures are made of: visits, orders, carts and answers. */
export type Counting = Pick<
  FigureReads,
  | "peopleCount"
  | "visitorsIn"
  | "visitsIn"
  | "newPeopleIn"
  | "activeIn"
  | "activeBeside"
  | "touchpointsIn"
  | "reached"
  | "countedOrders"
  | "firstOrders"
  | "secondOrders"
  | "placedOrders"
  | "orderTotals"
  | "cartChanges"
  | "latestAnswers"
>;

/** People one by one, and what operators saved. */
export type Listing = Pick<
  FigureReads,
  | "listPeople"
  | "findPeople"
  | "factsAfter"
  | "arrivedSince"
  | "newestTraffic"
  | "refusals"
  | "segments"
  | "targets"
>;

/** How people moved between stages: moves, both ends of a period, stays and passages. */
export type Moving = Pick<
  FigureReads,
  | "stageCountsOf"
  | "movesIn"
  | "eachMove"
  | "closedStays"
  | "openStays"
  | "passages"
  | "dueIn"
  | "newestTransitions"
>;
