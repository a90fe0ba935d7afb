/**
 * The little box that shows the figures under the pointer: any element with `data-tip` has one.
 */
import { useEffect, useRef } from "preact/hooks";

export function Tip() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const move = (event: PointerEvent): void => {
      const tip = box.current;
      if (tip === null) return;
      const target = (event.target as Element | null)?.closest?.("[data-tip]");
      const text = (target as HTMLElement | SVGElement | null)?.dataset.tip;
      tip.classList.toggle("on", text !== undefined);
      if (text === undefined) return;
      if (tip.textContent !== text) tip.textContent = text;
      const { width, height } = tip.getBoundingClientRect();
      tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8))}px`;
      tip.style.top = `${Math.max(4, Math.min(event.clientY - 20, innerHeight - height - 8))}px`;
    };
    const hide = (event: KeyboardEvent): void => {
      if (event.key === "Escape") box.current?.classList.remove("on");
    };
    addEventListener("pointermove", move);
    addEventListener("keydown", hide);
    return () => {
      removeEventListener("pointermove", move);
      removeEventListener("keydown", hide);
    };
  }, []);
  return <div id="tip" ref={box} aria-hidden="true" />;
}
