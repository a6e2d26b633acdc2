/// Where one is in the grid, what is selected, and which cell is being typed in.
import { signal } from "@preact/signals";
import { type Area, areaOf, type Bounds, type Place } from "./area.ts";

/// A cell that is being typed in; `seed` is the key that began it and takes the place of what was there.
export interface Typing extends Place {
  readonly seed: string | null;
}

export class Cursor {
  readonly at = signal<Place>({ row: 0, column: 0 });
  readonly anchor = signal<Place>({ row: 0, column: 0 });
  readonly typing = signal<Typing | null>(null);

  get area(): Area {
    return areaOf(this.anchor.value, this.at.value);
  }

  /// Go to a cell; `extends` selects from where one was.
  go(place: Place, isExtending = false): void {
    this.at.value = place;
    if (!isExtending) this.anchor.value = place;
  }

  /// Select a rectangle; one is in its first cell.
  select(area: Area): void {
    this.anchor.value = { row: area.bottom, column: area.right };
    this.at.value = { row: area.top, column: area.left };
  }

  /// Stay within the grid when it got smaller.
  keepWithin({ rows, columns }: Bounds): void {
    const within = (place: Place) => ({
      row: Math.min(place.row, Math.max(0, rows - 1)),
      column: Math.min(place.column, Math.max(0, columns - 1)),
    });
    const [at, anchor] = [within(this.at.value), within(this.anchor.value)];
    if (at.row !== this.at.value.row || at.column !== this.at.value.column) this.at.value = at;
    if (anchor.row !== this.anchor.value.row || anchor.column !== this.anchor.value.column) this.anchor.value = anchor;
  }
}
