/**
 * The API's answers by the names the page uses for them. Types only: the shapes are the collector's own, so that a change there
 * which the page does not follow stops compiling; nothing of the collector travels with the page.
 */
import type { Questions } from "../../collector/src/report/questions.ts";

export type Answer<Name extends keyof Questions> = Questions[Name]["give"];

export type Sites = Answer<"sites">;
export type Site = Sites["sites"][number];

export type Stages = Answer<"stages">;
export type Role = Stages["stages"][number]["role"];

/** The six figures of the overview: what the page begins with, and all it shows of the key figures. */
export type Kpis = Answer<"headline">;
export type FigureId = keyof Kpis["daily"]["figures"];
export type Figure = Kpis["figures"][FigureId];

export type Flow = Answer<"flow">;
/** What the map of stages is drawn from. */
export type Moves = Pick<Flow, "stages" | "gross">;
export type Stays = Answer<"stays">;
export type Series = Answer<"series">;

export type Sources = Answer<"sources">;
export type SourceRow = Sources["rows"][number];
/** Figures of a row, or of all rows together. */
export type SourceFigures = Omit<SourceRow, "value" | "before">;

export type Cohorts = Answer<"cohorts">;
export type Funnel = Answer<"funnel">;
export type Findings = Answer<"findings">;
export type Finding = Findings["findings"][number];
export type Live = Answer<"live">;
export type Health = Answer<"health">;

export type People = Answer<"people">;
export type PersonRow = People["rows"][number];
export type Person = Answer<"person">;
export type StageChange = Person["changes"][number];
export type Entry = Person["timeline"][number];
export type Touch = NonNullable<Person["firstTouch"]>;

export type Attribution = Answer<"attribution">;
export type Lengths = Attribution["lengths"]["days"];
export type Touches = Answer<"touches">;
export type Conversions = Answer<"conversions">;
