/// Three-way merges of files, with node-diff3. DOM-free.
import { merge } from "node-diff3";
import type { FileContent, Files } from "../api/types.ts";
import { linesWithEnds } from "./diff.ts";
import { sameContent } from "./workspace.ts";

export interface Merged {
  /// What came together; a file in conflict is as `mine` has it.
  readonly files: Files;
  /// Paths that both sides changed where the changes meet.
  readonly conflicts: readonly string[];
}

/// Brings texts of a kind together by what they mean; null where that can't be.
type MergeByMeaning = (base: string, mine: string, theirs: string) => string | null;

let mergeDesigns: MergeByMeaning = () => null;

/// The designer is there: designs whose lines meet are merged by their components.
export function mergeDesignsBy(merge: MergeByMeaning): void {
  mergeDesigns = merge;
}

/// Equal pairs of lines beyond which a merge would take too long: such a file is a conflict.
const MAX_PAIRS = 2_000_000;

/// Bring two sets of files together that both began as `base`.
export function mergeFiles(base: Files, mine: Files, theirs: Files): Merged {
  const files: Record<string, FileContent> = {};
  const conflicts: string[] = [];
  for (const path of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const [b, m, t] = [base[path], mine[path], theirs[path]];
    let merged = m;
    if (sameContent(m, b)) merged = t;
    else if (!sameContent(m, t) && !sameContent(t, b)) {
      const text =
        typeof m === "string" && typeof t === "string" ? mergeAs(path, typeof b === "string" ? b : "", m, t) : null;
      if (text === null) conflicts.push(path);
      else merged = text;
    }
    if (merged !== undefined) files[path] = merged;
  }
  return { files, conflicts: conflicts.sort() };
}

function mergeAs(path: string, base: string, mine: string, theirs: string): string | null {
  const text = mergeText(base, mine, theirs);
  return text ?? (/^client_code\/.*\.yaml$/.test(path) ? mergeDesigns(base, mine, theirs) : null);
}

/// The text with both sides' changes; null where they meet.
export function mergeText(base: string, mine: string, theirs: string): string | null {
  const [b, m, t] = [linesWithEnds(base), linesWithEnds(mine), linesWithEnds(theirs)];
  if (pairs(b, m) + pairs(b, t) > MAX_PAIRS) return null;
  const merged = merge(m, b, t, { excludeFalseConflicts: true });
  return merged.conflict ? null : merged.result.join("");
}

function pairs(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const line of a) counts.set(line, (counts.get(line) ?? 0) + 1);
  return b.reduce((sum, line) => sum + (counts.get(line) ?? 0), 0);
}
