import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsFor, freeColumn } from "../src/designer/grid_columns.ts";
import { behind, takesOthers } from "../src/designer/places.ts";
import { Template } from "../src/designer/texts/template.ts";

const ROW = new Template(`container: {type: DataRowPanel}
components:
- {name: who, type: Label, layout_properties: {column: A}}
`);
const GRID = new Template(`container: {type: ColumnPanel}
components:
- name: grid
  type: DataGrid
  properties:
    columns:
    - {id: A, title: Name}
    - {id: B, title: Age}
  components:
  - {name: head, type: DataRowPanel}
  - {name: list, type: RepeatingPanel, properties: {item_template: Row}}
- {name: rich, type: RichText, properties: {content: "Dear {who}, {what:d}"}, components: [
    {name: a, type: Label, layout_properties: {slot: who}}]}
- {name: plain, type: RichText, properties: {content: "Dear all"}}
- {name: off, type: RichText, properties: {content: "Dear {who}", enable_slots: false}}
`);
const FORMS = new Map([
  ["Grid", GRID],
  ["Row", ROW],
]);

test("a row knows the columns of the grid that it is in, or that shows its form", () => {
  const head = GRID.part("head");
  const ids = (part: typeof head, name: string, template: Template) =>
    part && columnsFor(part, { name, template, templates: FORMS }).map(({ id }) => id);
  assert.deepEqual(ids(head, "Grid", GRID), ["A", "B"]);
  assert.deepEqual(ids(ROW.root, "Row", ROW), ["A", "B"]);
  assert.deepEqual(ids(ROW.root, "Other", ROW), []);
});

test("what comes by keys goes to the first free column", () => {
  assert.equal(freeColumn(ROW.root, [{ id: "A" }, { id: "B" }]), "B");
  assert.equal(freeColumn(ROW.root, [{ id: "A" }]), undefined);
});

test("keys put components into grids, and into the free words of a text", () => {
  const [grid, rich, plain, off] = ["grid", "rich", "plain", "off"].map((id) => GRID.part(id));
  assert(grid && rich && plain && off);
  assert(takesOthers(grid));
  assert.deepEqual([behind(GRID, grid).parent, behind(GRID, grid).index], ["", 1]);
  assert.deepEqual(behind(GRID, rich), { parent: "rich", index: 1, layout: { slot: "what" } });
  assert.equal(behind(GRID, plain).parent, "");
  assert.equal(behind(GRID, off).parent, "");
});
