import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../src/designer/stage/drag.ts";
import type { Rect, Zone } from "../src/gui/design/messages.ts";

function zone(parent: string, index: number, depth: number, line: Rect, box: Rect): Zone {
  return { parent, index, depth, layout: {}, line, box };
}

test("between two panels a drag means what they are in, and within one of them that", () => {
  const page: Rect = [0, 0, 200, 130];
  const zones = [
    zone("", 0, 0, [4, 6, 192, 2], page),
    zone("", 1, 0, [4, 63, 192, 2], page),
    zone("", 2, 0, [4, 122, 192, 2], page),
    zone("above", 0, 1, [14, 14, 172, 42], [10, 10, 180, 50]),
    zone("below", 0, 1, [14, 72, 172, 42], [10, 68, 180, 50]),
  ];
  const met = (x: number, y: number) => {
    const { parent, index } = nearest(zones, x, y) ?? {};
    return [parent, index];
  };
  assert.deepEqual(met(100, 64), ["", 1]);
  assert.deepEqual(met(100, 62), ["", 1]);
  assert.deepEqual(met(100, 59), ["above", 0]);
  assert.deepEqual(met(100, 69), ["below", 0]);
  assert.deepEqual(met(100, 126), ["", 2]);
  assert.deepEqual(met(100, 4), ["", 0]);
  // Beside an empty panel, which is nearer than any other place.
  assert.deepEqual(met(6, 30), ["above", 0]);
  assert.equal(nearest(zones, 500, 500), null);
});
