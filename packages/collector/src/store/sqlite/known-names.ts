/**
 * Whether a thing (an order, a ticket) already has the names that a later message gives it.
 */
import { type ClaimName, claimsOf } from "../../domain/identity.ts";
import type { Touchpoint } from "../../domain/touchpoint.ts";
import type { Db } from "./open.ts";
import { siteKeys } from "./seal.ts";

/** What a touchpoint says of who it was. */
type Naming = Pick<Touchpoint, "customer" | "email" | "aliases"> & { visitor: string };

/** Which of these touchpoints claim a name that neither belongs to their visitor's person nor was refused to them. */
export function bringingNames<T extends Naming>(db: Db, siteId: string, touchpoints: readonly T[]): T[] {
  const site = db.prepare<[string], number>("select key from site where id = ?").pluck().get(siteId);
  if (site === undefined) return [];
  const keys = siteKeys(db);
  const selectVisitor = db.prepare<[number, string], { key: number; person: number }>(
    "select key, person from visitor where site = ? and id = ?",
  );
  const selectOwner = db
    .prepare<[number, ClaimName], number>("select person from claim where site = ? and name = ?")
    .pluck();
  const selectRefused = db
    .prepare<[number, number, ClaimName], number>(
      "select 1 from claim_conflict where site = ? and visitor = ? and name = ?",
    )
    .pluck();
  return touchpoints.filter(({ visitor: id, customer, email, aliases }) => {
    const visitor = selectVisitor.get(site, id);
    if (visitor === undefined) return true;
    const said: Touchpoint = {
      id: "",
      at: 0,
      kind: "identify",
      ...(customer === undefined ? {} : { customer }),
      ...(email === undefined ? {} : { email: keys.asKept(site, email) }),
      ...(aliases === undefined ? {} : { aliases }),
    };
    return claimsOf(said, true).some(
      (name) =>
        selectOwner.get(site, name) !== visitor.person &&
        selectRefused.get(site, visitor.key, name) === undefined,
    );
  });
}
