import { signal } from "@preact/signals";

/// How somebody likes their editor; kept in this browser, for all widgets.
export interface Preferences {
  readonly font_px: number;
  readonly wraps: boolean;
  readonly keys: "plain" | "vim";
  /// How forms of GUIs are shown: drawn, as code, or both.
  readonly form_view: FormView;
}

export type FormView = "design" | "split" | "code";

export const FONT_PX = { least: 11, most: 24, usual: 14 } as const;
export type Theme = "system" | "light" | "dark";

const KEY = "editor-preferences";
const USUAL: Preferences = { font_px: FONT_PX.usual, wraps: false, keys: "plain", form_view: "design" };

export const preferences = signal<Preferences>(recall());

export function prefer(change: Partial<Preferences>): void {
  preferences.value = tidy({ ...preferences.value, ...change });
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.value));
  } catch {
    // Then it holds for this page only.
  }
}

/// What was chosen with the pages' own switch, too (src/shell).
export function theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function setTheme(chosen: Theme): void {
  if (chosen === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem("theme");
    return;
  }
  document.documentElement.dataset.theme = chosen;
  localStorage.setItem("theme", chosen);
}

function recall(): Preferences {
  try {
    return tidy({ ...USUAL, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>) });
  } catch {
    return USUAL;
  }
}

/// Whatever was stored, what comes out can be used.
export function tidy(kept: Preferences): Preferences {
  const px = Number.isFinite(kept.font_px) ? Math.round(kept.font_px) : FONT_PX.usual;
  return {
    font_px: Math.min(FONT_PX.most, Math.max(FONT_PX.least, px)),
    wraps: kept.wraps === true,
    keys: kept.keys === "vim" ? "vim" : "plain",
    form_view: kept.form_view === "code" || kept.form_view === "split" ? kept.form_view : "design",
  };
}
