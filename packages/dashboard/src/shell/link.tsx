/**
 * A link to another page of ours that changes the address without loading the page anew.
 */
import type { ComponentChildren } from "preact";
import { type Address, go, writeAddress } from "../address.ts";

export function Link(props: {
  to: Address;
  class?: string;
  current?: boolean;
  label?: string;
  children?: ComponentChildren;
}) {
  const { to, current = false, children } = props;
  return (
    <a
      href={writeAddress(to)}
      class={props.class ?? ""}
      aria-current={current ? "page" : undefined}
      aria-label={props.label}
      onClick={(event: MouseEvent) => {
        // A click that opens a tab or a window is the browser's.
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
        event.preventDefault();
        go(to);
        scrollTo(0, 0);
      }}
    >
      {children}
    </a>
  );
}
