/**
 * Systems that are told what becomes of people: how each is doing, what became of its messages, and sending again.
 */
import "../words/targets-words.ts";
import { useState } from "preact/hooks";
import { refresh, useAnswer } from "../answer.ts";
import { API, call } from "../api.ts";
import { useHere } from "../context.ts";
import { Scroller } from "../shell/scroller.tsx";
import { toast } from "../shell/toast.tsx";
import { say } from "../words.ts";
import { Section, Trouble, useChange } from "./section.tsx";

const STATES = ["waiting", "delivered", "failed", "unaddressable", "superseded", "withdrawn"] as const;
type State = (typeof STATES)[number];

interface Target {
  id: string;
  system: string;
  state: "on" | "off";
  reason: string | null;
  lastAt: number | null;
  lastResult: string | null;
  messages: Partial<Record<State, number>>;
  keepsEmail: boolean;
}

interface Message {
  id: string;
  kind: string;
  at: number;
  state: State;
  result: string | null;
}

interface Chosen {
  target: string;
  state: State;
}

export function TargetsSection() {
  const { site } = useHere();
  const load = useAnswer<{ targets: Target[] }>("/outbox/targets", { site: site.id });
  const [chosen, setChosen] = useState<Chosen | undefined>(undefined);
  const targets = load.data?.targets ?? [];
  return (
    <>
      <Section id="targets" title={say("tgt.title")} explain={say("tgt.text")}>
        <Trouble problem={load.problem} />
        {load.data !== undefined && targets.length === 0 && <p class="explain">{say("tgt.none")}</p>}
        {load.data !== undefined && (
          <p data-addresses={targets.some(({ keepsEmail }) => keepsEmail)}>
            {say(targets.some(({ keepsEmail }) => keepsEmail) ? "tgt.addressesOn" : "tgt.addressesOff")}
          </p>
        )}
        {targets.map((one) => (
          <TargetCard key={one.id} target={one} chosen={chosen} onChoose={setChosen} />
        ))}
      </Section>
      {chosen !== undefined && <Messages key={`${chosen.target} ${chosen.state}`} chosen={chosen} />}
    </>
  );
}

function TargetCard(props: {
  target: Target;
  chosen: Chosen | undefined;
  onChoose: (chosen: Chosen) => void;
}) {
  const { target, chosen, onChoose } = props;
  const { id, system, state, reason, lastAt, lastResult, messages } = target;
  const { formats } = useHere();
  return (
    <div class="answer" data-target={id}>
      <p>
        <b>{id}</b> <span class="mut">{system}</span>
      </p>
      {state === "off" && <p class="failed">{say("tgt.off", { reason: reason ?? "" })}</p>}
      <p>
        {lastAt === null
          ? say("tgt.never")
          : say("tgt.last", {
              time: formats.ago(Math.max(0, Date.now() - lastAt)),
              result: lastResult ?? "",
            })}
      </p>
      <fieldset class="acts">
        <legend class="vh">{`${say("tgt.messages")}: ${id}`}</legend>
        {STATES.map((one) => (
          <button
            key={one}
            type="button"
            class="btn"
            aria-pressed={chosen?.target === id && chosen.state === one}
            data-state={one}
            onClick={() => onChoose({ target: id, state: one })}
          >
            {say(`tgt.${one}`)} {formats.count(messages[one] ?? 0)}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

function Messages({ chosen: { target, state } }: { chosen: Chosen }) {
  const { site, formats } = useHere();
  const change = useChange();
  const load = useAnswer<{ messages: Message[] }>("/outbox", { site: site.id, target, state });
  const messages = load.data?.messages ?? [];
  const resend = (message?: string): Promise<void> =>
    change.run(async () => {
      const address = `${API}/outbox/${encodeURIComponent(target)}/resend`;
      const body = message === undefined ? {} : { message };
      const answer = await call<{ messages: number }>(address, { method: "POST", body });
      toast(say("tgt.againDone", { n: answer.messages }));
      refresh(`${API}/outbox`);
    }, "");
  return (
    <Section id="outbox" title={`${say("tgt.messages")}: ${target}`}>
      <Trouble problem={change.problem ?? load.problem} />
      {load.data !== undefined && messages.length === 0 && <p class="explain">{say("tgt.empty")}</p>}
      {messages.length > 0 && (
        <Scroller name={say("tgt.messages")}>
          <table class="tbl inset">
            <caption class="vh">{say("tgt.messages")}</caption>
            <thead>
              <tr>
                {(["tgt.when", "tgt.kind", "tgt.state", "tgt.why"] as const).map((word) => (
                  <th key={word} scope="col" class="l">
                    {say(word)}
                  </th>
                ))}
                <td />
              </tr>
            </thead>
            <tbody>
              {messages.map(({ id, kind, at, state: now, result }) => (
                <tr key={id} data-message={id}>
                  <td class="l">{formats.moment(new Date(at).toISOString())}</td>
                  <td class="l">
                    <code>{kind}</code>
                  </td>
                  <td class="l">{say(`tgt.${now}`)}</td>
                  <td class="l">{result ?? ""}</td>
                  <td>
                    {now !== "waiting" && (
                      <button type="button" class="btn" disabled={change.isBusy} onClick={() => resend(id)}>
                        {say("tgt.again")}
                        <span class="vh"> {id}</span>
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
      {state === "failed" && messages.length > 0 && (
        <div class="acts">
          <button type="button" class="btn" disabled={change.isBusy} onClick={() => resend()}>
            {say("tgt.againAll")}
          </button>
        </div>
      )}
    </Section>
  );
}
