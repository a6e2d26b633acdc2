import assert from "node:assert/strict";
import { test } from "node:test";
import { areaOf, besides, cellsIn, moved } from "../src/tables/area.ts";
import { copiedText, meaningOf, sameCell, shownText } from "../src/tables/cell_text.ts";
import { Exact, read, same, write } from "../src/tables/exact.ts";
import { dayOf, localText, momentOf } from "../src/tables/moment.ts";
import { RowPages } from "../src/tables/row_pages.ts";
import type { Column, ColumnType, Row } from "../src/tables/shapes.ts";
import { readTsv, writeTsv } from "../src/tables/tsv.ts";
import { Undo } from "../src/tables/undo.ts";

function column(type: ColumnType): Column {
  return { name: type, type, table: type.startsWith("link") ? "people" : null, client_hidden: false, indexes: [] };
}

function value(type: ColumnType, text: string): unknown {
  const found = meaningOf(column(type), text);
  return "value" in found ? found.value : found.problem;
}

test("numbers come and go as they were written", () => {
  const text = '{"a":1.0,"b":9007199254740993,"c":[1,2.5,-0.0,1e400],"d":"1.0"}';

  assert.equal(write(read(text)), text);
  assert.equal(write(read('{"a":[1,{}],"b":[]}'), " "), '{\n "a": [\n  1,\n  {}\n ],\n "b": []\n}');
  assert.ok(same(read("[1.0]"), read("[1.0]")));
  assert.ok(!same(read("[1.0]"), read("[1]")));
});

test("what is typed means a value of the column, or says why not", () => {
  assert.equal(value("number", " 42 "), 42);
  assert.deepEqual(value("number", "42.0"), new Exact("42.0"));
  assert.deepEqual(value("number", "9007199254740993"), new Exact("9007199254740993"));
  assert.deepEqual(value("number", "\u22121.5e3"), new Exact("-1500.0"));
  assert.match(String(value("number", "9223372036854775808")), /no number/);
  assert.match(String(value("number", "1,5")), /“1,5” is no number/);
  assert.equal(value("bool", "TRUE"), true);
  assert.equal(value("bool", "no"), false);
  assert.equal(value("date", "2024/2/29"), "2024-02-29");
  assert.match(String(value("date", "2023-02-29")), /no day/);
  assert.equal(value("datetime", "2026-01-31T13:00:00.25+01:00"), "2026-01-31T12:00:00.250000+00:00");
  assert.match(String(value("datetime", "2026-01-32 13:00")), /no date and time/);
  assert.deepEqual(value("simpleObject", '[1,"x"]'), [1, "x"]);
  assert.match(String(value("simpleObject", "{a: 1}")), /no JSON/);
  assert.deepEqual(value("link_multiple", "3, #4"), [3, 4]);
  assert.match(String(value("link_single", "Ann")), /no row/);
  for (const type of ["string", "number", "bool", "simpleObject", "media"] as const)
    assert.equal(value(type, ""), null);
});

test("cells that go to a spreadsheet mean the same when they come back", () => {
  const cells: [ColumnType, string][] = [
    ["string", '"two\\nlines\\tand a tab"'],
    ["number", "1.0"],
    ["bool", "false"],
    ["date", '"2026-01-31"'],
    ["datetime", '"2026-01-31T12:00:00.000001+00:00"'],
    ["simpleObject", '{"a":[1.0,null]}'],
    ["link_single", "7"],
    ["link_multiple", "[7,8]"],
  ];
  const line = cells.map(([type, json]) => copiedText(column(type), read(json)));

  const [back] = readTsv(writeTsv([line]));

  cells.forEach(([type, json], index) => {
    const found = meaningOf(column(type), back?.[index] ?? "");
    assert.ok("value" in found && sameCell(column(type), found.value, read(json)), `${type} ${JSON.stringify(found)}`);
  });
});

test("tabs, quotes and lines in cells survive the clipboard of spreadsheets", () => {
  assert.deepEqual(readTsv('a\t"b ""c""\nd"\r\n\te\r\n'), [
    ["a", 'b "c"\nd'],
    ["", "e"],
  ]);
  assert.deepEqual(readTsv("one"), [["one"]]);
  assert.deepEqual(readTsv("a\n\nb"), [["a"], [""], ["b"]]);
  assert.deepEqual(readTsv('5" pipe\tx'), [['5" pipe', "x"]]);
});

test("links are shown by labels and moments in the zone of the browser", () => {
  const label = (id: number) => `row ${id}`;
  assert.equal(shownText(column("link_multiple"), [1, 2], label), "row 1, row 2");
  const here = localText("2026-01-31T12:00:00.120000+00:00");
  assert.match(here, /^2026-0[12]-\d\d \d\d:\d\d:00\.12$/);
  assert.equal(momentOf(here), "2026-01-31T12:00:00.120000+00:00");
  assert.equal(dayOf("0000-01-01"), null);
});

test("keys move within the grid, and to its head", () => {
  const bounds = { rows: 100, columns: 3, page: 10 };
  const at = { row: 5, column: 1 };
  assert.deepEqual(moved({ row: 0, column: 1 }, "ArrowUp", false, bounds), { row: -1, column: 1 });
  assert.deepEqual(moved(at, "PageDown", false, bounds), { row: 15, column: 1 });
  assert.deepEqual(moved(at, "PageUp", false, bounds), { row: 0, column: 1 });
  assert.deepEqual(moved(at, "End", true, bounds), { row: 99, column: 2 });
  assert.deepEqual(moved(at, "Home", false, bounds), { row: 5, column: 0 });
  assert.equal(moved(at, "q", false, bounds), undefined);
  assert.deepEqual(besides({ row: 5, column: 2 }, false, bounds), { row: 6, column: 0 });
  assert.equal(besides({ row: 0, column: 0 }, true, bounds), null);
  assert.equal(cellsIn(areaOf({ row: 4, column: 2 }, at)), 4);
});

test("rows are loaded where one looks, and a row that moved is shown once", async () => {
  const all = Array.from(
    { length: 1000 },
    (_, index): Row => ({ id: index + 1, values: {}, labels: {}, revision: "" }),
  );
  const asked: number[] = [];
  const pages = new RowPages(
    async (offset, limit) => {
      asked.push(offset);
      return { rows: all.slice(offset, offset + limit), total: all.length };
    },
    () => undefined,
  );
  await pages.refresh();
  await Promise.all([pages.ensure(450, 460), pages.ensure(455, 470)]);
  assert.deepEqual(asked, [0, 400]);
  assert.equal(pages.at(450)?.id, 451);
  assert.equal(pages.at(700), undefined);

  all.splice(0, 1);
  await pages.ensure(200, 210);
  assert.equal(pages.indexOf(402), 401);
  assert.equal(pages.at(399)?.id, 401);
  pages.add({ id: -1, values: {}, labels: {}, revision: "" });
  await pages.refresh(450);
  assert.equal(pages.length, 1000);
  assert.equal(pages.at(999)?.id, -1);
  pages.remove(new Set([-1]));
  assert.equal(pages.total, 999);
});

test("steps are undone and done again in order", () => {
  const undo = new Undo();
  undo.note({ kind: "added", ids: [1] });
  undo.note({ kind: "cells", changes: [{ id: 1, column: "a", before: null, after: 5 }] });

  assert.deepEqual(undo.undo(), { kind: "cells", changes: [{ id: 1, column: "a", before: 5, after: null }] });
  assert.deepEqual(undo.redo(), { kind: "cells", changes: [{ id: 1, column: "a", before: null, after: 5 }] });
  undo.undo();
  assert.deepEqual(undo.undo(), { kind: "added", ids: [1] });
  assert.equal(undo.undo(), undefined);
  undo.note({ kind: "added", ids: [2] });
  assert.equal(undo.canRedo, false);
});
