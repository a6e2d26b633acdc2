/// Comments of a list: one above an item is about that item, and goes where it goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { YamlText } from "../src/designer/texts/yaml_text.ts";

const LIST = `components:
# about a
- name: a
  type: Label  # behind
  # within a

# a heading

# about b,
# in two lines
- name: b
- name: c
# the end
rest: 1
`;

const list = new YamlText(LIST);

test("what goes takes the comment above it along, and no other", () => {
  assert.equal(
    list.remove(["components"], 0).text,
    LIST.replace("# about a\n- name: a\n  type: Label  # behind\n  # within a\n\n", ""),
  );
  assert.equal(list.remove(["components"], 1).text, LIST.replace("# about b,\n# in two lines\n- name: b\n", ""));
  assert.equal(list.remove(["components"], 2).text, LIST.replace("- name: c\n", ""));
});

test("what comes stands above the comment of what it is put before, or behind the last", () => {
  const made = { name: "new" };

  assert.equal(list.insert(["components"], 0, made).text, LIST.replace("# about a", "- name: new\n# about a"));
  assert.equal(list.insert(["components"], 1, made).text, LIST.replace("# about b", "- name: new\n# about b"));
  assert.equal(list.insert(["components"], 3, made).text, LIST.replace("# the end", "- name: new\n# the end"));
});

test("what is moved takes its comments along, to another column, too", () => {
  assert.equal(
    list.move(["components"], 1, ["components"], 0).text,
    LIST.replace("# about b,\n# in two lines\n- name: b\n", "").replace(
      "# about a",
      "# about b,\n# in two lines\n- name: b\n# about a",
    ),
  );
  const nested = new YamlText("top:\n# one\n- a: 1\n  # of one\n- b:\n  - c: 2\n");

  assert.equal(
    nested.move(["top"], 0, ["top", 0, "b"], 1).text,
    "top:\n- b:\n  - c: 2\n  # one\n  - a: 1\n    # of one\n",
  );
});

test("a list in a list's line, and one at the end of a text without a line break, lose nothing else", () => {
  const deep = new YamlText("- - a\n  # about b\n  - b\n- c");

  assert.equal(deep.remove([0], 0).text, "- - b\n- c");
  assert.equal(deep.remove([], 1).text, "- - a\n  # about b\n  - b");
  assert.equal(deep.insert([0], 0, "x").text, "- - x\n  - a\n  # about b\n  - b\n- c");
  assert.equal(deep.insert([], 2, "x").text, "- - a\n  # about b\n  - b\n- c\n- x");
});

test("lines of a text that look like comments are none", () => {
  const text = new YamlText("all:\n- text: |\n    # said\n- b\n");

  assert.equal(text.remove(["all"], 1).text, "all:\n- text: |\n    # said\n");
  assert.equal(text.remove(["all"], 0).text, "all:\n- b\n");
});
