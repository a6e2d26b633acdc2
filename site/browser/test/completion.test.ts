import assert from "node:assert/strict";
import { test } from "node:test";
import { CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { callCompletion, calledAt } from "../src/editor/server_calls.ts";
import { templateCompletion } from "../src/editor/template_completion.ts";

const FUNCTIONS = [{ name: "add_up", path: "server_code/Sums.py", line: 3 }];
const TYPES = { Label: ["text", "bold"], TextBox: ["placeholder"], "form:Row": ["shade"] };

/// The labels offered at `|`.
function offered(source: typeof CALLS, typed: string): readonly string[] {
  const state = EditorState.create({ doc: typed.replace("|", "") });
  const found = source(new CompletionContext(state, typed.indexOf("|"), true)) as CompletionResult | null;
  return found?.options.map(({ label }) => label) ?? [];
}

const CALLS = callCompletion(() => FUNCTIONS);
const TEMPLATES = templateCompletion(() => TYPES);

test("server functions are offered inside of calls alone", () => {
  assert.deepEqual(offered(CALLS, 'x = anvil.server.call("ad|")'), ["add_up"]);
  assert.deepEqual(offered(CALLS, "anvil.server.call_s('|"), ["add_up"]);
  assert.deepEqual(offered(CALLS, 'anvil.server.call("a", "|"'), []);
  assert.deepEqual(offered(CALLS, 'print("ad|")'), []);
});

test("the name that a cursor is in is the whole name", () => {
  const doc = EditorState.create({ doc: 'anvil.server.call("add_up", 1)' }).doc;

  assert.equal(calledAt(doc, 21), "add_up");
  assert.equal(calledAt(doc, 29), null);
});

test("types of components are offered behind type:, properties below properties:", () => {
  const types = Object.keys(TYPES);
  assert.deepEqual(offered(TEMPLATES, "components:\n- name: a\n  type: |"), types);
  assert.deepEqual(offered(TEMPLATES, "components:\n- {name: a, type: L|}"), types);
  assert.deepEqual(offered(TEMPLATES, "- type: TextBox\n- name: a\n  type: Label\n  properties:\n    t|"), [
    "text",
    "bold",
  ]);
  assert.deepEqual(offered(TEMPLATES, "- properties: {s|\n  type: form:Row\n- type: Label"), ["shade"]);
  assert.deepEqual(offered(TEMPLATES, "- type: Label\n  name: x|"), []);
});
