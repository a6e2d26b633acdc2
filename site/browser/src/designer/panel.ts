/// What stands beside the canvas: the properties of what is selected, or the widget's theme.
import { signal } from "@preact/signals";

export const panel = signal<"properties" | "theme">("properties");

export function turnTheme(): void {
  panel.value = panel.value === "theme" ? "properties" : "theme";
}

/// The form's own slot whose fields are shown; "" for none.
export const shownSlot = signal("");
