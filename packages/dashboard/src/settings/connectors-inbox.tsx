/**
 * Messages of one connected system: what became of each and why, what was in it, and mapping it again.
 */
import { useEffect, useState } from "preact/hooks";
import { refresh, useAnswer } from "../answer.ts";
import { API, call } from "../api.ts";
import { useHere } from "../context.ts";
import { Pager } from "../shell/pager.tsx";
import { Scroller } from "../shell/scroller.tsx";
import { toast } from "../shell/toast.tsx";
import { say } from "../words.ts";
import type { Chosen } from "./connectors-section.tsx";
import { type InboxAnswer, type Message, type OpenMessage, PAGE_ROWS } from "./connectors-shape.ts";
import { Section, Trouble, useChange } from "./section.tsx";

/** Mapping begins after the answer; by then it has mostly happened. */
const MAPPED_AFTER_MS = 800;

export function ConnectorsInbox({ chosen }: { chosen: Chosen }) {
  const { connector, state } = chosen;
  const change = useChange();
  const [before, setBefore] = useState<string | undefined>(undefined);
  const [open, setOpen] = useState<number | undefined>(undefined);
  const load = useAnswer<InboxAnswer>("/inbox", { connector, state, before });
  const [isReplayed, setIsReplayed] = useState(0);
  useEffect(() => {
    if (isReplayed === 0) return;
    const timer = setTimeout(lookAgain, MAPPED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isReplayed]);

  const replay = (which: { key: number } | Chosen): Promise<void> =>
    change.run(async () => {
      const { rows } = await call<{ rows: number }>(`${API}/inbox/replay`, { method: "POST", body: which });
      toast(say("con.againDone", { n: rows }));
      lookAgain();
      setIsReplayed((n) => n + 1);
    }, "");

  const rows = load.data?.rows ?? [];
  return (
    <Section id="inbox" title={`${say("con.messages")}: ${connector}`}>
      <Trouble problem={change.problem ?? load.problem} />
      {load.data !== undefined && rows.length === 0 && <p class="explain">{say("con.empty")}</p>}
      {rows.length > 0 && (
        <Scroller name={say("con.messages")}>
          <table class="tbl inset">
            <caption class="vh">{say("con.messages")}</caption>
            <thead>
              <tr>
                <th scope="col" class="l">
                  {say("con.when")}
                </th>
                <th scope="col" class="l">
                  {say("con.state")}
                </th>
                <th scope="col" class="l">
                  {say("con.what")}
                </th>
                <td />
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row
                  key={row.key}
                  row={row}
                  isOpen={open === row.key}
                  isBusy={change.isBusy}
                  onOpen={() => setOpen(open === row.key ? undefined : row.key)}
                  onAgain={() => replay({ key: row.key })}
                />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
      <Pager
        after={before}
        next={rows.length === PAGE_ROWS ? String(rows.at(-1)!.key) : null}
        onGo={(next) => setBefore(next)}
      />
      {open !== undefined && rows.some(({ key }) => key === open) && <Body key={open} message={open} />}
      {rows.length > 0 && state !== "refused" && (
        <div class="acts">
          <button type="button" class="btn" disabled={change.isBusy} onClick={() => replay(chosen)}>
            {say("con.againAll")}
          </button>
        </div>
      )}
    </Section>
  );
}

function lookAgain(): void {
  refresh(`${API}/inbox`);
  refresh(`${API}/connectors`);
}

function Row(props: {
  row: Message;
  isOpen: boolean;
  isBusy: boolean;
  onOpen: () => void;
  onAgain: () => void;
}) {
  const { row, isOpen, isBusy, onOpen, onAgain } = props;
  const { formats } = useHere();
  const name = say("con.message", { key: String(row.key) });
  const shown = say(isOpen ? "con.hide" : "con.show");
  return (
    <tr data-message={row.key} data-state={row.state}>
      <td class="l">{formats.moment(new Date(row.receivedAt).toISOString())}</td>
      <td class="l">{say(`con.${row.state}`)}</td>
      <td class="l">
        {row.detail !== null && <code>{row.detail}</code>}
        {row.detail === null && say("con.became", { n: row.touchpoints.length })}
        {row.flags.map((flag) => (
          <span key={flag} class="failed" data-flag={flag}>
            {" "}
            {say(`con.flag.${flag}`)}
          </span>
        ))}
      </td>
      <td>
        <span class="acts right">
          <button
            type="button"
            class="btn"
            aria-expanded={isOpen}
            aria-label={`${shown} ${name}`}
            onClick={onOpen}
          >
            {shown}
          </button>
          {row.state !== "refused" && (
            <button
              type="button"
              class="btn"
              aria-label={`${say("con.again")} ${name}`}
              disabled={isBusy}
              onClick={onAgain}
            >
              {say("con.again")}
            </button>
          )}
        </span>
      </td>
    </tr>
  );
}

/** What was in a message, as it came; names and addresses among it. */
function Body({ message }: { message: number }) {
  const load = useAnswer<OpenMessage>(`/inbox/${message}`);
  if (load.problem !== undefined) return <Trouble problem={load.problem} />;
  if (load.data === undefined) return null;
  const { key, headers, body, fetched, touchpoints } = load.data;
  const name = say("con.message", { key: String(key) });
  const parts = [
    ...Object.entries(headers).map(([header, value]) => `${header}: ${value}`),
    ...touchpoints.map((id) => `→ ${id}`),
    "",
    indented(body),
    ...Object.entries(fetched).flatMap(([what, { status, json }]) => [
      "",
      `${what}: ${status}`,
      JSON.stringify(json, null, 2),
    ]),
  ];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody scrolls by keyboard.
    <section class="snip" aria-label={name} tabIndex={0} data-body={key}>
      <pre>{parts.join("\n")}</pre>
    </section>
  );
}

/** JSON with its lines; anything else as it came. */
function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
