/// Where one is in the grid and what is selected. Row -1 is the head; the last row is the empty one for new rows.

export interface Place {
  readonly row: number;
  readonly column: number;
}

/// A rectangle of cells; its bounds are in it.
export interface Area {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface Bounds {
  readonly rows: number;
  readonly columns: number;
  /// How many rows a page has.
  readonly page: number;
}

/// The rectangle between the cell where selecting began and the one where one is.
export function areaOf(anchor: Place, at: Place): Area {
  return {
    top: Math.max(0, Math.min(anchor.row, at.row)),
    bottom: Math.max(anchor.row, at.row),
    left: Math.min(anchor.column, at.column),
    right: Math.max(anchor.column, at.column),
  };
}

export function isInside(area: Area, place: Place): boolean {
  return place.row >= area.top && place.row <= area.bottom && place.column >= area.left && place.column <= area.right;
}

export function cellsIn(area: Area): number {
  return (area.bottom - area.top + 1) * (area.right - area.left + 1);
}

/// Where a key leads; undefined for keys that lead nowhere.
export function moved(at: Place, key: string, isFar: boolean, { rows, columns, page }: Bounds): Place | undefined {
  const last = { row: rows - 1, column: columns - 1 };
  const to = (row: number, column: number) => ({
    row: Math.max(-1, Math.min(last.row, row)),
    column: Math.max(0, Math.min(last.column, column)),
  });
  switch (key) {
    case "ArrowUp":
      return isFar ? to(0, at.column) : to(at.row - 1, at.column);
    case "ArrowDown":
      return isFar ? to(last.row, at.column) : to(at.row + 1, at.column);
    case "ArrowLeft":
      return isFar ? to(at.row, 0) : to(at.row, at.column - 1);
    case "ArrowRight":
      return isFar ? to(at.row, last.column) : to(at.row, at.column + 1);
    case "Home":
      return isFar ? to(0, 0) : to(at.row, 0);
    case "End":
      return isFar ? to(last.row, last.column) : to(at.row, last.column);
    case "PageUp":
      return to(Math.max(0, at.row - page), at.column);
    case "PageDown":
      return to(at.row + page, at.column);
  }
  return undefined;
}

/// The cell after (or before) one, from row to row: where Tab leads while one types. Null at either end.
export function besides(at: Place, isBack: boolean, { rows, columns }: Bounds): Place | null {
  const index = at.row * columns + at.column + (isBack ? -1 : 1);
  if (index < 0 || index >= rows * columns) return null;
  return { row: Math.floor(index / columns), column: index % columns };
}
