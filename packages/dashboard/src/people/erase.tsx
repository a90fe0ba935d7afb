/**
 * Erases a person after their id was typed: it cannot be undone.
 */
import { useRef, useState } from "preact/hooks";
import { addressOf, go } from "../address.ts";
import { refresh } from "../answer.ts";
import { apiUrl, call, isProblem, type Problem } from "../api.ts";
import { useHere } from "../context.ts";
import { ProblemText } from "../shell/states.tsx";
import { toast } from "../shell/toast.tsx";
import { say } from "../words.ts";

export function EraseButton({ id }: { id: string }) {
  const { site } = useHere();
  const box = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const erase = async (): Promise<void> => {
    try {
      await call(apiUrl(`/people/${encodeURIComponent(id)}`, { site: site.id }), { method: "DELETE" });
      box.current?.close();
      toast(say("people.erased"));
      go(addressOf("people"));
      refresh();
    } catch (thrown) {
      if (isProblem(thrown)) setProblem(thrown);
    }
  };
  return (
    <>
      <button type="button" class="btn danger" onClick={() => box.current?.showModal()}>
        {say("people.erase")}
      </button>
      <dialog ref={box} aria-labelledby="erase-title">
        <h2 id="erase-title">{say("people.eraseTitle")}</h2>
        <p class="para">{say("people.eraseText")}</p>
        <p class="para">
          <code>{id}</code>
        </p>
        <input aria-label={id} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        {problem !== undefined && <ProblemText problem={problem} />}
        <div class="end">
          <button type="button" class="btn" onClick={() => box.current?.close()}>
            {say("cancel")}
          </button>
          <button type="button" class="btn danger" disabled={typed !== id} onClick={erase}>
            {say("people.erase")}
          </button>
        </div>
      </dialog>
    </>
  );
}
