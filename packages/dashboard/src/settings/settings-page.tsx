/**
 * Settings.
 */
import { say } from "../words.ts";

export default function SettingsPage() {
  return <h1>{say("settings")}</h1>;
}
