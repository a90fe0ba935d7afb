/**
 * Chooses people by a filter: their keys go into a temporary table of the reader's own, which figures are then narrowed by.
 */
import type { SiteView, Who } from "../../port.ts";
import type { Db } from "../open.ts";

export interface Chosen {
  /**
   * A statement that is asked with or without a choice; `%who(x)` in its text becomes the test of column x. Parameters may be numbered.
   * `%who(+x)` keeps SQLite from walking through the people chosen where a period has fewer rows than they have.
   */
  prepare<Args extends unknown[], Row>(sql: string): Narrowed<Args, Row>;
  /** 1 for every person chosen, by key; null when everybody is. For rows that are counted outside of SQLite. */
  marks(site: SiteView, who: Who | null): Uint8Array | null;
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
  const byKeys = db.prepare<[string, number]>(`
    insert or ignore into temp.chosen
    select p.key from json_each(?) k cross join person p on p.key = k.value where p.site = ?`);
  const keys = db.prepare<[], number>("select person from temp.chosen order by person").pluck();
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

  let held: { site: number; who: Who; version: number; marks?: Uint8Array } | undefined;

  /** Fills the table, unless it holds this very choice of this state of the file already. */
  const choose = (site: SiteView, who: Who): void => {
    const version = db.pragma("data_version", { simple: true }) as number;
    if (held?.who === who && held.site === site.key && held.version === version) return;
    held = undefined;
    clear.run();
    const named = who.people?.find(({ is }) => is);
    if (who.firstSources !== undefined) bySource.run(site.key, JSON.stringify(who.firstSources));
    else if (named !== undefined) byKeys.run(JSON.stringify(named.keys), site.key);
    else everybody.run(site.key);
    for (const { is, values } of who.landings ?? [])
      dropLanding[is ? "is" : "not"].run(JSON.stringify(values));
    for (const { model, is, values } of who.stages ?? []) {
      const places = values.map((value) => model.model.stages.indexOf(value));
      dropStage[is ? "is" : "not"].run(model.key, JSON.stringify(places));
    }
    for (const part of who.people ?? []) {
      if (part === named && who.firstSources === undefined) continue;
      dropPeople[part.is ? "is" : "not"].run(JSON.stringify(part.keys));
    }
    held = { site: site.key, who, version };
  };

  return {
    marks(site, who) {
      if (who === null) return null;
      choose(site, who);
      if (held!.marks === undefined) {
        const all = keys.all();
        // In ascending order, so the last one is the highest.
        held!.marks = new Uint8Array((all.at(-1) ?? 0) + 1);
        for (const person of all) held!.marks[person] = 1;
      }
      return held!.marks;
    },

    prepare<Args extends unknown[], Row>(sql: string): Narrowed<Args, Row> {
      const make = (test: (column: string) => string) =>
        db.prepare<Args, Row>(sql.replace(/%who\((\+?[\w.]+)\)/g, (_, column: string) => test(column))).raw();
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
