/// The keyboard of the grid while nobody types in a cell.
import { moved } from "./area.ts";
import { begin } from "./cell_actions.ts";
import { clear, selectedRows } from "./clipboard.ts";
import type { TablesModel } from "./model.ts";
import type { Sheet } from "./sheet.ts";

/// What the keys do, for the list of them.
export const KEYS: readonly (readonly [string, string])[] = [
  ["Move; with Shift select, with Ctrl to the edge", "Arrows, Home, End"],
  ["A page up or down", "PageUp, PageDown"],
  ["Edit a cell; on a column's head its menu", "Enter or F2"],
  ["Take what is typed, and go on to the next cell", "Enter, Tab"],
  ["Leave a cell as it was", "Escape"],
  ["New line in a text", "Shift-Enter"],
  ["True or false", "Space"],
  ["Empty the selected cells", "Delete"],
  ["Delete the selected rows", "Ctrl-Delete"],
  ["Select rows, a column, all", "Shift-Space, Ctrl-Space, Ctrl-A"],
  ["Copy, cut, paste", "Ctrl-C, Ctrl-X, Ctrl-V"],
  ["Undo, do again", "Ctrl-Z, Ctrl-Y"],
  ["Leave the table", "Tab"],
];

/// Do what a key means; true when it means something.
export function pressed(model: TablesModel, sheet: Sheet, event: KeyboardEvent): boolean {
  const isCtrl = event.ctrlKey || event.metaKey;
  if (event.isComposing || (event.altKey && !isCtrl)) return false;
  const to = moved(sheet.cursor.at.value, event.key, isCtrl, sheet.bounds);
  if (to) {
    sheet.cursor.go(to, event.shiftKey);
    return true;
  }
  if (isCtrl) return withCtrl(model, sheet, event);
  return selecting(sheet, event) || editing(model, sheet, event);
}

function withCtrl(model: TablesModel, sheet: Sheet, event: KeyboardEvent): boolean {
  const last = { row: Math.max(0, sheet.pages.length - 1), column: sheet.bounds.columns - 1 };
  switch (event.key.toLowerCase()) {
    case "a":
      sheet.cursor.select({ top: 0, bottom: last.row, left: 0, right: last.column });
      return true;
    case " ":
      selectColumn(sheet);
      return true;
    case "z":
      void sheet.step(event.shiftKey).then((text) => model.say(text));
      return true;
    case "y":
      void sheet.step(true).then((text) => model.say(text));
      return true;
    case "delete":
    case "backspace":
      void deleteSelected(model, sheet);
      return true;
  }
  return false;
}

function selecting(sheet: Sheet, event: KeyboardEvent): boolean {
  if (event.key === " " && event.shiftKey) {
    const { top, bottom } = sheet.cursor.area;
    sheet.cursor.select({ top, bottom, left: 0, right: sheet.bounds.columns - 1 });
    return true;
  }
  if (event.key !== "Escape") return false;
  sheet.cursor.go(sheet.cursor.at.value);
  return true;
}

function editing(model: TablesModel, sheet: Sheet, event: KeyboardEvent): boolean {
  if (event.key === "Enter" || event.key === "F2") {
    begin(model, sheet, null);
    return true;
  }
  if (event.key === "Delete" || event.key === "Backspace") {
    if (sheet.cursor.at.value.row >= 0) void clear(sheet).then((text) => text && model.say(text));
    return true;
  }
  if (event.key.length !== 1 || sheet.cursor.at.value.row < 0) return false;
  begin(model, sheet, event.key);
  return true;
}

function selectColumn(sheet: Sheet): void {
  const { left, right } = sheet.cursor.area;
  sheet.cursor.select({ top: 0, bottom: Math.max(0, sheet.pages.length - 1), left, right });
}

/// Delete the rows of the selection.
export async function deleteSelected(model: TablesModel, sheet: Sheet): Promise<void> {
  const rows = await selectedRows(sheet);
  if (!rows?.length) return;
  await sheet.deleteRows(rows);
  model.say("");
}
