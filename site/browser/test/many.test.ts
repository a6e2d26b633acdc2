import assert from "node:assert/strict";
import { test } from "node:test";
import { insertions, moves, removals, type Spot, topmost } from "../src/designer/many.ts";
import { Selection } from "../src/designer/selection.ts";
import { type Operation, Template } from "../src/designer/texts/template.ts";

const FORM = new Template(`container: {type: ColumnPanel}
components:
- {name: a, type: Label, layout_properties: {grid_position: "R,A"}}
- {name: b, type: Label, layout_properties: {grid_position: "R,B"}}
- {name: c, type: Label, layout_properties: {grid_position: "S,C"}}
- name: panel
  type: ColumnPanel
  components:
  - {name: d, type: Label, layout_properties: {grid_position: "T,D"}}
- name: xy
  type: XYPanel
  components:
  - {name: e, type: Label, layout_properties: {x: 10, y: 20, width: 50}}
  - {name: f, type: Label, layout_properties: {x: 40, y: 80}}
- {type: Label}
- {type: Label}
`);

function made(operations: readonly Operation[]): Template {
  return operations.reduce((template, operation) => template.apply(operation), FORM);
}

function ids(template: Template, id = ""): readonly string[] {
  return template.part(id)?.children.map((child) => child.id) ?? [];
}

function moved(names: readonly string[], spot: Spot, taken = names[0] ?? ""): Template {
  return made(moves(FORM, topmost(FORM, names), spot, taken));
}

test("one is selected, others with it, and whoever selects another selects that alone", () => {
  const selection = new Selection();
  selection.toggle("a");
  selection.toggle("b");
  assert.deepEqual(selection.all.value, ["a", "b"]);
  assert.equal(selection.said, "2 components selected");
  selection.main.value = "c";
  assert.deepEqual(selection.all.value, ["c"]);
  selection.take(["", "a", "b"]);
  selection.only("b");
  assert.deepEqual(selection.all.value, ["b"]);
  selection.toggle("b");
  assert.deepEqual(selection.all.value, [""]);
});

test("what is in something that is selected goes with it", () => {
  assert.deepEqual(
    topmost(FORM, ["d", "panel", "a", ""]).map(({ id }) => id),
    ["a", "panel"],
  );
});

test("several go at once, those without names, too", () => {
  const parts = topmost(FORM, ["a", "c", "#5", "#6"]);
  assert.deepEqual(ids(made(removals(parts))), ["b", "panel", "xy"]);
});

test("several move together, in their order, before what was there", () => {
  const spot = { parent: "", index: 1, layout: { grid_position: "N,N" } };
  assert.deepEqual(ids(moved(["d", "a"], spot)).slice(0, 4), ["b", "a", "d", "c"]);
  assert.deepEqual(ids(moved(["a", "c"], { ...spot, parent: "panel", index: 1 }), "panel"), ["d", "a", "c"]);
  assert.throws(() => moved(["a", "#5"], spot), /one at a time/);
});

test("what stood side by side still does in new rows, and shares a row it comes into", () => {
  const fresh = moved(["a", "b", "c"], { parent: "panel", index: 0, layout: { grid_position: "N,M" } });
  const places = ["a", "b", "c"].map((id) => String(fresh.part(id)?.layout.grid_position));
  assert.deepEqual(places.slice(0, 2), ["N,A", "N,B"]);
  assert.match(places[2] ?? "", /^[A-Z]{6},C$/);
  const beside = moved(["a", "b"], { parent: "panel", index: 1, layout: { grid_position: "T,M" } });
  assert.equal(beside.part("a")?.layout.grid_position, "T,M");
  assert.match(String(beside.part("b")?.layout.grid_position), /^T,[A-Z]{6}$/);
});

test("what is free keeps its distances and its width", () => {
  const template = moved(["e", "f"], { parent: "xy", index: 0, layout: { x: 100, y: 100 } }, "f");
  assert.deepEqual(template.part("e")?.layout, { x: 70, y: 40, width: 50 });
  assert.deepEqual(template.part("f")?.layout, { x: 100, y: 100 });
});

test("copies come one behind the other", () => {
  const sources = [
    { name: "n", type: "Label" },
    { name: "m", type: "Label" },
  ];
  const spot = { parent: "panel", index: 0, layout: { grid_position: "N,M" } };
  const template = made(insertions(FORM, sources, spot));
  assert.deepEqual(ids(template, "panel"), ["n", "m", "d"]);
});
