import assert from "node:assert/strict";
import { test } from "node:test";
import { CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { python } from "@codemirror/lang-python";
import { ensureSyntaxTree } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { anvilCompletion } from "../src/editor/anvil_completion.ts";

/// Labels that are offered at the "|" of the text.
function offered(text: string): string[] {
  const pos = text.indexOf("|");
  const state = EditorState.create({ doc: text.replace("|", ""), extensions: python() });
  ensureSyntaxTree(state, state.doc.length, 5000);
  const made = anvilCompletion(() => ["tools"])(new CompletionContext(state, pos, false)) as CompletionResult | null;
  return made ? made.options.map((option) => option.label) : [];
}

test("the anvil library completes by its imports (D-12)", () => {
  assert.ok(offered("import anvil.server\n\n@anvil.server.|").includes("route"));
  assert.ok(offered("import anvil.server\nanvil.se|").includes("server"));
  assert.ok(offered("import anvil.server as s\ns.re|").includes("request"));
  assert.ok(offered("from anvil.server import request\nrequest.qu|").includes("query_params"));
  assert.ok(offered("from anvil.server import request as r, route\nr.|").includes("body_json"));
  assert.ok(offered("from anvil.server import *\nrequest.|").includes("headers"));
  assert.deepEqual(offered("request.|"), []);
});

test("what a variable was made of is known when one line says it (D-12)", () => {
  assert.deepEqual(offered("import anvil.server\nr = anvil.server.HttpResponse(404)\nr.|"), [
    "status",
    "body",
    "headers",
  ]);
  assert.ok(offered("from anvil import BlobMedia\nb = BlobMedia('a/b', b'')\nb.|").includes("get_bytes"));
});

test("imports complete: the widget's own modules, Python's and anvil's (D-12)", () => {
  const modules = offered("import |");
  assert.ok(["tools", "anvil", "json", "dataclasses"].every((name) => modules.includes(name)));
  assert.deepEqual(modules[0], "tools");
  assert.ok(offered("from anvil.server import (route, |").includes("HttpResponse"));
  assert.ok(offered("from anvil.|").includes("server"));
  assert.ok(offered("import json, |").includes("math"));
});

test("nothing is offered inside of texts and comments, or for what is unknown", () => {
  assert.deepEqual(offered("import anvil.server\n# anvil.server.|"), []);
  assert.deepEqual(offered("import anvil.server\nx = 'anvil.server.|'"), []);
  assert.deepEqual(offered("import os\nos.|"), []);
});
