/**
 * Journeys.
 */
import { say } from "../words.ts";

export default function JourneysPage() {
  return <h1>{say("journeys")}</h1>;
}
