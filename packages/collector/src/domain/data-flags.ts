/**
 * What we know to be doubtful about orders and people, and show rather than guess at. Stable codes.
 */

/**
 * - `order-edited`: the shop's newest version of an order is worth more than the first one, which counts.
 * - `order-revived`: the shop counts an order again that it had cancelled; here it stays cancelled.
 * - `visitor-conflict`: a claim would have made two customers one, so it was not followed.
 */
export const DATA_FLAGS = ["order-edited", "order-revived", "visitor-conflict"] as const;
export type DataFlag = (typeof DATA_FLAGS)[number];
