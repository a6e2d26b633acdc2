/// What differs between two texts, in blocks as the conflict notice shows them. DOM-free.
import { type DiffLine, diffParts } from "./diff.ts";

/// Lines in a row that stand on both sides, or what one side has instead of the other's.
export interface DiffBlock {
  readonly isChanged: boolean;
  readonly lines: readonly DiffLine[];
  /// Equal lines between these that are not worth showing.
  readonly skipped: number;
}

const CONTEXT = 3;

/// What differs between two texts.
export function diffLines(mine: string, theirs: string): DiffLine[] {
  return diffParts(mine.split("\n"), theirs.split("\n"));
}

/// What differs, in blocks with a little of what is equal around them; theirs come first in each.
export function diffBlocks(mine: string, theirs: string): DiffBlock[] {
  const blocks: { isChanged: boolean; lines: DiffLine[] }[] = [];
  for (const line of diffLines(mine, theirs)) {
    const isChanged = line.side !== "both";
    const last = blocks.at(-1);
    if (last?.isChanged === isChanged) last.lines.push(line);
    else blocks.push({ isChanged, lines: [line] });
  }
  return blocks.flatMap(({ isChanged, lines }, at): DiffBlock[] => {
    if (isChanged) {
      const sides = (["theirs", "mine"] as const).flatMap((side) => lines.filter((line) => line.side === side));
      return [{ isChanged, lines: sides, skipped: 0 }];
    }
    const before = at === 0 ? [] : lines.slice(0, CONTEXT);
    const after = at === blocks.length - 1 ? [] : lines.slice(before.length).slice(-CONTEXT);
    const skipped = lines.length - before.length - after.length;
    return [
      { isChanged, lines: before, skipped },
      { isChanged, lines: after, skipped: 0 },
    ].filter((block) => block.lines.length > 0 || block.skipped > 0);
  });
}
