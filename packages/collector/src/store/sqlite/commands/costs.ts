/**
 * Keeps what was spent. A row is known by its day, placement, currency and origin: bringing it again changes nothing, bringing
 * it with another amount corrects it.
 */
import { SojournError } from "../../../errors.ts";
import type { CostView } from "../../port.ts";
import type { HandlersOf } from "./handler.ts";

export interface CostCommands {
  importCosts: {
    take: { site: string; rows: Omit<CostView, "key">[] };
    give: { added: number; changed: number; unchanged: number };
  };
  /** Removes the rows of an origin, or all, on days from..to inclusive. */
  removeCosts: {
    take: { site: string; origin?: string; from?: string; to?: string };
    give: { removed: number };
  };
}

export const costHandlers: HandlersOf<CostCommands> = {
  importCosts(writer, { site: id, rows }) {
    return writer.change(() => {
      const site = writer.sites.byId(id);
      if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
      // uses the unique index of cost
      const select = writer.db.prepare<unknown[], { key: number; amount: number }>(`
        select key, amount from cost
        where site = ? and day = ? and channel = ? and source = ? and medium = ? and campaign = ?
          and currency = ? and origin = ?`);
      const insert = writer.db.prepare(`
        insert into cost (site, day, channel, source, medium, campaign, currency, origin, amount)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
      const update = writer.db.prepare("update cost set amount = ? where key = ?");
      const done = { added: 0, changed: 0, unchanged: 0 };
      for (const { day, channel, source, medium, campaign, currency, origin, amount } of rows) {
        const identity = [site.key, day, channel, source, medium, campaign, currency, origin];
        const known = select.get(...identity);
        if (known !== undefined && known.amount !== amount) {
          update.run(amount, known.key);
          done.changed += 1;
        } else if (known === undefined && amount !== 0) {
          insert.run(...identity, amount);
          done.added += 1;
        } else {
          done.unchanged += 1;
        }
      }
      return done;
    });
  },

  removeCosts(writer, { site: id, origin, from, to }) {
    return writer.change(() => {
      const site = writer.sites.byId(id);
      if (site === undefined) throw new SojournError("not_found", `There is no site "${id}"`);
      const { changes } = writer.db
        .prepare("delete from cost where site = ? and (? is null or origin = ?) and day >= ? and day <= ?")
        .run(site.key, origin ?? null, origin ?? null, from ?? "", to ?? "9999-12-31");
      return { removed: changes };
    });
  },
};
