/// A line diff, and changes that keep the cursor. DOM-free.

export interface DiffLine {
  /// Where the line stands: on both sides, only in mine, only in theirs.
  readonly side: "both" | "mine" | "theirs";
  readonly text: string;
}

/// A replacement in a text.
export interface TextChange {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/// The lines of a text, each with its end.
export function linesWithEnds(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/// The replacements that make `after` of `before`, so that cursor and marks stay where nothing changed: found line by
/// line, then of each no more than differs.
export function lineChanges(before: string, after: string): TextChange[] {
  const changes: { from: number; to: number; insert: string }[] = [];
  let at = 0;
  let isOpen = false;
  for (const part of diffParts(linesWithEnds(before), linesWithEnds(after))) {
    if (part.side === "both") {
      at += part.text.length;
      isOpen = false;
      continue;
    }
    const last = changes.at(-1);
    const change = isOpen && last ? last : { from: at, to: at, insert: "" };
    if (change !== last) changes.push(change);
    isOpen = true;
    if (part.side === "theirs") change.insert += part.text;
    else {
      at += part.text.length;
      change.to = at;
    }
  }
  return changes.map((change) => narrowed(before, change));
}

function narrowed(text: string, { from, to, insert }: TextChange): TextChange {
  const before = text.slice(from, to);
  let start = 0;
  while (start < before.length && start < insert.length && before[start] === insert[start]) start += 1;
  let end = 0;
  const room = Math.min(before.length, insert.length) - start;
  while (end < room && before[before.length - 1 - end] === insert[insert.length - 1 - end]) end += 1;
  return { from: from + start, to: to - end, insert: insert.slice(start, insert.length - end) };
}

/// Longest common subsequence; above a million cells the middle is shown as replaced.
export function diffParts(a: readonly string[], b: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const both = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ side: "both", text }));
  return [
    ...both(a.slice(0, start)),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...both(a.slice(a.length - end)),
  ];
}

function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const only = (side: "mine" | "theirs", lines: readonly string[]): DiffLine[] => lines.map((text) => ({ side, text }));
  if (a.length * b.length > 1_000_000) return [...only("theirs", b), ...only("mine", a)];
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const down = table[(i + 1) * width + j] ?? 0;
      const right = table[i * width + j + 1] ?? 0;
      table[i * width + j] = a[i] === b[j] ? (table[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(down, right);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ side: "both", text: a[i] ?? "" });
      i += 1;
      j += 1;
    } else if ((table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0)) {
      lines.push({ side: "mine", text: a[i] ?? "" });
      i += 1;
    } else {
      lines.push({ side: "theirs", text: b[j] ?? "" });
      j += 1;
    }
  }
  return [...lines, ...only("mine", a.slice(i)), ...only("theirs", b.slice(j))];
}
