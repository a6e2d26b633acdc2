/// Finds the lines of a traceback that are in the widget's own files. DOM-free.

export interface Place {
  readonly path: string;
  readonly line: number;
}

export interface TracePart {
  readonly text: string;
  /// Set where the text names a line of one of the widget's files.
  readonly place: Place | null;
}

const FRAME = /File "([^"\n]+)", line (\d+)/g;

/// Cut `text` into parts; parts with a place are what a click on takes there.
export function traceParts(text: string, paths: readonly string[]): TracePart[] {
  const parts: TracePart[] = [];
  let at = 0;
  for (const found of text.matchAll(FRAME)) {
    const path = ownPath(found[1] ?? "", paths);
    if (!path) continue;
    if (found.index > at) parts.push({ text: text.slice(at, found.index), place: null });
    parts.push({ text: found[0], place: { path, line: Number(found[2]) } });
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), place: null });
  return parts;
}

/// The innermost place of a traceback, where the problem is shown.
export function lastPlace(text: string, paths: readonly string[]): Place | null {
  return traceParts(text, paths).findLast((part) => part.place)?.place ?? null;
}

function ownPath(name: string, paths: readonly string[]): string | null {
  if (paths.includes(name)) return name;
  const inside = paths.filter((path) => name.endsWith(`/${path}`) && !name.includes("site-packages"));
  return inside.sort((a, b) => b.length - a.length)[0] ?? null;
}
