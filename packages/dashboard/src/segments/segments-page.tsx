/**
 * Segments.
 */
import { say } from "../words.ts";

export default function SegmentsPage() {
  return <h1>{say("segments")}</h1>;
}
