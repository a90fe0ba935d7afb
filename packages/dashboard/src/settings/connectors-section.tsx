/**
 * Connected systems: where each sends, what is kept of it by state, when it was last heard, and its messages.
 */
import "../words/connectors-words.ts";
import { useState } from "preact/hooks";
import { useAnswer } from "../answer.ts";
import { useHere } from "../context.ts";
import { Snippet } from "../shell/scroller.tsx";
import { copy } from "../shell/toast.tsx";
import { say } from "../words.ts";
import { ConnectorsInbox } from "./connectors-inbox.tsx";
import { type Connected, type ConnectorsAnswer, STATES, type State } from "./connectors-shape.ts";
import { Section, Trouble } from "./section.tsx";

/** Which messages are listed. */
export interface Chosen {
  connector: string;
  /** All states when it is left out. */
  state?: State;
}

export function ConnectorsSection() {
  const { site } = useHere();
  const load = useAnswer<ConnectorsAnswer>("/connectors");
  const [chosen, setChosen] = useState<Chosen | undefined>(undefined);
  const connectors = (load.data?.connectors ?? []).filter((one) => one.site === site.id);
  const flags = (load.data?.flags ?? []).filter((one) => one.site === site.id);
  return (
    <>
      <Section id="connectors" title={say("con.title")} explain={say("con.text")}>
        <Trouble problem={load.problem} />
        {load.data !== undefined && connectors.length === 0 && (
          <>
            <p class="explain">{say("con.none")}</p>
            <Snippet name={say("con.title")} text="sojourn serve --connectors connectors.yml" />
          </>
        )}
        {connectors.map((one) => (
          <Connector key={one.name} connector={one} chosen={chosen} onChoose={setChosen} />
        ))}
        {flags.length > 0 && (
          <div class="answer" data-flags>
            <b>{say("con.flags")}</b>
            {flags.map(({ flag, rows }) => (
              <span key={flag} data-flag={flag}>
                {say(`con.${flag}`, { n: rows })}
              </span>
            ))}
          </div>
        )}
      </Section>
      {chosen !== undefined && connectors.some(({ name }) => name === chosen.connector) && (
        <ConnectorsInbox key={`${chosen.connector} ${chosen.state ?? ""}`} chosen={chosen} />
      )}
    </>
  );
}

function Connector(props: {
  connector: Connected;
  chosen: Chosen | undefined;
  onChoose: (chosen: Chosen) => void;
}) {
  const { name, system, endpoint, states, lastAt, lastTrouble } = props.connector;
  const { chosen, onChoose } = props;
  const { formats } = useHere();
  // Without a public address of its own the collector is reached where this page was.
  const address = endpoint?.startsWith("/") ? location.origin + endpoint : endpoint;
  const isChosen = (state?: State) => chosen?.connector === name && chosen.state === state;
  return (
    <div class="answer" data-connector={name}>
      <p>
        <b>{name}</b> <span class="mut">{system}</span>
      </p>
      {address === null ? (
        <p>{say("con.asked")}</p>
      ) : (
        <p class="acts">
          <code class="wrapped" data-endpoint>
            {address}
          </code>
          <button type="button" class="btn" onClick={() => copy(address, say("copied"))}>
            {say("con.copy")}
            <span class="vh"> {name}</span>
          </button>
        </p>
      )}
      <p data-last={lastAt ?? ""}>
        {lastAt === null
          ? say("con.never")
          : say("con.last", { time: formats.ago(Math.max(0, Date.now() - lastAt)) })}
      </p>
      {lastTrouble !== null && (
        <p data-trouble>
          {say("con.trouble", {
            time: formats.moment(new Date(lastTrouble.at).toISOString()),
            reason: lastTrouble.reason,
          })}
        </p>
      )}
      <fieldset class="acts">
        <legend class="vh">{say("con.messages")}</legend>
        {STATES.map((state) => (
          <button
            key={state}
            type="button"
            class="btn"
            aria-pressed={isChosen(state)}
            data-state={state}
            data-rows={states[state]}
            onClick={() => onChoose({ connector: name, state })}
          >
            {say(`con.${state}`)} {formats.count(states[state])}
          </button>
        ))}
        <button
          type="button"
          class="btn"
          aria-pressed={isChosen()}
          onClick={() => onChoose({ connector: name })}
        >
          {say("con.all")}
        </button>
      </fieldset>
    </div>
  );
}
