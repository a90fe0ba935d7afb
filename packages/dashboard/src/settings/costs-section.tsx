/**
 * What the ads cost: a file of an ad platform, read by the collector, with every line it could not read named.
 */
import { useState } from "preact/hooks";
import { refresh } from "../answer.ts";
import { apiUrl, call } from "../api.ts";
import { useHere } from "../context.ts";
import { Snippet } from "../shell/scroller.tsx";
import { say } from "../words.ts";
import { Section, Trouble, useChange } from "./section.tsx";

/** What the collector says about a file it read. */
interface Read {
  added: number;
  changed: number;
  unchanged: number;
  refused: { line: number; reason: string }[];
  notes?: string[];
}

const SHOWN_LINES = 10;

export function CostsSection() {
  const { site } = useHere();
  const change = useChange();
  const [file, setFile] = useState<File | undefined>(undefined);
  const [read, setRead] = useState<Read | undefined>(undefined);
  return (
    <Section id="costs" title={say("set.costsTitle")} explain={say("set.costsText")}>
      <label>
        {say("set.costsFile")}
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          class="filebox"
          onChange={(event) => setFile(event.currentTarget.files?.[0])}
        />
      </label>
      <div class="acts">
        <button
          type="button"
          class="btn pri"
          disabled={file === undefined || change.isBusy}
          onClick={() =>
            change.run(async () => {
              const body = await file!.text();
              setRead(
                await call<Read>(apiUrl("/costs", { site: site.id, origin: file!.name }), {
                  method: "POST",
                  text: { body, type: "text/csv" },
                }),
              );
              refresh();
            }, "")
          }
        >
          {say("set.costsUpload")}
        </button>
      </div>
      <Trouble problem={change.problem} />
      {read !== undefined && (
        <div class="answer" role="status">
          <b data-added={read.added}>
            {say("set.costsDone", { n: read.added + read.changed, known: read.unchanged })}
          </b>
          {read.notes?.map((note) => (
            <p key={note} lang="en">
              {note}
            </p>
          ))}
          {read.refused.slice(0, SHOWN_LINES).map(({ line, reason }) => (
            <p key={line} class="failed">
              {line}: {reason}
            </p>
          ))}
        </div>
      )}
      <p class="explain">{say("set.costsCli")}</p>
      <Snippet name={say("set.costsCli")} text={`sojourn cost import costs.csv --site ${site.id}`} />
    </Section>
  );
}
