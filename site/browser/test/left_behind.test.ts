import assert from "node:assert/strict";
import { test } from "node:test";
import { formsOf } from "../src/designer/forms/form_place.ts";
import { isWhole } from "../src/designer/texts/form_code.ts";
import { History } from "../src/designer/texts/history.ts";
import { leftBehind, withoutMethods } from "../src/designer/texts/left_behind.ts";
import { type Part, Template } from "../src/designer/texts/template.ts";

const TEMPLATE = `components:
- name: panel
  type: LinearPanel
  components:
  - name: send
    type: Button
    event_bindings: {click: send_click, show: both}
- name: other
  type: Button
  event_bindings: {click: both}
container: {type: ColumnPanel}
`;
const CODE = `class Form1(Form1Template):
    def __init__(self, **properties):
        self.send.text = "Go"
        other.send = 1

    def send_click(self, **event_args):
        """send: click."""
        pass

    def both(self, **event_args):
        pass

    def used(self):
        self.send.text = self.panel.role
`;
const [form] = formsOf(["client_code/Form1/form_template.yaml"]);
assert.ok(form);

function left(id: string, code = CODE) {
  const before = new Template(TEMPLATE);
  const part = before.part(id) as Part;
  return form && leftBehind([part], before.apply({ op: "remove", id }), code, form);
}

test("what is deleted leaves lines that name it and handlers that do nothing", () => {
  assert.deepEqual(left("send"), { name: "send", lines: [3, 14], idle: ["send_click"] });
  // With what is in it; what another component calls is kept.
  assert.deepEqual(left("panel"), { name: "panel", lines: [3, 14], idle: ["send_click"] });
  assert.equal(left("other"), null);
});

test("a handler that does something, or that code calls, is not idle", () => {
  assert.deepEqual(left("send", CODE.replace("        pass\n", "        print(1)\n"))?.idle, []);
  assert.deepEqual(left("send", CODE.replace("other.send = 1", "self.send_click()"))?.idle, []);
  assert.deepEqual(
    left("send", CODE.replace("    def send_click", '    @handle("", "show")\n    def send_click'))?.idle,
    [],
  );
});

test("methods are taken out of the class, which stays one", () => {
  assert.ok(form);
  const without = withoutMethods(CODE, form, ["send_click"]);
  assert.equal(without, CODE.replace(/\n {4}def send_click[\s\S]*?pass\n/, ""));
  assert.equal(
    withoutMethods("class Form1(X):\n    def a(self):\n        pass\n", form, ["a"]),
    "class Form1(X):\n    pass\n",
  );
  assert.equal(withoutMethods(CODE, form, ["none"]), CODE);
});

test("deleting handlers is part of the step that deleted the component", () => {
  const texts: Record<string, string> = { yaml: "a", py: "b" };
  const history = new History({ text: (path) => texts[path] ?? null, write: (path, text) => (texts[path] = text) });
  history.make("Deleted send", [{ path: "yaml", before: "a", after: "" }]);
  history.amend({ path: "py", before: "b", after: "" });
  assert.deepEqual(texts, { yaml: "", py: "" });
  assert.equal(history.undo(), "Undone: Deleted send");
  assert.deepEqual(texts, { yaml: "a", py: "b" });
  history.redo();
  assert.deepEqual(texts, { yaml: "", py: "" });
});

test("a form whose class derives from more than its template may have more methods", () => {
  assert.equal(isWhole(CODE, "Form1"), true);
  assert.equal(isWhole(CODE.replace("(Form1Template)", "(Form1Template, More)"), "Form1"), false);
  assert.equal(isWhole("x = 1", "Form1"), false);
});
