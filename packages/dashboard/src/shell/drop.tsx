/**
 * A button that opens a small box: closes on Escape, on a click elsewhere, and after a choice.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Drop(props: {
  summary: ComponentChildren;
  children: ComponentChildren;
  class?: string;
  /** Drawn as pressed. */
  isOn?: boolean;
  /** The box begins at the left edge of the button. */
  isLeft?: boolean;
  label?: string;
  id?: string;
  onOpen?: () => void;
}) {
  const box = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const details = box.current;
    if (details === null) return;
    const elsewhere = (event: Event): void => {
      if (details.open && !details.contains(event.target as Node)) details.open = false;
    };
    const closeOnEscape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || !details.open) return;
      event.stopPropagation();
      details.open = false;
      details.querySelector("summary")?.focus();
    };
    const chosen = (event: Event): void => {
      // A choice is a button or a link marked as an item; fields and their labels keep the box open.
      if ((event.target as Element).closest(".item, [data-close]") !== null) details.open = false;
    };
    document.addEventListener("pointerdown", elsewhere);
    details.addEventListener("keydown", closeOnEscape);
    details.addEventListener("click", chosen);
    return () => {
      document.removeEventListener("pointerdown", elsewhere);
      details.removeEventListener("keydown", closeOnEscape);
      details.removeEventListener("click", chosen);
    };
  }, []);
  return (
    <details
      class={`drop${props.isLeft ? " left" : ""}`}
      ref={box}
      id={props.id}
      onToggle={(event) => event.currentTarget.open && props.onOpen?.()}
    >
      <summary class={props.class ?? "btn"} aria-label={props.label} data-on={props.isOn ? "" : undefined}>
        {props.summary}
      </summary>
      <div class="pop">{props.children}</div>
    </details>
  );
}
