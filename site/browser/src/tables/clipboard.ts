/// Cells to the clipboard and from it, as text that spreadsheets know.
import { cellsIn } from "./area.ts";
import { copiedText, meaningOf } from "./cell_text.ts";
import type { Column, Row } from "./shapes.ts";
import type { CellValue, Sheet } from "./sheet.ts";
import { readTsv, writeTsv } from "./tsv.ts";

/// Cells that are copied or pasted at once; for more there is CSV.
export const MOST_CELLS = 50_000;

/// The rows that are selected, those that are not here yet loaded; null when they can't be.
export async function selectedRows(sheet: Sheet): Promise<readonly Row[] | null> {
  const { top, bottom } = sheet.cursor.area;
  return (await sheet.ensure(top, bottom)) ? sheet.rowsIn(top, bottom) : null;
}

/// The selected cells as text; why it can't be had, in words, when it can't.
export function copied(sheet: Sheet): { readonly text: string } | { readonly problem: string } {
  const { area } = sheet.cursor;
  if (cellsIn(area) > MOST_CELLS) return { problem: "That is too much to copy at once: export it as CSV." };
  const columns = sheet.table.value.columns.slice(area.left, area.right + 1);
  const rows = sheet.rowsIn(area.top, area.bottom);
  if (rows.length < Math.min(area.bottom, sheet.pages.length - 1) - area.top + 1) {
    void sheet.ensure(area.top, area.bottom);
    return { problem: "Not all of these rows were here yet: copy again." };
  }
  return { text: writeTsv(rows.map((row) => columns.map((column) => copiedText(column, sheet.value(row, column))))) };
}

/// Empty the selected cells. Returns what was done, in words.
export async function clear(sheet: Sheet): Promise<string> {
  const { area } = sheet.cursor;
  if (cellsIn(area) > MOST_CELLS) return "That is too much at once.";
  const columns = sheet.table.value.columns.slice(area.left, area.right + 1);
  const rows = (await selectedRows(sheet)) ?? [];
  sheet.set(rows.flatMap((row) => columns.map((column) => ({ row, column, value: null }))));
  return "";
}

/// Paste text over cells, from the first that is selected on; rows beyond the last are added. All of it or, when
/// something does not fit its column, nothing. Returns what was done or why not, in words.
export async function paste(sheet: Sheet, text: string): Promise<string> {
  const { area } = sheet.cursor;
  let lines = readTsv(text);
  const isOne = lines.length === 1 && lines[0]?.length === 1;
  if (isOne) lines = filled(lines[0]?.[0] ?? "", area.bottom - area.top + 1, area.right - area.left + 1);
  const columns = sheet.table.value.columns.slice(area.left);
  const width = Math.max(...lines.map((line) => line.length));
  if (lines.length * width > MOST_CELLS) return "That is too much to paste at once: import it as CSV.";
  const told = problemIn(lines, columns);
  if (told) return `${told} Nothing was pasted.`;
  if (!(await sheet.ensure(area.top, area.top + lines.length - 1))) return "Nothing was pasted: rows can't be read.";
  const there = sheet.rowsIn(area.top, area.top + lines.length - 1);
  const rows = [...there, ...sheet.addRows(lines.length - there.length)];
  sheet.set(rows.flatMap((row, index) => cellsOf(row, lines[index] ?? [], columns)));
  const right = area.left + Math.min(width, columns.length) - 1;
  sheet.cursor.select({ top: area.top, bottom: area.top + lines.length - 1, left: area.left, right });
  const beyond = width - columns.length;
  return beyond > 0 ? `Pasted. ${beyond} ${beyond === 1 ? "column" : "columns"} had no place here.` : "";
}

function filled(value: string, height: number, width: number): string[][] {
  return Array.from({ length: height }, () => new Array<string>(width).fill(value));
}

function problemIn(lines: readonly (readonly string[])[], columns: readonly Column[]): string {
  for (const [index, line] of lines.entries())
    for (const [at, column] of columns.entries()) {
      const meaning = line[at] === undefined ? null : meaningOf(column, line[at]);
      if (meaning && "problem" in meaning) return `Line ${index + 1}, column ${column.name}: ${meaning.problem}`;
    }
  return "";
}

function cellsOf(row: Row, line: readonly string[], columns: readonly Column[]): CellValue[] {
  return columns.flatMap((column, at) => {
    const meaning = line[at] === undefined ? null : meaningOf(column, line[at]);
    return meaning && "value" in meaning ? [{ row, column, value: meaning.value }] : [];
  });
}
