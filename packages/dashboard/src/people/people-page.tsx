/**
 * People.
 */
import { say } from "../words.ts";

export default function PeoplePage() {
  return <h1>{say("people")}</h1>;
}
