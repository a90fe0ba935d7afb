/**
 * Folds a person's touchpoints into the tables: onto what is known when they are newer than all of it, else from nothing.
 *
 * Folding again leaves alone what still holds and supersedes what no longer does, so both ways end in the same rows.
 */
import { standingAt } from "../../domain/lifecycle/stage.ts";
import {
  type FoldContext,
  type FoldEffects,
  type FoldedTransition,
  type FoldInput,
  foldForward,
  letTimePass,
  newPerson,
  noEffects,
  type PersonState,
  type Standing,
} from "../../domain/person.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import type { HeldPerson } from "./held-person.ts";
import type { Appended, ChainRow } from "./log.ts";
import {
  asCounted,
  deliveriesOf,
  foldInputOf,
  type ProjectedModel,
  type ProjectedSite,
  type Projections,
} from "./projected.ts";
import { CAUSES, type StageNames, type StandingRow } from "./stages.ts";

/** What a fold works on: a person's own state, or a state of its own for a model that is being added. */
export interface Fold {
  site: ProjectedSite;
  person: HeldPerson;
  state(): PersonState;
  startOver(): void;
  models: readonly ProjectedModel[];
  /** False: only stages are written; touches and orders stand already. */
  isWhole: boolean;
}

export interface Folding {
  /** A person's own state, with everything that belongs to it. */
  live(site: ProjectedSite, person: HeldPerson): Fold;
  /** Adds one delivery to a person; `mustStartOver`: people became one. */
  fold(f: Fold, rows: readonly (Appended | ChainRow)[], mustStartOver: boolean): void;
  /** Folds newer touchpoints onto what is known, or only lets time pass. */
  advance(f: Fold, inputs: readonly FoldInput[], until: EpochMs, recordedAt: EpochMs): void;
  /** Folds everything up to a place in the log again. */
  again(f: Fold, upTo: number, recordedAt: EpochMs): void;
  /** Brings one more model to a person, as if it had been there from the beginning. */
  addModel(site: ProjectedSite, person: HeldPerson, model: ProjectedModel, upTo: number): void;
  /** What a person did after their seal and up to a place in the log, as far as it counts. */
  chainOf(site: ProjectedSite, person: number, upTo: number): ChainRow[];
  /** A standing for somebody whose earlier touchpoints are gone: where they stood before, or from this instant on. */
  setOut(
    site: ProjectedSite,
    model: ProjectedModel,
    person: HeldPerson,
    state: PersonState,
    at: EpochMs,
    recordedAt: EpochMs,
    before?: Standing,
  ): Standing;
}

export function openFolding(tables: Projections): Folding {
  const { log, dictionary, identity, people, stages, seals, announcer } = tables;

  /** What a person did after their seal and up to a place in the log, as far as it counts. */
  const chainOf = (site: ProjectedSite, person: number, upTo: number): ChainRow[] => {
    const sealedTo = seals.of(person)?.sealedTo ?? -1;
    return log
      .chain(identity.members(person), upTo)
      .filter((row) => row.touchpoint.at > sealedTo && site.counts(row.traffic))
      .map((row) => asCounted(site, row));
  };

  /** A standing for somebody whose earlier touchpoints are gone: where they stood before, or from this instant on. */
  const setOut: Folding["setOut"] = (site, model, person, state, at, recordedAt, before) => {
    const { stage, rule, due } = standingAt(model.model, state.facts, at);
    const from = before?.stage ?? null;
    const standing: Standing = {
      stage,
      rule,
      due,
      at,
      since: from === stage ? before!.since : at,
      entries: { ...before?.entries },
    };
    if (from !== stage) {
      const entry = (standing.entries[stage] ?? 0) + 1;
      standing.entries[stage] = entry;
      const name = model.model.rules[rule]?.name ?? "";
      const t = {
        model: model.key,
        at,
        from,
        to: stage,
        cause: "time",
        rule: name,
        ruleIndex: rule,
        entry,
      } as const;
      stages.add(person, site.zone, model, t, recordedAt);
    }
    state.standings[model.key] = standing;
    return standing;
  };

  const liveFold = (site: ProjectedSite, person: HeldPerson): Fold => ({
    site,
    person,
    state: () => person.state,
    startOver: () => {
      const seal = seals.of(person.key);
      people.startOver(person, seal);
      people.removeTouches(person.key, seal?.sealedTo ?? -1);
    },
    models: site.models,
    isWhole: true,
  });

  /** Adds one delivery to a person: onto what is known when it is newer than all of it, else from nothing. */
  const fold = (f: Fold, rows: readonly (Appended | ChainRow)[], mustStartOver: boolean): void => {
    const { receivedAt } = rows[0]!;
    // What time alone has changed by the arrival was known before it.
    if (!mustStartOver) advance(f, [], receivedAt, receivedAt);
    const { foldedTo } = f.state();
    if (!mustStartOver && rows.every((row) => row.touchpoint.at > foldedTo)) {
      advance(f, rows.map(foldInputOf), receivedAt, receivedAt);
    } else {
      foldAgain(f, rows.at(-1)!.seq, receivedAt);
    }
  };

  /** Folds newer touchpoints onto what is known, or only lets time pass. */
  const advance = (f: Fold, inputs: readonly FoldInput[], until: EpochMs, recordedAt: EpochMs): void => {
    const { site, person, models } = f;
    const state = f.state();
    const dueBefore = models.map(({ key }) => state.standings[key]?.due);
    // Nothing can be counted under another source yet for somebody who is new.
    const stood = models.map(({ key }) => state.standings[key] !== undefined);
    const firstSource = person.firstSource;
    const effects = noEffects();
    if (inputs.length === 0) letTimePass(state, until, contextOf(f), effects);
    else foldForward(state, inputs, until, contextOf(f), effects);
    if (inputs.length === 0 && effects.transitions.length === 0) return;

    if (f.isWhole) writeTouches(site, person, effects);
    for (const [place, model] of models.entries()) {
      if (person.firstSource !== firstSource && stood[place] === true) {
        tables.write(person);
        stages.moveSource(site.zone, model, person.key, firstSource, person.firstSource);
      }
      let hasMoved = false;
      for (const transition of effects.transitions) {
        if (transition.model !== model.key) continue;
        // What time alone changed is known at that time, whenever the sweep came by; unless it follows from what is new.
        const known = inputs.length === 0 ? transition.at : recordedAt;
        stages.add(person, site.zone, model, transition, known);
        hasMoved = true;
      }
      const standing = state.standings[model.key];
      if (standing !== undefined && (hasMoved || standing.due !== dueBefore[place])) {
        stages.setStanding(model, person, standing);
      }
    }
    if (f.isWhole && effects.ordersChanged) writeOrders(site, person, recordedAt);
    if (f.isWhole && !tables.isQuiet) {
      for (const model of models) {
        const moves = effects.transitions.filter((t) => t.model === model.key);
        if (moves.length > 0) announcer.entered({ site, person, recordedAt }, model, moves);
      }
    }
  };

  const writeOrders = (site: ProjectedSite, person: HeldPerson, recordedAt: EpochMs): void => {
    people.ordersChanged(person);
    if (tables.isQuiet) return;
    const before = people.orders(person.key);
    tables.write(person);
    announcer.orders({ site, person, recordedAt }, before, people.orders(person.key));
  };

  /** Folds all touchpoints up to a place in the log again; what no longer holds is superseded, the rest left alone. */
  const foldAgain = (f: Fold, upTo: number, recordedAt: EpochMs): void => {
    const { site, person, models } = f;
    tables.write(person);
    const firstSource = person.firstSource;
    f.startOver();
    const rows = chainOf(site, person.key, upTo);
    const effects = noEffects();
    foldForward(f.state(), rows.map(foldInputOf), recordedAt, contextOf(f), effects);
    if (f.isWhole) {
      writeTouches(site, person, effects);
      writeOrders(site, person, recordedAt);
    }
    for (const model of models) {
      if (person.firstSource !== firstSource) {
        stages.moveSource(site.zone, model, person.key, firstSource, person.firstSource);
      }
      const sealedTo = seals.of(person.key)?.sealedTo ?? -1;
      const stood = stages.standing(model.key, person.key).filter((row) => row.at > sealedTo);
      const stands = effects.transitions.filter((t) => t.model === model.key);
      let same = 0;
      while (same < stood.length && same < stands.length && isSame(model, stood[same]!, stands[same]!))
        same += 1;
      for (const row of stood.slice(same))
        stages.supersede(site.zone, model, person.firstSource, row, recordedAt);
      for (const transition of stands.slice(same)) {
        stages.add(person, site.zone, model, transition, recordedAt);
      }
      const standing = f.state().standings[model.key];
      if (standing !== undefined) stages.setStanding(model, person, standing);
      if (f.isWhole && !tables.isQuiet) {
        const on = { site, person, recordedAt };
        const was = stood.at(-1);
        if (was === undefined || same === stood.length) announcer.entered(on, model, stands.slice(same));
        else announcer.corrected(on, model, model.stages[was.to_stage] ?? null, stands.slice(same));
      }
    }
  };

  /** Brings one more model to a person, as if it had been there from the beginning. */
  const addModel = (site: ProjectedSite, person: HeldPerson, model: ProjectedModel, upTo: number): void => {
    const seal = seals.of(person.key);
    if (seal !== undefined && seal.state.standings[model.key] === undefined) {
      setOut(site, model, person, seal.state, seal.sealedTo, seal.sealedTo);
      seals.put(person.key, site.key, seal);
    }
    let state = seals.of(person.key)?.state ?? newPerson();
    const startOver = () => {
      state = seals.of(person.key)?.state ?? newPerson();
    };
    const f: Fold = { site, person, state: () => state, startOver, models: [model], isWhole: false };
    const rows = chainOf(site, person.key, upTo);
    rows.sort((a, b) => a.seq - b.seq);
    for (const delivery of deliveriesOf(rows)) fold(f, delivery, false);
    const standing = state.standings[model.key];
    if (standing !== undefined) {
      person.state.standings[model.key] = standing;
      stages.setStanding(model, person, standing);
    }
    person.state.foldedTo = Math.max(person.state.foldedTo, state.foldedTo);
  };

  const writeTouches = (site: ProjectedSite, person: HeldPerson, effects: FoldEffects): void => {
    for (const { at, seq, opensVisit, decision } of effects.touches) {
      const source = dictionary.sourceKey(site.key, decision);
      const page = dictionary.pageKey(site.key, decision.landing);
      people.addTouch(person, { at, seq, source, page, opensVisit });
    }
  };

  return { live: liveFold, fold, advance, again: foldAgain, addModel, chainOf, setOut };
}

const contextOf = (f: Fold): FoldContext => ({ models: f.models, classify: f.site.classify });

const isSame = (model: StageNames, was: StandingRow, is: FoldedTransition): boolean =>
  was.at === is.at &&
  was.to_stage === model.stages.indexOf(is.to) &&
  was.from_stage === (is.from === null ? null : model.stages.indexOf(is.from)) &&
  CAUSES[was.cause] === is.cause &&
  was.rule === is.ruleIndex &&
  was.touchpoint === (is.touchpoint ?? null);
