/// One table as it is open in the editor: its rows, where one is, what was changed and is on its way.
import { type Signal, signal } from "@preact/signals";
import type { Bounds } from "./area.ts";
import { sameCell } from "./cell_text.ts";
import { Cursor } from "./cursor.ts";
import { type Json, write } from "./exact.ts";
import { Labels } from "./labels.ts";
import { RowPages } from "./row_pages.ts";
import type { Column, Filter, Row, Sort, Table } from "./shapes.ts";
import type { TableCalls } from "./table_calls.ts";
import { type CellChange, Undo } from "./undo.ts";
import { type Problem, type SaveState, Writes } from "./writes.ts";

/// A value for a cell of a row.
export interface CellValue {
  readonly row: Row;
  readonly column: Column;
  readonly value: Json;
}

/// How long deleted rows can be taken back.
const TAKE_BACK_MS = 10_000;

export class Sheet {
  readonly table: Signal<Table>;
  readonly cursor = new Cursor();
  readonly sort = signal<Sort | null>(null);
  readonly filters = signal<readonly Filter[]>([]);
  /// The filters as they are being made: one without a value is not asked for yet.
  readonly drafts = signal<readonly Filter[]>([]);
  /// Words that rows are to have somewhere in their text.
  readonly search = signal("");
  /// Rows that are gone from sight and wait to be deleted.
  readonly leaving = signal<readonly number[]>([]);
  /// Why rows can't be read; empty when they can.
  readonly trouble = signal("");
  readonly isReady = signal(false);
  /// Counts whatever is to be drawn anew; what is shown of the sheet reads it.
  readonly #tick = signal(0);
  readonly labels = new Labels();
  readonly pages: RowPages;
  readonly writes: Writes;
  readonly undo = new Undo();
  /// How many rows the window shows: what a page is for the keyboard.
  page = 10;
  readonly #calls: TableCalls;
  #newest = 0;
  #finding: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(calls: TableCalls, table: Table) {
    this.#calls = calls;
    this.table = signal(table);
    const tick = () => {
      this.#tick.value += 1;
    };
    this.pages = new RowPages(async (offset, limit) => {
      const { name } = this.table.value;
      const wanted = { sort: this.sort.value, filters: this.filters.value, search: this.search.value };
      const found = await calls.rows(name, { offset, limit, ...wanted });
      this.labels.learn(this.table.value.columns, found.rows);
      return found;
    }, tick);
    this.writes = new Writes(
      calls.sender(() => this.table.value.name),
      {
        stored: (id, row) => {
          this.labels.learn(this.table.value.columns, [row]);
          this.pages.replace(id, row);
        },
        changed: tick,
      },
    );
  }

  /// How many rows can be shown.
  get length(): number {
    this.#tick.value;
    return this.pages.length;
  }

  /// How many rows there are, with the filters.
  get total(): number {
    this.#tick.value;
    return this.pages.total - this.leaving.value.length;
  }

  /// A row, if it is here.
  row(index: number): Row | undefined {
    this.#tick.value;
    return this.pages.at(index);
  }

  /// How far saving is, and what could not be saved.
  get saving(): { readonly state: SaveState; readonly problems: readonly Problem[] } {
    this.#tick.value;
    return this.writes;
  }

  get bounds(): Bounds {
    return { rows: this.pages.length + 1, columns: this.table.value.columns.length, page: this.page };
  }

  /// The column at a place, which is there.
  column(index: number): Column | undefined {
    return this.table.value.columns[index];
  }

  /// What a cell is to show: what was typed, or else what the site said.
  value(row: Row, column: Column): Json {
    this.#tick.value;
    const typed = this.writes.value(row.id, column.name);
    return typed === undefined ? (row.values[column.name] ?? null) : typed;
  }

  /// A cell's links by the labels of their rows.
  label(column: Column): (id: number) => string {
    this.#tick.value;
    return (id) => this.labels.of(column.table, id);
  }

  problem(row: Row, column: Column): Problem | undefined {
    return this.saving.problems.find((one) => one.id === row.id && one.column === column.name);
  }

  /// The table is another one now: its name, its permissions or its columns.
  reshape(table: Table): void {
    const before = this.table.value;
    if (JSON.stringify(before.columns) !== JSON.stringify(table.columns)) {
      this.undo.clear();
      const names = table.columns.map((one) => one.name);
      this.drafts.value = this.drafts.value.filter((one) => names.includes(one.column));
      this.filters.value = this.filters.value.filter((one) => names.includes(one.column));
      if (this.sort.value && !names.includes(this.sort.value.column)) this.sort.value = null;
    }
    this.table.value = table;
  }

  /// Decide a cell that was not saved; a new row of which nothing is left is gone.
  decide(problem: Problem, isMine: boolean): void {
    this.writes.decide(problem, isMine);
    if (problem.theirs) this.pages.replace(problem.id, problem.theirs);
    const isLeft = this.writes.problems.some((one) => one.id === problem.id);
    if (problem.id < 0 && !isLeft) this.pages.remove(new Set([problem.id]));
  }

  /// Read the rows anew around the one where one is.
  async refresh(): Promise<void> {
    await this.deleteNow();
    try {
      await this.pages.refresh(Math.min(this.cursor.at.value.row, Math.max(0, this.pages.length - 1)));
      this.trouble.value = "";
    } catch (error) {
      this.trouble.value = (error as Error).message;
    }
    this.isReady.value = true;
    this.cursor.keepWithin(this.bounds);
  }

  /// Order by a column, or not at all.
  async orderBy(sort: Sort | null): Promise<void> {
    this.sort.value = sort;
    await this.writes.flush();
    await this.refresh();
  }

  /// Show the rows that meet these conditions and have these words.
  async find(filters: readonly Filter[], search: string): Promise<void> {
    this.filters.value = filters;
    this.search.value = search;
    this.cursor.go({ row: 0, column: this.cursor.at.value.column });
    await this.writes.flush();
    await this.refresh();
  }

  /// Begin a filter.
  addDraft(draft: Filter): void {
    this.drafts.value = [...this.drafts.value, draft];
    this.#findSoon();
  }

  /// Change a filter that is being made, or take it away.
  changeDraft(index: number, draft: Filter | null): void {
    this.drafts.value = this.drafts.value.flatMap((one, at) => (at !== index ? one : (draft ?? [])));
    this.#findSoon();
  }

  /// Once nobody types.
  #findSoon(): void {
    clearTimeout(this.#finding);
    this.#finding = setTimeout(() => {
      const filters = this.drafts.value.filter((one) => one.value !== undefined || one.is.endsWith("empty"));
      if (write(filters as unknown as Json) !== write(this.filters.value as unknown as Json))
        void this.find(filters, this.search.value);
    }, 250);
  }

  /// Have the rows from one to another, and say why when that fails.
  async ensure(from: number, to: number): Promise<boolean> {
    try {
      await this.pages.ensure(Math.max(0, from), Math.min(to, this.pages.length - 1));
      this.trouble.value = "";
      return true;
    } catch (error) {
      this.trouble.value = (error as Error).message;
      return false;
    }
  }

  /// The rows from one to another that are here.
  rowsIn(from: number, to: number): Row[] {
    const found: Row[] = [];
    for (let index = from; index <= to && index < this.pages.length; index += 1) {
      const row = this.pages.at(index);
      if (row) found.push(row);
    }
    return found;
  }

  /// Set cells; what is there already stays. It is one step to undo.
  set(cells: readonly CellValue[]): void {
    const changes = cells
      .map(({ row, column, value }) => ({ row, column, before: this.value(row, column), after: value }))
      .filter(({ column, before, after }) => !sameCell(column, before, after));
    if (!changes.length) return;
    for (const { row, column, before, after } of changes) this.writes.put(row, column.name, before, after);
    this.undo.note({
      kind: "cells",
      changes: changes.map(({ row, column, before, after }) => ({ id: row.id, column: column.name, before, after })),
    });
    this.#tick.value += 1;
  }

  /// Add rows at the end, empty; fill them by `set`.
  addRows(number: number): Row[] {
    const made: Row[] = [];
    for (let count = 0; count < number; count += 1) {
      this.#newest -= 1;
      const row = { id: this.#newest, values: {}, labels: {}, revision: "" };
      made.push(row);
      this.pages.add(row);
      this.writes.begin(row.id);
    }
    this.undo.note({ kind: "added", ids: made.map((row) => row.id) });
    return made;
  }

  /// Take rows out of sight; they are deleted unless they are taken back soon.
  async deleteRows(rows: readonly Row[], isNoted = true): Promise<void> {
    await this.deleteNow();
    await this.writes.flush();
    const all = rows.map((row) => this.writes.idOf(row.id));
    // What the site does not have yet is just forgotten.
    const fresh = new Set(all.filter((id) => id < 0));
    this.writes.drop(fresh);
    this.pages.remove(fresh);
    const ids = all.filter((id) => id > 0);
    if (!ids.length) return;
    this.leaving.value = ids;
    this.pages.hide(new Set(ids));
    this.cursor.keepWithin(this.bounds);
    if (isNoted) this.undo.note({ kind: "deleted", ids });
    this.#timer = setTimeout(() => void this.deleteNow(), TAKE_BACK_MS);
  }

  /// Show rows again that were to be deleted.
  takeBack(): void {
    clearTimeout(this.#timer);
    this.leaving.value = [];
    this.pages.unhide();
  }

  /// Delete what waits for it.
  async deleteNow(isLeaving = false): Promise<void> {
    const ids = this.leaving.value;
    if (!ids.length) return;
    clearTimeout(this.#timer);
    try {
      await this.#calls.deleteRows(this.table.value.name, ids, isLeaving);
    } catch (error) {
      this.takeBack();
      this.trouble.value = `The rows were not deleted. ${(error as Error).message}`;
      return;
    }
    this.leaving.value = [];
    this.writes.drop(new Set(ids));
    this.pages.remove(new Set(ids));
  }

  /// Undo the last step, or do it again. Returns what was done, in words.
  async step(isRedo: boolean): Promise<string> {
    const step = isRedo ? this.undo.redo() : this.undo.undo();
    if (!step) return isRedo ? "There is nothing to do again." : "There is nothing to undo.";
    if (step.kind === "cells") return this.#changeBack(step.changes);
    if (step.kind === "deleted") {
      if (this.leaving.value[0] !== step.ids[0]) return "Those rows are deleted for good.";
      this.takeBack();
      return "The rows are back.";
    }
    await this.writes.flush();
    const ids = step.ids.map((id) => this.writes.idOf(id));
    await this.deleteRows(
      ids.flatMap((id) => this.#called(id) ?? []),
      false,
    );
    return "Took the new rows away.";
  }

  /// Set cells to what they held, where they still hold what this step had made of them.
  #changeBack(changes: readonly CellChange[]): string {
    let count = 0;
    for (const { id, column: name, before, after } of changes) {
      const row = this.#called(this.writes.idOf(id));
      const column = this.table.value.columns.find((one) => one.name === name);
      if (!row || !column || !sameCell(column, this.value(row, column), before)) continue;
      this.writes.put(row, name, before, after);
      count += 1;
    }
    const left = changes.length - count;
    const done = count === 1 ? "Changed one cell back." : `Changed ${count} cells back.`;
    return left ? `${done} ${left} that hold something else by now, or are not in sight, were left alone.` : done;
  }

  #called(id: number): Row | undefined {
    const index = this.pages.indexOf(id);
    return index < 0 ? undefined : this.pages.at(index);
  }

  /// The page is being left.
  leave(): void {
    this.writes.leave();
    void this.deleteNow(true);
  }
}
