/** Words of the page. */
import { learn } from "../words.ts";

const en = { "segments.x": "" } as const;

learn({ en, de: en, da: en });
export type SegmentsWord = keyof typeof en;
