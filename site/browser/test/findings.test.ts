import assert from "node:assert/strict";
import { test } from "node:test";
import { Text } from "@codemirror/state";
import { merged } from "../src/editor/completion.ts";
import { changesOf, marksOf, marksOfServer, offsetOf, withoutDoubles } from "../src/editor/findings.ts";

const doc = Text.of(["a = '😀'; b", "", "last"]);
const place = (row: number, column: number) => ({ row, column });

test("columns count characters, the editor counts units of strings (D-13)", () => {
  assert.equal(offsetOf(doc, place(1, 1)), 0);
  assert.equal(offsetOf(doc, place(1, 6)), 5);
  assert.equal(offsetOf(doc, place(1, 7)), 7);
  assert.equal(offsetOf(doc, place(1, 999)), 11);
  assert.equal(offsetOf(doc, place(3, 5)), doc.length);
  assert.equal(offsetOf(doc, place(99, 1)), doc.length);
});

test("what stops code from running is an error, the rest a warning, a safe fix a button (D-13)", () => {
  const finding = { message: "m", location: place(1, 1), end_location: place(1, 2), fix: null };
  const fix = { message: "Mend", edits: [{ content: "x", location: place(3, 1), end_location: place(3, 5) }] };
  const marks = marksOf(doc, [
    { ...finding, code: "F821" },
    { ...finding, code: "F401", fix },
    { ...finding, code: null },
  ]);

  assert.deepEqual(
    marks.map((mark) => [mark.severity, mark.source, mark.actions?.length]),
    [
      ["error", "F821", 0],
      ["warning", "F401", 1],
      ["error", "syntax", 0],
    ],
  );
  assert.deepEqual(changesOf(doc, fix), [{ from: 13, to: 17, insert: "x" }]);
});

test("what both tools find is told once", () => {
  const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
  const typed = marksOfServer(doc, [
    { range, severity: 1, code: "bad-argument-type", message: "t" },
    { range, severity: 1, code: "unknown-name", message: "n" },
    {
      range: { start: { line: 50, character: 3 }, end: { line: 50, character: 9 } },
      severity: 2,
      code: "",
      message: "",
    },
  ]);
  assert.deepEqual(
    typed.map((mark) => [mark.from, mark.to, mark.severity, mark.source]),
    [
      [0, 1, "warning", "bad-argument-type"],
      [0, 1, "warning", "unknown-name"],
      [17, 17, "warning", "types"],
    ],
  );
  const checked = marksOf(doc, [
    { code: "F821", message: "", location: place(1, 1), end_location: place(1, 2), fix: null },
  ]);
  assert.equal(withoutDoubles(checked, typed).length, 2);
  assert.equal(withoutDoubles([], typed).length, 2);
});

test("completions of several sources become one list, each name once (D-12)", () => {
  const one = { from: 3, options: [{ label: "a", info: "ours" }, { label: "b" }] };
  const two = { from: 3, options: [{ label: "a" }, { label: "c" }] };
  const elsewhere = { from: 1, options: [{ label: "z" }] };

  assert.deepEqual(
    merged([null, one, two, elsewhere])?.options.map((option) => option.label),
    ["a", "b", "c"],
  );
  assert.equal(merged([null, null]), null);
});
