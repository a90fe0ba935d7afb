/**
 * Which kinds of traffic count like people. A switch is saved at once.
 */
import { useHere } from "../context.ts";
import { say, type Word } from "../words.ts";
import { Section, Trouble, useSaveSite } from "./section.tsx";

const SWITCHES: readonly { setting: "countsRobots" | "countsSpam" | "countsOwn"; word: Word; note?: Word }[] =
  [
    { setting: "countsRobots", word: "set.robots", note: "set.robotsNote" },
    { setting: "countsSpam", word: "set.spam" },
    { setting: "countsOwn", word: "set.own", note: "set.ownNote" },
  ];

export function TrafficSection() {
  const { site } = useHere();
  const { save, isBusy, problem } = useSaveSite();
  return (
    <Section id="traffic" title={say("set.trafficTitle")}>
      {SWITCHES.map(({ setting, word, note }) => (
        <label class="check" key={setting}>
          <input
            type="checkbox"
            checked={site.settings[setting]}
            disabled={isBusy}
            onChange={(event) => save({ [setting]: event.currentTarget.checked })}
          />
          <span>
            {say(word)}
            {note !== undefined && <small>{say(note)}</small>}
          </span>
        </label>
      ))}
      <p class="explain">{say("set.ownMark")}</p>
      <Trouble problem={problem} />
    </Section>
  );
}
