import assert from "node:assert/strict";
import { test } from "node:test";
import type { App, Node } from "../src/gui/app.ts";
import { pythonFiles } from "../src/gui/modules.ts";

function form(name: string, ...code: string[]) {
  const bindings = code.map((one) => ({ property: "text", code: one, writeback: true }));
  const root: Node = { name: "", type: "ColumnPanel", properties: {}, layout: {}, events: {}, bindings, children: [] };
  return { name, root };
}

function files(modules: Record<string, string>, ...code: string[]): Record<string, string> {
  const app: App = {
    package: "shop",
    modules,
    forms: { Form1: form("Form1", ...code) },
    startup: { kind: "form", name: "Form1" },
    dependencies: {},
    theme: { colors: {}, html: {} },
  };
  return pythonFiles(app);
}

const designer = (...code: string[]): string => files({}, ...code)["shop/Form1/_anvil_designer.py"] ?? "";

test("bindings write back to attributes and items", () => {
  for (const code of ["self.item['a b']", 'self.item["x"][0]', "self.rows[self.n[0]].name", "self.get(1, '=').x"]) {
    assert.ok(designer(code).includes(`    ${code} = value\n`), code);
  }
});

test("a binding that can't be written back says so when it is, and keeps nothing from loading", () => {
  for (const code of [
    "self.item['a'] + 'b'",
    "str(self.x)",
    "a if self.b else c",
    "self.item['a'] or ''",
    "'x'",
    "self",
  ]) {
    assert.ok(designer(code).includes("    raise TypeError(\"A data binding can't write back to: "), code);
  }
});

test("code may leave out the import of its form's template, and keeps its lines where that can be", () => {
  const made = (source: string) => files({ "Form1.py": source })["shop/Form1.py"];
  const line = "from ._anvil_designer import Form1Template";
  assert.equal(
    made("import anvil\nclass Form1(Form1Template): pass\n"),
    `${line}; import anvil\nclass Form1(Form1Template): pass\n`,
  );
  assert.equal(made("class Form1(Form1Template): pass\n"), `${line}\nclass Form1(Form1Template): pass\n`);
  assert.equal(made(`\n${line}\nForm1Template`), `\n${line}\nForm1Template`);
  assert.equal(
    made("from __future__ import annotations\nForm1Template\n"),
    `from __future__ import annotations; ${line} \nForm1Template\n`,
  );
  assert.equal(made("x = 1\n"), "x = 1\n");
});
