/**
 * The keyboard: periods, comparison, filters, rows, files; and the box that lists it all. Silent while somebody types.
 */
import { useEffect, useState } from "preact/hooks";
import { addressOf, choose, currentAddress, filterKey, filtersOf, go } from "../address.ts";
import { type Here, useHere } from "../context.ts";
import { DEFAULT_PERIOD, type PeriodName, shifted } from "../period.ts";
import { say } from "../words.ts";
import { remember, remembered, switchTheme } from "./choices.ts";

const PERIOD_KEYS: Readonly<Record<string, PeriodName>> = {
  d: "today",
  w: "7d",
  t: "30d",
  m: "mtd",
  y: "ytd",
  a: "12m",
};

const NEXT_COMPARISON = { previous: "year", year: "none", none: "previous", custom: "previous" } as const;

export function showKeys(): void {
  (document.getElementById("keys") as HTMLDialogElement | null)?.showModal();
}

const areOff = (): boolean => remembered("keys") === "off";

export function Keys() {
  const here = useHere();
  const [isOff, setIsOff] = useState(areOff);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => handle(event, here);
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [here]);
  const list: [string, string[]][] = [
    [say("period.today"), ["D"]],
    [say("period.7d"), ["W"]],
    [say("period.30d"), ["T"]],
    [say("period.mtd"), ["M"]],
    [say("period.ytd"), ["Y"]],
    [say("period.12m"), ["A"]],
    [say("keyEarlier"), ["←", "→"]],
    [say("keyCompare"), ["X"]],
    [say("keyFilter"), ["F"]],
    [say("keyClear"), ["Esc"]],
    [say("keySearch"), ["/"]],
    [say("keyRows"), ["J", "K"]],
    [say("keyEnter"), ["Enter"]],
    [say("keyCsv"), ["E"]],
    [say("keySites"), ["1", "9"]],
    [say("keyTheme"), ["⇧D"]],
    [say("keyHelp"), ["?"]],
  ];
  return (
    <dialog id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">{say("keyboard")}</h2>
      <div class="keys">
        {list.map(([what, keys]) => (
          <div key={what}>
            {what}
            <span>
              {keys.map((key, i) => (
                <>
                  {i > 0 && " "}
                  <kbd>{key}</kbd>
                </>
              ))}
            </span>
          </div>
        ))}
      </div>
      <form method="dialog" class="end">
        <label class="acts push-0">
          <input
            type="checkbox"
            checked={!isOff}
            onChange={(event) => {
              const off = !event.currentTarget.checked;
              remember("keys", off ? "off" : "on");
              setIsOff(off);
            }}
          />
          {say("keysOn")}
        </label>
        <button type="submit" class="btn push">
          {say("close")}
        </button>
      </form>
    </dialog>
  );
}

function handle(event: KeyboardEvent, here: Here): void {
  const target = event.target as HTMLElement;
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented || areOff()) return;
  if (target.closest("input, textarea, select, [contenteditable], dialog") !== null) return;
  if (act(event.shiftKey ? `⇧${event.key.toLowerCase()}` : event.key.toLowerCase(), here, target)) {
    event.preventDefault();
  }
}

/** Does what a key stands for; false when it stands for nothing. */
function act(key: string, here: Here, target: HTMLElement): boolean {
  const period = PERIOD_KEYS[key];
  if (period !== undefined) {
    choose({ period: period === DEFAULT_PERIOD ? undefined : period, from: undefined, to: undefined });
    return true;
  }
  if (/^[1-9]$/.test(key)) {
    const site = here.sites.sites[Number(key) - 1];
    if (site !== undefined) choose({ site: site.id, model: undefined });
    return site !== undefined;
  }
  switch (key) {
    case "arrowleft":
    case "arrowright": {
      if (target.closest(".tw, .bar .wrap, .seg.bare") !== null) return false; // Scrolls what is focused.
      const range = shifted(here.range, key === "arrowleft" ? -1 : 1, here.today);
      choose({ ...range, period: undefined });
      return true;
    }
    case "x": {
      const next = NEXT_COMPARISON[here.compare];
      choose({
        compare: next === "previous" ? undefined : next,
        compareFrom: undefined,
        compareTo: undefined,
      });
      return true;
    }
    case "f": {
      const menu = document.getElementById("filter-menu") as HTMLDetailsElement | null;
      if (menu === null) return false;
      menu.open = true;
      menu.querySelector<HTMLElement>("summary")?.focus();
      menu.querySelector<HTMLElement>("select")?.focus();
      return true;
    }
    case "/":
    case "⇧/":
      go(addressOf("people"));
      requestAnimationFrame(() => document.getElementById("people-search")?.focus());
      return true;
    case "escape": {
      const filters = filtersOf(currentAddress().params);
      choose(Object.fromEntries(filters.map((filter) => [filterKey(filter), undefined])));
      return filters.length > 0;
    }
    case "j":
    case "k":
      return moveRow(target, key === "j" ? 1 : -1);
    case "e":
      return panelOf(target)?.querySelector<HTMLElement>("[data-csv]")?.click() === undefined;
    case "⇧d":
      switchTheme();
      here.formats.count(0);
      return true;
    case "?":
    case "⇧?":
      showKeys();
      return true;
    default:
      return false;
  }
}

const panelOf = (target: HTMLElement): Element | null =>
  target.closest(".panel") ?? document.querySelector(".panel:has([data-csv])");

/** Focus goes to the next or previous row that can be chosen, in the panel that has the focus or the first that has rows. */
function moveRow(target: HTMLElement, step: 1 | -1): boolean {
  const panel = target.closest(".panel:has([data-row])") ?? document.querySelector(".panel:has([data-row])");
  const rows = [...(panel?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
  if (rows.length === 0) return false;
  const at = rows.indexOf(target);
  rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step))]!.focus();
  return true;
}
