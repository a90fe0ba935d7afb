/**
 * Segments: groups of people by a rule of the life-cycle grammar; counted before they are saved, and usable as a filter.
 */
import "../words/segments-words.ts";
import { useState } from "preact/hooks";
import { addressOf } from "../address.ts";
import { refresh, useAnswer } from "../answer.ts";
import { API, apiUrl, call, isProblem, type Problem } from "../api.ts";
import { isWhen, type When } from "../conditions/condition.ts";
import { ConditionEditor } from "../conditions/condition-editor.tsx";
import { useHere } from "../context.ts";
import { readJson } from "../json-text.ts";
import { GreyRows, Panel } from "../panel.tsx";
import { Link } from "../shell/link.tsx";
import { Scroller } from "../shell/scroller.tsx";
import { ProblemText } from "../shell/states.tsx";
import { toast } from "../shell/toast.tsx";
import { say, type Word } from "../words.ts";

interface Segments {
  total: number;
  rows: { name: string; words: string; people: number; share: number | null }[];
}

interface Preview {
  people: number;
  total: number;
  words: string;
}

const EXAMPLES: readonly { word: Word; rule: When }[] = [
  {
    word: "seg.ex.lapsing",
    rule: {
      all: [
        ["orders", ">=", 1],
        ["idle", "activity", ">=", "P60D"],
      ],
    },
  },
  { word: "seg.ex.loyal", rule: ["ordersWithin", "P365D", ">=", 3] },
  {
    word: "seg.ex.cart",
    rule: {
      all: [
        ["count", "add_to_cart", ">=", 1],
        ["orders", "==", 0],
      ],
    },
  },
  {
    word: "seg.ex.newsletter",
    rule: {
      all: [
        ["count", "newsletter_signup", ">=", 1],
        ["orders", "==", 0],
      ],
    },
  },
];

export default function SegmentsPage() {
  const { site, formats, isReadOnly } = useHere();
  const load = useAnswer<Segments>(site.id === "" ? undefined : "/segments", { site: site.id });
  return (
    <>
      <div class="head">
        <h1>{say("segments")}</h1>
      </div>
      <Panel
        id="segments"
        title={say("seg.saved")}
        load={load}
        csv={({ rows }) => [
          ["name", "rule", "people", "share"],
          ...rows.map(({ name, words, people, share }) => [name, words, people, share]),
        ]}
        waiting={<GreyRows rows={3} columns={4} />}
      >
        {({ rows }) =>
          rows.length === 0 ? (
            <p class="note">{say("seg.none")}</p>
          ) : (
            <Scroller name={say("seg.saved")}>
              <table class="tbl num">
                <caption class="vh">{say("seg.saved")}</caption>
                <thead>
                  <tr>
                    <th scope="col">{say("seg.name")}</th>
                    <th scope="col" class="l opt">
                      {say("seg.rule")}
                    </th>
                    <th scope="col">{say("people")}</th>
                    <th scope="col" class="opt">
                      {say("seg.share")}
                    </th>
                    <th scope="col">
                      <span class="vh">{say("openIt")}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ name, words, people, share }) => (
                    <tr key={name} data-segment={name}>
                      <td>
                        <b>{name}</b>
                      </td>
                      <td class="l opt wrapped">
                        <code>{words}</code>
                      </td>
                      <td>
                        <b>{formats.count(people)}</b>
                      </td>
                      <td class="opt">{formats.rate(share)}</td>
                      <td>
                        <span class="acts right">
                          <Link class="btn" to={addressOf("people", undefined, { segment: name })}>
                            {say("seg.open")}
                          </Link>
                          <Link class="btn opt" to={addressOf("overview", undefined, { segment: name })}>
                            {say("seg.filter")}
                          </Link>
                          {!isReadOnly && <Remove name={name} />}
                        </span>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroller>
          )
        }
      </Panel>
      {!isReadOnly && (load.data !== undefined || load.problem !== undefined) && <NewSegment />}
    </>
  );
}

function Remove({ name }: { name: string }) {
  const { site } = useHere();
  return (
    <button
      type="button"
      class="btn danger"
      onClick={async () => {
        await call(apiUrl(`/segments/${encodeURIComponent(name)}`, { site: site.id }), { method: "DELETE" });
        refresh(`${API}/segments`);
        toast(say("seg.removed"));
      }}
    >
      {say("seg.remove")}
    </button>
  );
}

function NewSegment() {
  const { site, formats } = useHere();
  const [name, setName] = useState("");
  const [text, setText] = useState(JSON.stringify(EXAMPLES[0]!.rule));
  const rule = ruleIn(text);
  const [preview, setPreview] = useState<Preview | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const tell = async (path: string, more: Record<string, unknown>): Promise<Preview | undefined> => {
    setProblem(undefined);
    try {
      const rule = readJson(text);
      return await call<Preview>(apiUrl(path), { method: "POST", body: { site: site.id, rule, ...more } });
    } catch (thrown) {
      setPreview(undefined);
      setProblem(isProblem(thrown) ? thrown : { status: 0, code: "page_error", title: String(thrown) });
      return undefined;
    }
  };
  const write = (next: string): void => {
    setText(next);
    setPreview(undefined);
  };
  return (
    <section class="card panel" aria-labelledby="h-new">
      <div class="ph">
        <h2 id="h-new">{say("seg.new")}</h2>
      </div>
      <div class="form roomy">
        <div class="acts">
          <span class="mut">{say("seg.examples")}</span>
          {EXAMPLES.map(({ word, rule }) => (
            <button
              type="button"
              class="btn"
              key={word}
              onClick={() => {
                write(JSON.stringify(rule));
                if (name === "") setName(say(word));
              }}
            >
              {say(word)}
            </button>
          ))}
        </div>
        {rule !== undefined && (
          <fieldset class="block">
            <legend>{say("seg.who")}</legend>
            <ConditionEditor when={rule} onChange={(next) => write(JSON.stringify(next))} />
          </fieldset>
        )}
        <details class="more" open={rule === undefined}>
          <summary>{say("seg.asText")}</summary>
          <textarea
            id="segment-rule"
            aria-label={say("seg.text")}
            spellcheck={false}
            value={text}
            onInput={(event) => write(event.currentTarget.value)}
          />
        </details>
        <label>
          {say("seg.name")}
          <input
            id="segment-name"
            value={name}
            maxLength={100}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        {problem !== undefined && (
          <div role="alert" class="failed">
            <ProblemText problem={problem} />
          </div>
        )}
        <div class="acts">
          <button
            type="button"
            class="btn"
            onClick={async () => setPreview(await tell("/segments/preview", {}))}
          >
            {say("seg.count")}
          </button>
          <button
            type="button"
            class="btn pri"
            disabled={name.trim() === ""}
            onClick={async () => {
              if ((await tell("/segments", { name })) === undefined) return;
              refresh(`${API}/segments`);
              toast(say("seg.saved1"));
              setName("");
            }}
          >
            {say("seg.save")}
          </button>
          {preview !== undefined && (
            <span role="status" data-preview={preview.people}>
              <b>{formats.count(preview.people)}</b> {say("seg.result", { n: preview.people })},{" "}
              {formats.rate(preview.total === 0 ? null : preview.people / preview.total)}
            </span>
          )}
        </div>
      </div>
    </section>
  );
}

/** The condition a text holds, when fields can be drawn for it. */
function ruleIn(text: string): When | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return isWhen(read) ? read : undefined;
  } catch {
    return undefined; // Half typed; counting says what is wrong.
  }
}
