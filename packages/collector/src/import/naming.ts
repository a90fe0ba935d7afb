/**
 * Under whose names the orders of a table are kept: the import's own, or those of a live connector that tells the same
 * orders, so that both may tell of one and it counts once.
 */
import { createHash } from "node:crypto";
import type { WireTouchpoint } from "@sojourn/sdk/wire";
import type { ConnectorOptions } from "../connect/connector.ts";
import { visitorName } from "../connect/identify.ts";
import type { EpochMs } from "../domain/touchpoint.ts";
import { touchpointId } from "../ingest/touchpoint-id.ts";

/** Absent: the import's own names. */
export type Naming = Pick<ConnectorOptions, "name" | "customers" | "orderPrefix"> | undefined;

/** Who a row is about, and the order it names. */
export interface Named {
  customer: string | undefined;
  /** SHA-256 of the address. */
  email: string | undefined;
  order: string;
}

/** The id of what a row tells: `kind` and `key` as the connectors have them. */
export const idFor = (naming: Naming, madeAt: EpochMs, kind: string, key: string): string =>
  touchpointId(madeAt, naming?.name ?? "import", kind, key);

/** Who it was, and which order, as a touchpoint says it. */
export function namesFor(
  naming: Naming,
  { customer, email, order }: Named,
): Pick<WireTouchpoint, "customer" | "email" | "aliases" | "order"> & { visitor?: string } {
  const address = email === undefined ? {} : { email };
  if (naming === undefined) {
    // Without a visitor of its own the door makes one of the customer.
    const who = customer === undefined ? { visitor: `email:${email!.slice(0, 48)}` } : { customer };
    return { order, ...who, ...address };
  }
  const number = `${naming.orderPrefix}${order}`;
  return {
    order: number,
    visitor: visitorName(`order:${number}`),
    ...(customer === undefined ? {} : { customer: `${naming.customers}:${customer}` }),
    ...address,
    aliases: [`order:${number}`],
  };
}

const HASH = /^[0-9a-f]{64}$/i;

/** The hash of an address; a hash stays what it is. The address itself goes no further than this line. */
export function addressHash(text: string): string {
  if (HASH.test(text)) return text.toLowerCase();
  return createHash("sha256").update(text.trim().toLowerCase()).digest("hex");
}
