/**
 * Chooses people by a filter: their keys go into a temporary table of the reader's own, which figures are then narrowed by.
 */
import type { ModelView, SiteView, Who } from "../../port.ts";
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
  /** The first column alone: for answers of one number a row. */
  numbers(site: SiteView, who: Who | null, ...args: Args): number[];
}

/** People whose touches are fetched at once: memory stays small whatever the number of people. */
const PEOPLE_AT_ONCE = 50_000;

/** Stages as they are stored: their places in the model. */
const placesOf = ({ model, values }: { model: ModelView; values: readonly string[] }): number[] =>
  values.map((value) => model.model.stages.indexOf(value));

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
  const byStage = db.prepare<[number, string]>(`
    insert into temp.chosen select person from person_stage
    where model = ? and stage in (select value from json_each(?)) order by person`);
  const newestPerson = db.prepare<[], number | null>("select max(key) from person").pluck();
  // uses the primary key of touch: (person, at, seq)
  const touched = db
    .prepare<[number, number, number, number], number>(
      "select person * ? + page from touch where person >= ? and person < ? and site = ? order by person, at, seq",
    )
    .pluck();
  const newestPage = db.prepare<[], number | null>("select max(key) from page").pluck();
  const pages = db
    .prepare<[number, string], number>(
      "select key from page where site = ? and path in (select value from json_each(?))",
    )
    .pluck();
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

  /** Keys of all people whose first touch led to one of these pages: one walk over the touches, person by person. */
  const landedOn = (site: SiteView, values: readonly string[]): number[] => {
    const wanted = new Set(pages.all(site.key, JSON.stringify(values)));
    const room = (newestPage.get() ?? 0) + 1;
    const last = newestPerson.get() ?? 0;
    const landed: number[] = [];
    let before = 0;
    for (let start = 1; wanted.size > 0 && start <= last; start += PEOPLE_AT_ONCE) {
      for (const packed of touched.all(room, start, start + PEOPLE_AT_ONCE, site.key)) {
        const person = Math.floor(packed / room);
        if (person === before) continue;
        before = person;
        if (wanted.has(packed - person * room)) landed.push(person);
      }
    }
    return landed;
  };

  /** Puts the people in from whom the other conditions take away; returns which condition that was. */
  const begin = (site: SiteView, who: Who): unknown => {
    if (who.firstSources !== undefined) {
      bySource.run(site.key, JSON.stringify(who.firstSources));
      return who.firstSources;
    }
    const people = who.people?.find(({ is }) => is);
    if (people !== undefined) {
      byKeys.run(JSON.stringify(people.keys), site.key);
      return people;
    }
    const stages = who.stages?.find(({ is }) => is);
    if (stages !== undefined) {
      byStage.run(stages.model.key, JSON.stringify(placesOf(stages)));
      return stages;
    }
    // The empty page is that of people without any touch.
    const landings = who.landings?.find(({ is, values }) => is && !values.includes(""));
    if (landings !== undefined) {
      byKeys.run(JSON.stringify(landedOn(site, landings.values)), site.key);
      return landings;
    }
    everybody.run(site.key);
    return undefined;
  };

  /** Fills the table, unless it holds this very choice of this state of the file already. */
  const choose = (site: SiteView, who: Who): void => {
    const version = db.pragma("data_version", { simple: true }) as number;
    if (held?.who === who && held.site === site.key && held.version === version) return;
    held = undefined;
    clear.run();
    const done = begin(site, who);
    for (const part of who.landings ?? []) {
      if (part === done) continue;
      const { is, values } = part;
      // Where everybody is looked at anyway, one walk over all touches is quicker than a look-up for each person.
      if (done === undefined && !is && !values.includes("")) {
        dropPeople.not.run(JSON.stringify(landedOn(site, values)));
      } else dropLanding[is ? "is" : "not"].run(JSON.stringify(values));
    }
    for (const part of who.stages ?? []) {
      if (part === done) continue;
      dropStage[part.is ? "is" : "not"].run(part.model.key, JSON.stringify(placesOf(part)));
    }
    for (const part of who.people ?? []) {
      if (part !== done) dropPeople[part.is ? "is" : "not"].run(JSON.stringify(part.keys));
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
        numbers(site, who, ...args) {
          const statement = narrowed(site, who);
          try {
            return statement.pluck(true).all(...bound(args)) as unknown as number[];
          } finally {
            statement.raw(true);
          }
        },
      };
    },
  };
}
