/**
 * Reads how people moved between stages: moves, both ends of a period, stays and passages.
 */
import type { EpochMs } from "../../../domain/touchpoint.ts";
import type { Moving } from "../../groups.ts";
import type { ModelView, Range, SiteView, Who } from "../../port.ts";
import { unpackFacts } from "../../sqlite/person-state.ts";
import type { EngineClient } from "../client.ts";
import { choose, whole } from "./chosen.ts";
import { TRANSITION_COLUMNS, type TransitionRow, transitionView } from "./stages.ts";

export function flowReads({ rows }: EngineClient): Moving {
  const ask = <Row extends readonly unknown[]>(
    site: SiteView,
    model: ModelView,
    who: Who | null,
    sql: (test: (column: string) => string) => string,
    more: Record<string, unknown> = {},
  ): Promise<Row[]> => {
    const { test, params } = choose(site, who);
    return rows<Row>(sql(test), { ...params, ...more, model: model.key });
  };
  const bounds = ({ from, to }: Range) => ({ from: whole(from), to: whole(to) });
  const stands = "model = {model:UInt64} and superseded_at is null";
  const inRange = `${stands} and at >= {from:Int64} and at < {to:Int64}`;

  const name = (model: ModelView, stage: number): string => model.model.stages[stage]!;
  const nameOrNull = (model: ModelView, stage: number | null) => (stage === null ? null : name(model, stage));

  /** Where each person stood at an instant (null: now), and since when. */
  const standing = (at: EpochMs | null) => (test: (column: string) => string) =>
    at === null
      ? `select person, stage, since from person_stage where model = {model:UInt64} and ${test("person")}`
      : `select person, argMax(to_stage, at) as stage, max(at) as since from transition
        where ${stands} and at <= {until:Int64} and ${test("person")} group by person`;

  return {
    async stageCountsOf(site, model, at, who) {
      const found = await ask<[number, number]>(
        site,
        model,
        who,
        (test) => `select stage, count() from (${standing(at)(test)}) group by stage order by stage`,
        { until: whole(at ?? 0) },
      );
      return found.map(([stage, people]) => ({ stage: name(model, stage), people }));
    },

    async movesIn(site, model, ranges, who) {
      return Promise.all(
        ranges.map(async (range) => {
          const found = await ask<[number | null, number, number, number]>(
            site,
            model,
            who,
            (test) => `
            select from_stage, to_stage, count(), uniqExact(person) from transition
            where ${inRange} and ${test("person")}
            group by from_stage, to_stage order by from_stage nulls first, to_stage`,
            bounds(range),
          );
          return found.map(([was, is, n, people]) => ({
            from: nameOrNull(model, was),
            to: name(model, is),
            moves: n,
            people,
          }));
        }),
      );
    },

    async eachMove(site, model, range, who, leaving) {
      const stages = (leaving ?? []).map((stage) => model.model.stages.indexOf(stage));
      const left =
        leaving === undefined
          ? ""
          : `and person in (select person from transition where ${inRange} and from_stage in {stages:Array(Int16)})`;
      const found = await ask<[number, number | null, number]>(
        site,
        model,
        who,
        (test) => `
        select person, from_stage, to_stage from transition
        where ${inRange} and ${test("person")} ${left} order by at, key`,
        { ...bounds(range), stages },
      );
      return found.map(([person, was, is]) => [person, nameOrNull(model, was), name(model, is)]);
    },

    async closedStays(site, model, range, who) {
      const found = await ask<[number, number]>(
        site,
        model,
        who,
        // The beginning of a stay is the transition before its end, whenever that was.
        (test) => `
        select from_stage, at - began from (
          select person, at, from_stage, to_stage, entry, key,
            max(toNullable(at)) over (
              partition by person order by at range between unbounded preceding and 1 preceding
            ) as began
          from transition where ${stands} and at < {to:Int64} and ${test("person")}
        )
        where at >= {from:Int64} and from_stage is not null
        order by at, to_stage, from_stage, person, entry, key`,
        bounds(range),
      );
      return found.map(([stage, ms]) => [name(model, stage), ms]);
    },

    async openStays(site, model, at, who) {
      const found = await ask<[number, number]>(
        site,
        model,
        who,
        (test) => `select stage, since from (${standing(at)(test)}) order by person`,
        { until: whole(at ?? 0) },
      );
      return found.map(([stage, since]) => [name(model, stage), since]);
    },

    async passages(site, model, from, to, range, who) {
      const { stages } = model.model;
      return ask<[number, number | null]>(
        site,
        model,
        who,
        (test) => `
        select t.at as entered, if(empty(arrayFilter(x -> x >= entered, n.times)), null,
          arrayMin(arrayFilter(x -> x >= entered, n.times))) as moved
        from (
          select person, at, key, from_stage, to_stage from transition
          where ${inRange} and to_stage = {was:Int16} and entry = 1 and ${test("person")}
        ) t left join (
          select person, groupArray(at) as times from transition
          where ${stands} and to_stage = {is:Int16} group by person
        ) n on n.person = t.person
        order by t.at, t.to_stage, t.from_stage nulls first, t.person, t.key`,
        { ...bounds(range), was: stages.indexOf(from), is: stages.indexOf(to) },
      );
    },

    async dueIn(site, model, range, who) {
      const found = await ask<[number, number, number, string]>(
        site,
        model,
        who,
        (test) => `
        select s.person, s.due, s.stage, p.state from person_stage s join person p on p.key = s.person
        where s.model = {model:UInt64} and s.due >= {from:Int64} and s.due < {to:Int64} and ${test("s.person")}
        order by s.due, s.person`,
        bounds(range),
      );
      return found.map(([person, due, stage, state]) => ({
        person,
        due,
        stage: name(model, stage),
        facts: unpackFacts(state),
      }));
    },

    async newestTransitions(site, model, limit, who) {
      const found = await ask<TransitionRow>(
        site,
        model,
        who,
        (test) => `
        select ${TRANSITION_COLUMNS} from transition
        where ${stands} and ${test("person")} order by at desc, key desc limit {limit:UInt64}`,
        { limit },
      );
      return found.map((row) => transitionView(model, row));
    },
  };
}
