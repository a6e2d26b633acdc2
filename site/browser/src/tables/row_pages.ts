/// The rows of a table, of which only those that were looked at are here.
import type { Row } from "./shapes.ts";

/// Rows that are asked for at once.
export const PAGE = 200;
/// Browsers lay out some ten million pixels; rows beyond that are found by filter or order.
export const MOST_ROWS = 300_000;

export interface Loaded {
  readonly rows: readonly Row[];
  /// How many rows match in all.
  readonly total: number;
}

export type Load = (offset: number, limit: number) => Promise<Loaded>;

export class RowPages {
  #rows: (Row | undefined)[] = [];
  /// Where rows are that are not to be seen, in order: they wait to be deleted.
  #hidden: readonly number[] = [];
  #loading = new Map<number, Promise<void>>();
  #epoch = 0;
  readonly #load: Load;
  readonly #changed: () => void;
  /// How many rows there are; `length` may be less.
  total = 0;

  /// `changed` is told when rows came or went.
  constructor(load: Load, changed: () => void) {
    this.#load = load;
    this.#changed = changed;
  }

  /// How many rows can be shown.
  get length(): number {
    return this.#rows.length - this.#hidden.length;
  }

  at(index: number): Row | undefined {
    return this.#rows[this.#place(index)];
  }

  indexOf(id: number): number {
    const place = this.#rows.findIndex((row) => row?.id === id);
    return place < 0 || this.#hidden.includes(place) ? -1 : place - this.#hidden.filter((one) => one < place).length;
  }

  /// Where a row that is shown is among all.
  #place(index: number): number {
    let place = index;
    for (const hidden of this.#hidden) {
      if (hidden > place) break;
      place += 1;
    }
    return place;
  }

  /// Read anew what there is around a row; what is shown stays until then. Rows without an id stay at the end.
  async refresh(around = 0): Promise<void> {
    this.#epoch += 1;
    this.#loading.clear();
    const epoch = this.#epoch;
    const offset = Math.max(0, around - (around % PAGE));
    const loaded = await this.#load(offset, PAGE);
    if (epoch !== this.#epoch) return;
    const fresh = this.#rows.filter((row) => row !== undefined && row.id < 0);
    this.total = loaded.total + fresh.length;
    this.#hidden = [];
    this.#rows = [...new Array<undefined>(Math.min(loaded.total, MOST_ROWS)), ...fresh];
    this.#put(offset, loaded.rows);
    this.#changed();
  }

  /// See to it that these rows are here.
  async ensure(first: number, last: number): Promise<void> {
    const [from, to] = [this.#place(first), this.#place(last)];
    const waits: Promise<void>[] = [];
    for (let start = from - (from % PAGE); start <= to; start += PAGE) {
      if (this.#isWhole(Math.max(start, from), Math.min(start + PAGE - 1, to))) continue;
      waits.push(this.#loadPage(start));
    }
    await Promise.all(waits);
  }

  #isWhole(from: number, to: number): boolean {
    for (let index = from; index <= to && index < this.#rows.length; index += 1) if (!this.#rows[index]) return false;
    return true;
  }

  #loadPage(start: number): Promise<void> {
    const running = this.#loading.get(start);
    if (running) return running;
    const epoch = this.#epoch;
    const made = this.#load(start, PAGE)
      .then((loaded) => {
        if (epoch !== this.#epoch) return;
        this.#put(start, loaded.rows);
        this.#changed();
      })
      .finally(() => {
        if (epoch === this.#epoch) this.#loading.delete(start);
      });
    this.#loading.set(start, made);
    return made;
  }

  /// Others may have added or deleted rows: a row that came in another place is taken from the one it was in.
  #put(start: number, rows: readonly Row[]): void {
    const ids = new Set(rows.map((row) => row.id));
    this.#rows.forEach((row, index) => {
      if (row && ids.has(row.id)) this.#rows[index] = undefined;
    });
    rows.forEach((row, index) => {
      if (start + index < this.#rows.length) this.#rows[start + index] = row;
    });
  }

  /// Put a row at the end.
  add(row: Row): void {
    this.#rows.push(row);
    this.total += 1;
    this.#changed();
  }

  /// Put other values (and perhaps its id) in the place of a row.
  replace(id: number, row: Row): void {
    const place = this.#rows.findIndex((one) => one?.id === id);
    if (place < 0) return;
    this.#rows[place] = row;
    this.#changed();
  }

  /// Don't show these rows, which are here.
  hide(ids: ReadonlySet<number>): void {
    this.#hidden = this.#rows.flatMap((row, place) => (row && ids.has(row.id) ? [place] : []));
    this.#changed();
  }

  /// Show all again.
  unhide(): void {
    this.#hidden = [];
    this.#changed();
  }

  /// Take rows away: they are deleted.
  remove(ids: ReadonlySet<number>): void {
    const before = this.#rows.length;
    this.#rows = this.#rows.filter((row) => !row || !ids.has(row.id));
    this.#hidden = [];
    this.total -= before - this.#rows.length;
    // What is being loaded was counted with them.
    this.#epoch += 1;
    this.#loading.clear();
    this.#changed();
  }
}
