/**
 * Every question the collector answers, by name: what it takes, what it gives, and the function that answers it.
 */
import type { EpochMs } from "../domain/touchpoint.ts";
import type { Reads } from "../store/port.ts";
import { type ExportAnswer, type ExportParams, exportPerson } from "./export.ts";
import { type PersonAnswer, type PersonParams, person } from "./person.ts";
import { type SitesAnswer, sites } from "./sites.ts";
import { type SourcesAnswer, type SourcesParams, sources } from "./sources.ts";
import { type StagesAnswer, type StagesParams, stages } from "./stages.ts";
import { type TransitionsAnswer, type TransitionsParams, transitions } from "./transitions.ts";

export interface Questions {
  export: { take: ExportParams; give: ExportAnswer };
  sites: { take: Record<string, never>; give: SitesAnswer };
  stages: { take: StagesParams; give: StagesAnswer };
  sources: { take: SourcesParams; give: SourcesAnswer };
  person: { take: PersonParams; give: PersonAnswer };
  transitions: { take: TransitionsParams; give: TransitionsAnswer };
}

export type QuestionName = keyof Questions;

type Answerers = {
  [N in QuestionName]: (
    reads: Reads,
    params: Questions[N]["take"],
    now: EpochMs,
  ) => Promise<Questions[N]["give"]>;
};

const ANSWERERS: Answerers = {
  export: exportPerson,
  sites,
  stages,
  sources,
  person,
  transitions,
};

/** Answers a question. Rejects with a SojournError `not_found` or `bad_input` that says what was wrong. */
export function answerQuestion<N extends QuestionName>(
  reads: Reads,
  name: N,
  params: Questions[N]["take"],
  now: EpochMs,
): Promise<Questions[N]["give"]> {
  return ANSWERERS[name](reads, params, now);
}
