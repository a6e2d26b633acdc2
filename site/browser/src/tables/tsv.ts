/// Cells in the clipboard, as spreadsheets write and read them: tabs between cells, quotes around what holds any.

/// Write rows of cells.
export function writeTsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(quote).join("\t")).join("\n");
}

function quote(text: string): string {
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/// Read rows of cells; the end of line that spreadsheets put last is no row of its own.
export function readTsv(text: string): string[][] {
  const cells = /(?:"((?:[^"]|"")*)"(?=\t|\r?\n|$)|([^\t\n\r]*))(\t|\r\n|\n|\r|$)/gy;
  const rows: string[][] = [];
  let row: string[] = [];
  while (cells.lastIndex <= text.length) {
    const found = cells.exec(text);
    if (!found) break;
    const [, quoted, plain = "", end] = found;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\t") continue;
    rows.push(row);
    row = [];
    if (!end || cells.lastIndex === text.length) break;
  }
  return rows;
}
