import assert from "node:assert/strict";
import { test } from "node:test";
import { clear, copied, paste } from "../src/tables/clipboard.ts";
import type { Json } from "../src/tables/exact.ts";
import type { Column, Row, Table } from "../src/tables/shapes.ts";
import { Sheet } from "../src/tables/sheet.ts";
import type { TableCalls, Wanted } from "../src/tables/table_calls.ts";
import type { Answer, Change, Sender } from "../src/tables/writes.ts";

const NAME: Column = { name: "name", type: "string", table: null, client_hidden: false, indexes: [] };
const AGE: Column = { name: "age", type: "number", table: null, client_hidden: false, indexes: [] };
const PEOPLE: Table = {
  name: "people",
  title: "People",
  client: "none",
  server: "full",
  home: null,
  columns: [NAME, AGE],
};

/// A table of a site in memory.
class Site {
  rows: Row[] = [];

  constructor(number: number) {
    this.rows = Array.from({ length: number }, (_, index) => this.#row(index + 1, { name: `P${index}`, age: index }));
  }

  #row(id: number, values: Readonly<Record<string, Json>>): Row {
    return { id, values, labels: {}, revision: JSON.stringify(values) };
  }

  edit(id: number, values: Readonly<Record<string, Json>>): Row {
    const index = this.rows.findIndex((row) => row.id === id);
    const made = this.#row(id, { ...this.rows[index]?.values, ...values });
    this.rows[index] = made;
    return made;
  }

  sender(): Sender {
    return {
      change: async (changes: readonly Change[]) =>
        changes.map(({ id, values }): Answer => ({ kind: "saved", row: this.edit(id, values) })),
      add: async (all) =>
        all.map((values): Answer => {
          const row = this.#row(this.rows.length + 1, values);
          this.rows.push(row);
          return { kind: "saved", row };
        }),
    };
  }

  async deleteRows(_table: string, ids: readonly number[]): Promise<void> {
    this.rows = this.rows.filter((row) => !ids.includes(row.id));
  }

  async open(): Promise<Sheet> {
    const calls = {
      rows: async (_table: string, { offset, limit }: Wanted) => ({
        rows: this.rows.slice(offset, offset + limit),
        total: this.rows.length,
      }),
      sender: () => this.sender(),
      deleteRows: (table: string, ids: readonly number[]) => this.deleteRows(table, ids),
    };
    const sheet = new Sheet(calls as unknown as TableCalls, PEOPLE);
    await sheet.refresh();
    return sheet;
  }
}

function names(sheet: Sheet): Json[] {
  return sheet.rowsIn(0, 9).map((row) => sheet.value(row, NAME));
}

test("deleted rows are out of sight at once, and come back until they are gone for good", async () => {
  const site = new Site(600);
  const sheet = await site.open();

  await sheet.deleteRows(sheet.rowsIn(1, 2));
  assert.deepEqual(names(sheet).slice(0, 3), ["P0", "P3", "P4"]);
  assert.deepEqual([sheet.length, sheet.total, site.rows.length], [598, 598, 600]);
  // Rows that are loaded meanwhile stand where they are to be.
  await sheet.ensure(397, 399);
  assert.deepEqual(
    sheet.rowsIn(397, 399).map((row) => row.id),
    [400, 401, 402],
  );
  assert.equal(await sheet.step(false), "The rows are back.");
  assert.deepEqual([names(sheet)[1], sheet.length], ["P1", 600]);

  await sheet.deleteRows(sheet.rowsIn(0, 0));
  await sheet.deleteNow();
  assert.deepEqual([names(sheet)[0], sheet.length, site.rows.length], ["P1", 599, 599]);
  assert.equal(await sheet.step(false), "Those rows are deleted for good.");
});

test("what is undone is only what still is as it was left", async () => {
  const site = new Site(3);
  const sheet = await site.open();
  sheet.set(sheet.rowsIn(0, 2).map((row) => ({ row, column: NAME, value: "same" })));
  await sheet.writes.flush();
  site.edit(2, { name: "somebody else's" });
  await sheet.refresh();

  assert.match(await sheet.step(false), /^Changed 2 cells back\. 1 that hold something else/);
  await sheet.writes.flush();
  assert.deepEqual(
    site.rows.map((row) => row.values.name),
    ["P0", "somebody else's", "P2"],
  );
});

test("cells are pasted from where one is, beyond the last row into new ones, or not at all", async () => {
  const site = new Site(2);
  const sheet = await site.open();
  sheet.cursor.go({ row: 1, column: 0 });

  assert.match(
    await paste(sheet, "Ann\t30\nBob\tmany"),
    /^Line 2, column age: “many” is no number.*Nothing was pasted/,
  );
  assert.deepEqual(names(sheet), ["P0", "P1"]);
  assert.equal(await paste(sheet, "Ann\t30\tx\nBob\t40\ty\n"), "Pasted. 1 column had no place here.");
  await sheet.writes.flush();
  assert.deepEqual(
    site.rows.map((row) => [row.values.name, row.values.age]),
    [
      ["P0", 0],
      ["Ann", 30],
      ["Bob", 40],
    ],
  );
  const made = copied(sheet);
  assert.deepEqual(made, { text: "Ann\t30\nBob\t40" });

  sheet.cursor.select({ top: 0, bottom: 2, left: 0, right: 0 });
  await paste(sheet, "all");
  assert.deepEqual(names(sheet), ["all", "all", "all"]);
  await clear(sheet);
  assert.deepEqual(names(sheet), [null, null, null]);
  await sheet.writes.flush();
});

test("a table whose columns are others now forgets what was asked of those that are gone", async () => {
  const sheet = await new Site(2).open();
  sheet.drafts.value = [{ column: "age", is: "empty" }];
  await sheet.find([{ column: "age", is: "empty" }], "");
  await sheet.orderBy({ column: "age", isDown: true });
  sheet.set(sheet.rowsIn(0, 0).map((row) => ({ row, column: NAME, value: "x" })));

  sheet.reshape({ ...PEOPLE, columns: [NAME] });

  assert.deepEqual([sheet.drafts.value, sheet.filters.value, sheet.sort.value], [[], [], null]);
  assert.equal(sheet.undo.canUndo, false);
});
