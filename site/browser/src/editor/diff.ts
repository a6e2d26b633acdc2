/// A line diff for the conflict notice. DOM-free.

export interface DiffLine {
  /// Where the line stands: on both sides, only in mine, only in theirs.
  readonly side: "both" | "mine" | "theirs";
  readonly text: string;
}

/// Longest common subsequence by lines; above a million cells the middle is shown as replaced.
export function diffLines(mine: string, theirs: string): DiffLine[] {
  const a = mine.split("\n");
  const b = theirs.split("\n");
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
