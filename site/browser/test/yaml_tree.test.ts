/// What is read anew after an edit is what reading the whole would find.
import assert from "node:assert/strict";
import { test } from "node:test";
import { YamlProblem, YamlText } from "../src/designer/texts/yaml_text.ts";

/// Long enough that a part of it is worth reading alone.
const REST = Array.from({ length: 12 }, (_, at) => `- name: other_${at}\n  type: Label\n`).join("");

function same(before: string, after: string): void {
  assert.deepEqual(new YamlText(before).as(after).value(), new YamlText(after).value());
}

test("a comment below a text becomes part of it where the text reaches so far", () => {
  const list = "top:\n- name: a\n  type: b\n  # not said\nrest:\n";
  same(
    list + REST,
    list.replace("type: b", "text: |\n  ").replace("|\n  \n", "|\n    b\n").replace("  # not", "    # not") + REST,
  );
  const said = "top:\n- text: b\n    # so far no text\nrest:\n";
  same(said + REST, said.replace("text: b", "text: |\n    b") + REST);
});

test("a key that is there twice is a problem, whichever way it came", () => {
  const text = `one: 1\ntwo: 2\nrest:\n${REST}`;
  assert.throws(() => new YamlText(text).as(text.replace("two:", "one:")), YamlProblem);
});

test("what an anchor stands for changes wherever it is used", () => {
  const text = `top:\n- &a {text: old}\nrest:\n${REST}- *a\n`;
  same(text, text.replace("old", "new"));
});
