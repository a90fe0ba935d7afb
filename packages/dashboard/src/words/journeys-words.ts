/** Words of the page. */
import { learn } from "../words.ts";

const en = { "journeys.x": "" } as const;

learn({ en, de: en, da: en });
export type JourneysWord = keyof typeof en;
