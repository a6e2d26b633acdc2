import assert from "node:assert/strict";
import { test } from "node:test";
import { speed } from "../src/designer/stage/edge_scroll.ts";
import {
  gripsOf,
  inSixtieths,
  operationsOf,
  shareFor,
  sizeAt,
  spanOf,
  stepped,
  widened,
} from "../src/designer/stage/widths.ts";
import { Zoom } from "../src/designer/stage/zoom.ts";
import { Template } from "../src/designer/texts/template.ts";
import type { Track } from "../src/gui/design/messages.ts";

const FORM = new Template(`container:
  type: ColumnPanel
  properties: {col_widths: '{"A": 20, "B": 40, "Z": 7}'}
components:
- {name: a, type: Label, layout_properties: {grid_position: "R,A"}}
- {name: b, type: Label, layout_properties: {grid_position: "R,B"}}
- {name: c, type: Label, layout_properties: {grid_position: "R,C"}}
- name: grid
  type: GridPanel
  components:
  - {name: g, type: Label, layout_properties: {row: R, col_xs: 1, width_xs: 4, width_md: 3, col_md: 2}}
  - {name: h, type: Label, layout_properties: {row: R, col_xs: 8, width_xs: 4}}
`);
const ROW: Track = {
  panel: "",
  kind: "columns",
  box: [0, 0, 600, 40],
  cells: [
    { key: "A", box: [0, 0, 200, 40], ids: ["a"] },
    { key: "B", box: [200, 0, 400, 40], ids: ["b"] },
  ],
};
const GRID: Track = {
  panel: "grid",
  kind: "grid",
  box: [0, 0, 1200, 40],
  cells: [
    { key: "g", box: [100, 0, 400, 40], ids: ["g"] },
    { key: "h", box: [800, 0, 400, 40], ids: ["h"] },
  ],
};

test("any shares become whole sixtieths that sum up", () => {
  assert.deepEqual(inSixtieths([1, 1, 1]), [20, 20, 20]);
  assert.deepEqual(inSixtieths([5, 7]), [25, 35]);
  for (const shares of [
    [1, 1, 1, 1, 1, 1, 1],
    [3, 0.1],
    [60, 1],
  ]) {
    assert.equal(
      inSixtieths(shares).reduce((sum, share) => sum + share, 0),
      60,
    );
  }
});

test("the line between two columns gives one what it takes from the other", () => {
  const [grip] = gripsOf(FORM, ROW, 1000);
  assert.ok(grip);
  assert.deepEqual([grip.now, grip.least, grip.most, grip.line[0]], [20, 5, 55, 200]);
  const after = operationsOf(grip.made(25)).reduce((template, one) => template.apply(one), FORM);
  // What other rows have stays.
  assert.deepEqual(JSON.parse(String(after.root.properties.col_widths)), { A: 25, B: 35, Z: 7 });
  assert.equal(grip.shown(25), "5/12 | 7/12");
  assert.equal(stepped(grip, 1, false), 25);
  assert.equal(stepped({ ...grip, now: 23 }, -1, false), 20);
  assert.equal(stepped({ ...grip, now: 23 }, 1, false), 25);
  assert.equal(stepped({ ...grip, now: 55 }, 1, true), 55);
});

test("keys widen a column, the last one to the left", () => {
  const shown = { at: undefined, tracks: [ROW], page_px: 1000 };
  const of = (id: string, by: 1 | -1) => {
    const change = widened(FORM, { ...shown, part: FORM.part(id) as never }, by);
    return change && JSON.parse(String(change.properties?.col_widths));
  };
  assert.equal(of("a", 1).A, 25);
  assert.equal(of("b", 1).B, 45);
  assert.equal(of("b", -1).B, 35);
  assert.equal(of("c", 1), undefined);
});

test("what comes into a row that has widths gets a share like the others", () => {
  const [set] = shareFor(FORM, "", { grid_position: "R,NEW" });
  assert.deepEqual(set?.op === "set" && JSON.parse(String(set.value)), { A: 20, B: 40, Z: 7, NEW: 30 });
  assert.deepEqual(shareFor(FORM, "", { grid_position: "R,A" }), []);
  assert.deepEqual(shareFor(FORM, "", { grid_position: "OTHER,NEW" }), []);
  assert.deepEqual(shareFor(FORM, "grid", { row: "R" }), []);
});

test("a cell of a grid goes as far as its neighbours, at the size that is drawn", () => {
  const grips = gripsOf(FORM, GRID, 600);
  const [begin, end, next] = grips;
  assert.deepEqual([begin?.now, begin?.least, begin?.most], [1, 0, 4]);
  assert.deepEqual([end?.now, end?.least, end?.most], [5, 2, 8]);
  assert.deepEqual([next?.now, next?.least], [8, 5]);
  assert.deepEqual(end?.made(7).layout, { row: "R", col_xs: 1, width_xs: 6, width_md: 3, col_md: 2 });
  assert.deepEqual(begin?.made(3).layout, { row: "R", col_xs: 3, width_xs: 2, width_md: 3, col_md: 2 });
  const layout = FORM.part("g")?.layout ?? {};
  assert.equal(sizeAt(layout, 1300), "md");
  assert.equal(sizeAt(layout, 800), "xs");
  assert.deepEqual(spanOf(layout, 1300), [2, 5]);
});

test("zoom goes by steps between its bounds, and shows a whole width", () => {
  const zoom = new Zoom();
  zoom.room.value = 640;
  zoom.by(1);
  assert.equal(zoom.level.value, 1.1);
  for (let times = 0; times < 20; times += 1) zoom.by(1);
  assert.equal(zoom.level.value, 2);
  for (let times = 0; times < 20; times += 1) zoom.by(-1);
  assert.equal(zoom.level.value, 0.5);
  zoom.fit(1280);
  assert.equal(zoom.percent.value, "50 %");
  zoom.fit(0);
  assert.equal(zoom.level.value, 1);
  zoom.turn(-60);
  assert.ok(zoom.level.value > 1.2 && zoom.level.value < 1.3);
});

test("near an edge a drag scrolls, the nearer the faster", () => {
  assert.equal(speed(500, 0, 1000), 0);
  assert.ok(speed(990, 0, 1000) > speed(970, 0, 1000));
  assert.ok(speed(5, 0, 1000) < 0);
});
