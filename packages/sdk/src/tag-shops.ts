/**
 * The helpers as a script of its own, beside the tracker's: attributes say which ones run.
 *
 * Adds nothing to the page but the calls under `sojournShops`. What consent forbids now is tried again after the next
 * click, because answers are given by clicks.
 */
import { cartAlias, shopifyCart, typeformLink, type VisitorSource } from "./shops.ts";

const run = (): void => {
  const { dataset } = document.currentScript as HTMLScriptElement;
  const named = () =>
    (window as unknown as Record<string, VisitorSource | undefined>)[dataset.global || "sojourn"];
  Object.assign(window, { sojournShops: { cartAlias, shopifyCart, typeformLink } });

  const carry = (): void => {
    // The tracker's own script may come later: without it there is no visitor, and nothing happens.
    if ("shopifyCart" in dataset) shopifyCart(named());
    if ("cartAlias" in dataset) cartAlias(dataset.cartAlias, named());
  };
  const afterClick = ({ target }: Event): void => {
    const link = "typeform" in dataset && (target as Element).closest?.<HTMLAnchorElement>("a[href]");
    if (link && /(^|\.)typeform\.com$/.test(link.hostname)) link.href = typeformLink(link.href, named());
    setTimeout(carry);
  };
  addEventListener("pageshow", carry);
  document.addEventListener("click", afterClick, { capture: true, passive: true });
  if (document.readyState === "complete") carry();
};

try {
  run();
} catch {
  // A page must not suffer from its tracker, whatever it did to the document or to its globals.
}
