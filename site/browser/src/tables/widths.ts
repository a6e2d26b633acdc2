/// How wide columns are, as their owner left them in this browser.
import { signal } from "@preact/signals";
import type { Column, ColumnType } from "./shapes.ts";

const USUAL: Readonly<Record<ColumnType, number>> = {
  string: 220,
  number: 120,
  bool: 110,
  date: 130,
  datetime: 210,
  simpleObject: 240,
  media: 200,
  link_single: 180,
  link_multiple: 220,
};
const [LEAST, MOST] = [64, 900];

export class Widths {
  readonly #key: string;
  readonly #known = signal<Readonly<Record<string, number>>>({});

  constructor(slug: string) {
    this.#key = `table-widths:${slug}`;
    try {
      this.#known.value = JSON.parse(localStorage.getItem(this.#key) ?? "{}");
    } catch {
      // What is there is not ours.
    }
  }

  /// In pixels.
  of(table: string, column: Column): number {
    return this.#known.value[`${table}.${column.name}`] ?? USUAL[column.type];
  }

  set(table: string, column: Column, width: number): void {
    const bounded = Math.round(Math.max(LEAST, Math.min(MOST, width)));
    this.#known.value = { ...this.#known.value, [`${table}.${column.name}`]: bounded };
    localStorage.setItem(this.#key, JSON.stringify(this.#known.value));
  }
}
