/**
 * What a question is about: the site and the model it names, or the ones that stand for them.
 */
import { SojournError } from "../errors.ts";
import type { ModelView, Reads, SiteView, SourceDimension, SourceView } from "../store/port.ts";

export async function siteOf(reads: Reads, id: string): Promise<SiteView> {
  const site = await reads.site(id);
  if (site === undefined) {
    throw new SojournError("not_found", `There is no site "${id}"`, {
      hint: "List the sites: sojourn site list.",
    });
  }
  return site;
}

/** The model that answers now: while a newer version is being built, the one before it. */
export function modelOf(site: SiteView, id: string | undefined): ModelView {
  const wanted = id ?? site.settings.model;
  const ofThisId = site.models.filter((model) => model.id === wanted);
  const model =
    ofThisId.findLast((m) => m.state === "active") ?? ofThisId.findLast((m) => m.state === "building");
  if (model === undefined) {
    const known = [...new Set(site.models.map((m) => m.id))].join(", ");
    throw new SojournError("not_found", `Site "${site.id}" has no model "${wanted}"`, {
      hint: `It has: ${known}.`,
    });
  }
  return model;
}

/** What stands for people whom no touch led here. */
export const UNATTRIBUTED = "(unattributed)";
/** What stands for a dimension a source does not have. */
export const NOT_SET = "(not set)";

/** The value of a source in a dimension. */
export function valueIn(
  source: SourceView | undefined,
  dimension: Exclude<SourceDimension, "landing">,
): string {
  return source === undefined ? UNATTRIBUTED : (source[dimension] ?? NOT_SET);
}
