/**
 * What stages and models are called by people, in English, German and Danish.
 *
 * Owns the names of the presets' stages; an operator's model brings its own in its `labels`.
 */
import type { Language, LifecycleModel } from "./grammar.ts";
import type { PresetId } from "./presets.ts";

type Names = Readonly<Record<Language, string>>;

/** Stages by name. A name that several presets use means the same in each. */
const STAGES: Readonly<Record<string, Names>> = {
  acquisition: { en: "Acquisition", de: "Gewinnung", da: "Tilgang" },
  active: { en: "Active customers", de: "Aktive Kunden", da: "Aktive kunder" },
  advocacy: { en: "Advocacy", de: "Empfehlung", da: "Anbefaling" },
  advocacy_retention: {
    en: "Advocacy and retention",
    de: "Empfehlung und Bindung",
    da: "Anbefaling og fastholdelse",
  },
  awareness: { en: "Awareness", de: "Aufmerksamkeit", da: "Bevidsthed" },
  bevidsthed: { en: "Awareness", de: "Bewusstsein", da: "Bevidsthed" },
  consideration: { en: "Consideration", de: "Erwägung", da: "Overvejelse" },
  conversion: { en: "Conversion", de: "Erstkauf", da: "Konvertering" },
  engagement: { en: "Engagement", de: "Interaktion", da: "Engagement" },
  evaluation: { en: "Evaluation", de: "Bewertung", da: "Vurdering" },
  fastholdelse: { en: "Retention", de: "Bindung", da: "Fastholdelse" },
  former: { en: "Former customers", de: "Ehemalige Kunden", da: "Tidligere kunder" },
  fortaler: { en: "Advocacy", de: "Fürsprache", da: "Fortaler" },
  inactive: { en: "Inactive customers", de: "Inaktive Kunden", da: "Inaktive kunder" },
  koeb: { en: "Purchase", de: "Kauf", da: "Køb" },
  lapsed: { en: "Lapsed", de: "Eingeschlafen", da: "Frafaldet" },
  loyalty: { en: "Loyalty", de: "Loyalität", da: "Loyalitet" },
  new: { en: "New customers", de: "Neukunden", da: "Nye kunder" },
  overvejelse: { en: "Consideration", de: "Überlegung", da: "Overvejelse" },
  post_purchase: { en: "After the purchase", de: "Nach dem Kauf", da: "Efter købet" },
  prospect: { en: "Prospects", de: "Interessenten", da: "Emner" },
  purchase: { en: "Purchase", de: "Kauf", da: "Køb" },
  reach: { en: "Reach", de: "Reichweite", da: "Rækkevidde" },
  retention: { en: "Retention", de: "Bindung", da: "Fastholdelse" },
  winback: { en: "Win-back", de: "Rückgewinnung", da: "Genvinding" },
};

const MODELS: Readonly<Record<PresetId, Names>> = {
  "awareness-advocacy": {
    en: "Awareness to advocacy",
    de: "Von Aufmerksamkeit zu Empfehlung",
    da: "Fra bevidsthed til anbefaling",
  },
  "customer-base": { en: "Customer base", de: "Kundenbestand", da: "Kundebase" },
  "customer-base-personal": {
    en: "Customer base, own rhythm",
    de: "Kundenbestand, eigener Rhythmus",
    da: "Kundebase, egen rytme",
  },
  "reach-loyalty": {
    en: "Reach to loyalty",
    de: "Von Reichweite zu Loyalität",
    da: "Fra rækkevidde til loyalitet",
  },
  "engagement-bond": {
    en: "Engagement to bond",
    de: "Von Interaktion zu Bindung",
    da: "Fra engagement til bånd",
  },
  kunderejse: { en: "Danish customer journey", de: "Dänische Kundenreise", da: "Kunderejse" },
};

/**
 * What a stage is called: the model's own label in this language, else in English, else the preset's, else the stage's
 * name with spaces for underscores.
 *
 * @example label("winback", "de") // "Rückgewinnung"
 */
export function label(stage: string, language: Language, labels?: LifecycleModel["labels"]): string {
  const own = labels !== undefined && Object.hasOwn(labels, stage) ? labels[stage] : undefined;
  if (typeof own === "string") return own;
  const text = own?.[language] ?? own?.en;
  if (text !== undefined) return text;
  const preset = Object.hasOwn(STAGES, stage) ? STAGES[stage] : undefined;
  if (preset !== undefined) return preset[language];
  const words = stage.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a model is called: a preset by its name in this language, any other by its title or its id. */
export function modelLabel(model: Pick<LifecycleModel, "id" | "title">, language: Language): string {
  if (Object.hasOwn(MODELS, model.id)) return MODELS[model.id as PresetId][language];
  return model.title ?? model.id;
}
