/// The styles of icons: fetched when the first icon is drawn, and their fonts when a glyph of them is.

/// The name of the built file, beside this script; build.mjs puts it here.
declare const ICON_STYLES: string;

let added = false;

export function addIconStyles(): void {
  if (added) return;
  added = true;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(ICON_STYLES, import.meta.url).href;
  document.head.prepend(link);
}
