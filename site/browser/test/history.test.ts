import assert from "node:assert/strict";
import { test } from "node:test";
import { type Content, History } from "../src/designer/texts/history.ts";

function files(texts: Record<string, string>) {
  const held = new Map(Object.entries(texts));
  const write = (path: string, text: string) => void held.set(path, text);
  return { text: (path: string) => held.get(path) ?? null, write };
}

function edit(path: string, before: string, after: string) {
  return { path, before, after };
}

test("a step of two files is undone and done again as one", () => {
  const texts = files({ a: "1\n", b: "x\n" });
  const history = new History(texts);
  history.make("Both", [edit("a", "1\n", "2\n"), edit("b", "x\n", "y\n")]);
  assert.deepEqual([texts.text("a"), texts.text("b")], ["2\n", "y\n"]);
  assert.equal(history.undo(), "Undone: Both");
  assert.deepEqual([texts.text("a"), texts.text("b")], ["1\n", "x\n"]);
  assert.equal(history.redo(), "Done again: Both");
  assert.deepEqual([texts.text("a"), texts.text("b")], ["2\n", "y\n"]);
  assert.equal(history.redo(), "Nothing to redo.");
});

test("typing in one field is one step, and a step of nothing is none", () => {
  const texts = files({ a: "" });
  const history = new History(texts);
  history.make("text", [edit("a", "", "H")], "label.text");
  history.make("text", [edit("a", "H", "Hi")], "label.text");
  history.make("same", [edit("a", "Hi", "Hi")]);
  history.undo();
  assert.equal(texts.text("a"), "");
  assert.equal(history.canUndo, false);
});

test("what was typed elsewhere stays, and what was typed there is not lost", () => {
  const texts = files({ a: "1\n2\n3\n4\n5\n" });
  const history = new History(texts);
  history.make("Change", [edit("a", "1\n2\n3\n4\n5\n", "1\n2\n3\n4\nfive\n")]);
  texts.write("a", "one\n2\n3\n4\nfive\n");
  assert.equal(history.undo(), "Undone: Change");
  assert.equal(texts.text("a"), "one\n2\n3\n4\n5\n");
  history.redo();
  texts.write("a", "one\n2\n3\n4\nFIVE\n");
  assert.match(history.undo(), /^Not undone: the code was changed in the same place/);
  assert.equal(texts.text("a"), "one\n2\n3\n4\nFIVE\n");
});

test("a file that comes, one that is no text and one that goes are a step like any other", () => {
  const held = new Map<string, Content>([["old.png", { base64: "AAAA" }]]);
  const history = new History({
    text: () => null,
    content: (path) => held.get(path) ?? null,
    write: (path, content) => void (content === null ? held.delete(path) : held.set(path, content)),
  });
  history.make("Files", [
    { path: "new.png", before: null, after: { base64: "BBBB" } },
    { path: "old.png", before: { base64: "AAAA" }, after: null },
  ]);
  assert.deepEqual([...held], [["new.png", { base64: "BBBB" }]]);
  history.undo();
  assert.deepEqual([...held], [["old.png", { base64: "AAAA" }]]);
  held.set("old.png", { base64: "CCCC" });
  assert.match(history.redo(), /^Not redone/);
  assert.deepEqual([...held], [["old.png", { base64: "CCCC" }]]);
});
