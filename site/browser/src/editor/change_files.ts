/// Changes of several files at once, which the page offers to take back.
import type { EditorModel } from "./model.ts";

/// Path → its new text; null: it goes. What comes is there before what is open goes, so that the eye stays where the
/// work is.
export function changeFiles(
  model: EditorModel,
  done: string,
  changes: Readonly<Record<string, string | null>>,
  open?: string,
): void {
  const before = Object.fromEntries(Object.keys(changes).map((path) => [path, model.text(path)]));
  for (const [path, text] of Object.entries(changes)) if (text !== null) model.write(path, text);
  if (open) model.openFile(open);
  for (const [path, text] of Object.entries(changes)) if (text === null) model.deleteFile(path);
  model.mended.value = { done, before, after: changes };
  model.notice.value = done;
}
