/// What editing a cell begins with and ends in, whichever way it is done.
import { besides } from "./area.ts";
import type { Json } from "./exact.ts";
import type { TablesModel } from "./model.ts";
import { type Column, isLink, type Row } from "./shapes.ts";
import type { Sheet } from "./sheet.ts";

/// Where one goes when a cell is done.
export type Onward = "stay" | "down" | "up" | "next" | "before";

/// Edit the cell where one is; `seed` is the key that began it.
export function begin(model: TablesModel, sheet: Sheet, seed: string | null): void {
  const at = sheet.cursor.at.value;
  const column = sheet.column(at.column);
  if (!column) return;
  if (at.row < 0) {
    openMenu(model, column, at.column);
    return;
  }
  const row = sheet.pages.at(at.row) ?? null;
  if (at.row < sheet.pages.length && !row) return;
  if (column.type === "bool") {
    if (seed === null || seed === " ") toggle(sheet, row, column);
    else if ("tfyn10".includes(seed.toLowerCase()) && seed) put(sheet, row, column, "ty1".includes(seed.toLowerCase()));
    return;
  }
  sheet.cursor.go(at);
  if (isLink(column) && !column.table) {
    model.say("This column links to a table that is not shared with this widget.");
    return;
  }
  if (column.type === "simpleObject") model.asked.value = { kind: "json", row, column };
  else if (column.type === "media") model.asked.value = { kind: "media", row, column };
  else if (isLink(column)) model.asked.value = { kind: "link", row, column };
  else sheet.cursor.typing.value = { ...at, seed };
}

/// Open the menu of a column beneath its head.
export function openMenu(model: TablesModel, column: Column, index: number): void {
  const head = document.getElementById(`cell--1-${index}`);
  if (head) model.asked.value = { kind: "menu", column, at: head.getBoundingClientRect() };
}

/// True becomes false, anything else true.
export function toggle(sheet: Sheet, row: Row | null, column: Column): void {
  put(sheet, row, column, row === null || sheet.value(row, column) !== true);
}

/// Set a cell of a row as it was when one began to type: what came in meanwhile is not written over.
/// In the empty last row that makes a row.
export function put(sheet: Sheet, row: Row | null, column: Column, value: Json): void {
  if (row) {
    sheet.set([{ row: row.id < 0 ? current(sheet, row) : row, column, value }]);
    return;
  }
  if (value === null) return;
  sheet.set(sheet.addRows(1).map((made) => ({ row: made, column, value })));
}

/// A row as it is by now: it may have got its id while one typed.
export function current(sheet: Sheet, row: Row): Row {
  const index = sheet.pages.indexOf(sheet.writes.idOf(row.id));
  return (index < 0 ? undefined : sheet.pages.at(index)) ?? row;
}

/// Typing has ended: go on.
export function end(sheet: Sheet, onward: Onward): void {
  const { at } = sheet.cursor;
  sheet.cursor.typing.value = null;
  const { row, column } = at.value;
  const { bounds } = sheet;
  if (onward === "down") sheet.cursor.go({ row: Math.min(row + 1, bounds.rows - 1), column });
  if (onward === "up") sheet.cursor.go({ row: Math.max(0, row - 1), column });
  if (onward === "next") sheet.cursor.go(besides(at.value, false, bounds) ?? at.value);
  if (onward === "before") sheet.cursor.go(besides(at.value, true, bounds) ?? at.value);
}
