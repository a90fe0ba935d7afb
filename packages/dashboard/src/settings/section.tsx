/**
 * The frame of a section of the settings, and the way a change is saved: at once, with what came of it said.
 */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { refresh } from "../answer.ts";
import { API, call, isProblem, type Problem } from "../api.ts";
import { useHere } from "../context.ts";
import { ProblemText } from "../shell/states.tsx";
import { toast } from "../shell/toast.tsx";
import { say } from "../words.ts";

export function Section(props: {
  id: string;
  title: string;
  explain?: string;
  /** Fields side by side need the whole width. */
  isWide?: boolean;
  children: ComponentChildren;
}) {
  return (
    <section class="card panel" aria-labelledby={`s-${props.id}`} data-section={props.id}>
      <div class="ph">
        <h2 id={`s-${props.id}`}>{props.title}</h2>
      </div>
      <div class={props.isWide ? "form wide" : "form"}>
        {props.explain !== undefined && <p class="explain">{props.explain}</p>}
        {props.children}
      </div>
    </section>
  );
}

export interface Change {
  isBusy: boolean;
  problem: Problem | undefined;
  /** Runs a change; says that it was done, or shows what went wrong. */
  run(work: () => Promise<unknown>, done?: string): Promise<void>;
  /** Takes away what went wrong: it is about something that is not there any more. */
  forget(): void;
}

export function useChange(): Change {
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  return {
    isBusy,
    problem,
    forget: () => setProblem(undefined),
    async run(work, done = say("set.saved")) {
      setIsBusy(true);
      setProblem(undefined);
      try {
        await work();
        if (done !== "") toast(done);
      } catch (thrown) {
        setProblem(isProblem(thrown) ? thrown : { status: 0, code: "page_error", title: String(thrown) });
      } finally {
        setIsBusy(false);
      }
    },
  };
}

export function Trouble({ problem }: { problem: Problem | undefined }) {
  if (problem === undefined) return null;
  return (
    <div role="alert" class="failed">
      <ProblemText problem={problem} />
    </div>
  );
}

/** Saves settings of the site and asks again for everything that depends on them. */
export function useSaveSite(): Change & { save(settings: Record<string, unknown>): Promise<void> } {
  const { site } = useHere();
  const change = useChange();
  return {
    ...change,
    save: (settings) =>
      change.run(async () => {
        await call(`${API}/sites/${encodeURIComponent(site.id)}`, { method: "PATCH", body: settings });
        refresh();
      }),
  };
}
