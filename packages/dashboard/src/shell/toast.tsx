/**
 * One line at the foot of the page that says something was done, and goes away by itself.
 */
import { useEffect, useState } from "preact/hooks";

const SHOWN_MS = 2_500;
let show: (text: string) => void = () => {};

export const toast = (text: string): void => show(text);

/** Puts a text on the clipboard and says so. */
export async function copy(text: string, said: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    // Without the right to the clipboard the reader copies by hand.
    prompt(said, text);
  }
}

export function Toast() {
  const [text, setText] = useState("");
  useEffect(() => {
    show = setText;
  }, []);
  useEffect(() => {
    if (text === "") return;
    const timer = setTimeout(setText, SHOWN_MS, "");
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div role="status" aria-live="polite">
      {text !== "" && <p class="toast">{text}</p>}
    </div>
  );
}
