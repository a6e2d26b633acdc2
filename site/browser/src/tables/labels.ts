/// What rows of other tables are called where cells link to them.
import { type Column, isLink, type Row } from "./shapes.ts";

export class Labels {
  readonly #known = new Map<string, string | null>();

  /// Take them from rows that were read.
  learn(columns: readonly Column[], rows: readonly Row[]): void {
    for (const column of columns.filter(isLink))
      for (const row of rows) {
        const ids = idsOf(row.values[column.name]);
        ids.forEach((id, index) => {
          this.put(column.table, id, row.labels[column.name]?.[index] ?? null);
        });
      }
  }

  put(table: string | null, id: number, label: string | null): void {
    this.#known.set(`${table} ${id}`, label);
  }

  /// What a row is called; its number when it says nothing of itself.
  of(table: string | null, id: number): string {
    const label = this.#known.get(`${table} ${id}`);
    return label === null ? `#${id} (deleted)` : label || `#${id}`;
  }
}

/// The ids that a cell of a link holds.
export function idsOf(value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  return Array.isArray(value) ? (value as readonly number[]) : [];
}
