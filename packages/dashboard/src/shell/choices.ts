/**
 * Choices of the reader that are not part of an address: theme, language, shortcuts. Kept in this browser.
 */

export type Theme = "light" | "dark";
type Name = "theme" | "lang" | "keys";

/** What was chosen before; null when nothing was, or when the browser keeps nothing. */
export function remembered(name: Name): string | null {
  try {
    return localStorage.getItem(`sojourn-${name}`);
  } catch {
    return null; // Storage is switched off: the choice lives as long as the page.
  }
}

export function remember(name: Name, value: string): void {
  try {
    localStorage.setItem(`sojourn-${name}`, value);
  } catch {
    // Storage is switched off: the choice lives as long as the page.
  }
}

/** Forces the theme that was asked for, or chosen before; otherwise the system's stays. */
export function applyTheme(asked?: string): void {
  const theme = asked ?? remembered("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}

export function themeNow(): Theme {
  const forced = document.documentElement.dataset.theme;
  if (forced === "light" || forced === "dark") return forced;
  return matchMedia("(prefers-color-scheme:dark)").matches ? "dark" : "light";
}

export function switchTheme(): Theme {
  const next = themeNow() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  remember("theme", next);
  return next;
}
