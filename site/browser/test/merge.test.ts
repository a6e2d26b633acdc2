import assert from "node:assert/strict";
import { test } from "node:test";
import { lineChanges, type TextChange } from "../src/editor/diff.ts";
import { diffBlocks } from "../src/editor/diff_blocks.ts";
import { mergeFiles, mergeText } from "../src/editor/merge.ts";

const BASE = "one\ntwo\nthree\nfour\nfive\n";

function applied(text: string, changes: readonly TextChange[]): string {
  let made = "";
  let at = 0;
  for (const change of changes) {
    made += text.slice(at, change.from) + change.insert;
    at = change.to;
  }
  return made + text.slice(at);
}

test("changes in different places come together", () => {
  assert.equal(
    mergeText(BASE, `zero\n${BASE}`, BASE.replace("five", "FIVE\nsix")),
    `zero\n${BASE.replace("five", "FIVE\nsix")}`,
  );
});

test("the same change on both sides is made once", () => {
  const changed = BASE.replace("three", "3");
  assert.equal(mergeText(BASE, changed, changed), changed);
});

test("changes that meet don't come together", () => {
  assert.equal(mergeText(BASE, BASE.replace("two", "mine"), BASE.replace("two", "theirs")), null);
  assert.equal(mergeText("", "mine\n", "theirs\n"), null);
});

test("a last line without its end keeps what it is", () => {
  assert.equal(mergeText("a\nb\nc", "A\nb\nc", "a\nb\nc\n"), "A\nb\nc\n");
});

test("files that one side alone touched are taken from it, and the others are named", () => {
  const base = { "main.py": BASE, gone: "x", both: "b", pic: { base64: "AA==" } };
  const mine = { ...base, "main.py": BASE.replace("one", "1"), new: "n", both: "m" };
  const { gone: _, ...rest } = base;
  const theirs = { ...rest, "main.py": BASE.replace("five", "5"), both: "t", pic: { base64: "AAAA" } };

  const merged = mergeFiles(base, mine, theirs);

  assert.deepEqual(merged.conflicts, ["both"]);
  assert.deepEqual(merged.files, {
    "main.py": BASE.replace("one", "1").replace("five", "5"),
    new: "n",
    both: "m",
    pic: { base64: "AAAA" },
  });
});

test("a file that is removed here and changed there is a conflict", () => {
  assert.deepEqual(mergeFiles({ a: "1" }, {}, { a: "2" }), { files: {}, conflicts: ["a"] });
});

test("changes make the new text and touch nothing else", () => {
  const texts = [
    "",
    "a",
    "a\n",
    BASE,
    BASE.replace("two\n", ""),
    `${BASE}more`,
    BASE.replace("one", "1").replace("five", "5"),
  ];
  for (const before of texts) {
    for (const after of texts) assert.equal(applied(before, lineChanges(before, after)), after);
  }
  assert.deepEqual(lineChanges(BASE, BASE.replace("three", "3")), [{ from: 8, to: 13, insert: "3" }]);
  assert.deepEqual(lineChanges("ab  cd", "ab cd"), [{ from: 3, to: 4, insert: "" }]);
  assert.deepEqual(lineChanges("same", "same"), []);
  assert.deepEqual(lineChanges("", "x\n"), [{ from: 0, to: 0, insert: "x\n" }]);
});

test("blocks show three equal lines around a change and count the others", () => {
  const lines = Array.from({ length: 20 }, (_, at) => `${at}`);
  const blocks = diffBlocks([...lines, "mine", "end"].join("\n"), [...lines, "theirs", "end"].join("\n"));

  assert.deepEqual(
    blocks.map((block) => [block.lines.map((line) => line.text), block.skipped]),
    [
      [[], 17],
      [["17", "18", "19"], 0],
      [["theirs", "mine"], 0],
      [["end"], 0],
    ],
  );
});
