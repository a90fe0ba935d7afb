/**
 * Boxes that scroll sideways: reachable by keyboard, as WCAG asks of everything that scrolls.
 */
import type { ComponentChildren } from "preact";
import { say } from "../words.ts";

export function Scroller(props: { name: string; class?: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody scrolls by keyboard.
    <section class={`tw ${props.class ?? ""}`} aria-label={say("scrolls", { name: props.name })} tabIndex={0}>
      {props.children}
    </section>
  );
}

/** A line of code to copy. */
export function Snippet({ name, text }: { name: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody scrolls by keyboard.
    <section class="snip" aria-label={name} tabIndex={0}>
      <code>{text}</code>
    </section>
  );
}
