/**
 * Chooses people by a filter: their keys go into a temporary table of the reader's own, which figures are then narrowed by.
 */
import type { SiteView, Who } from "../../port.ts";
import type { Db } from "../open.ts";

export interface Chosen {
  /** A statement that is asked with or without a choice; `%who(x)` in its text becomes the test of column x. Parameters may be numbered. */
  prepare<Args extends unknown[], Row>(sql: string): Narrowed<Args, Row>;
}

export interface Narrowed<Args extends unknown[], Row> {
  get(site: SiteView, who: Who | null, ...args: Args): Row | undefined;
  all(site: SiteView, who: Who | null, ...args: Args): Row[];
}

export function openChosen(db: Db): Chosen {
  db.exec("create temp table chosen (person integer primary key)");
  const clear = db.prepare("delete from temp.chosen");
  // Lists come as JSON; a part that is not asked for is null and holds for everybody.
  // uses person_by_first, whole: it holds all that is asked
  const bySource = db.prepare<[number, string]>(`
    insert into temp.chosen select p.key from person p
    where p.site = ? and p.first_source in (select value from json_each(?)) order by p.key`);
  const everybody = db.prepare<[number]>("insert into temp.chosen select key from person where site = ?");
  const landing = `coalesce((
    select g.path from touch t join page g on g.key = t.page
    where t.person = chosen.person order by t.at, t.seq limit 1
  ), '')`;
  const dropLanding = {
    is: db.prepare<[string]>(
      `delete from temp.chosen where ${landing} not in (select value from json_each(?))`,
    ),
    not: db.prepare<[string]>(`delete from temp.chosen where ${landing} in (select value from json_each(?))`),
  };
  const stage = `coalesce((select s.stage from person_stage s where s.model = ? and s.person = chosen.person), -1)`;
  const dropStage = {
    is: db.prepare<[number, string]>(
      `delete from temp.chosen where ${stage} not in (select value from json_each(?))`,
    ),
    not: db.prepare<[number, string]>(
      `delete from temp.chosen where ${stage} in (select value from json_each(?))`,
    ),
  };
  const dropPeople = {
    is: db.prepare<[string]>("delete from temp.chosen where person not in (select value from json_each(?))"),
    not: db.prepare<[string]>("delete from temp.chosen where person in (select value from json_each(?))"),
  };

  let held: { site: number; who: Who; version: number } | undefined;

  /** Fills the table, unless it holds this very choice of this state of the file already. */
  const choose = (site: SiteView, who: Who): void => {
    const version = db.pragma("data_version", { simple: true }) as number;
    if (held?.who === who && held.site === site.key && held.version === version) return;
    held = undefined;
    clear.run();
    if (who.firstSources === undefined) everybody.run(site.key);
    else bySource.run(site.key, JSON.stringify(who.firstSources));
    for (const { is, values } of who.landings ?? [])
      dropLanding[is ? "is" : "not"].run(JSON.stringify(values));
    for (const { model, is, values } of who.stages ?? []) {
      const places = values.map((value) => model.model.stages.indexOf(value));
      dropStage[is ? "is" : "not"].run(model.key, JSON.stringify(places));
    }
    for (const { is, keys } of who.people ?? []) dropPeople[is ? "is" : "not"].run(JSON.stringify(keys));
    held = { site: site.key, who, version };
  };

  return {
    prepare<Args extends unknown[], Row>(sql: string): Narrowed<Args, Row> {
      const make = (test: (column: string) => string) =>
        db.prepare<Args, Row>(sql.replace(/%who\(([\w.]+)\)/g, (_, column: string) => test(column))).raw();
      const all = make(() => "1");
      const some = make((column) => `${column} in (select person from temp.chosen)`);
      const narrowed = (site: SiteView, who: Who | null) => {
        if (who === null) return all;
        choose(site, who);
        return some;
      };
      // better-sqlite3 13 takes values for ?1, ?2 … only as an object with those names.
      const isNumbered = /\?\d/.test(sql);
      const bound = (args: Args): Args =>
        isNumbered
          ? ([Object.fromEntries(args.map((value, place) => [place + 1, value]))] as unknown[] as Args)
          : args;
      return {
        get: (site, who, ...args) => narrowed(site, who).get(...bound(args)),
        all: (site, who, ...args) => narrowed(site, who).all(...bound(args)),
      };
    },
  };
}
