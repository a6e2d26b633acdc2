import assert from "node:assert/strict";
import { test } from "node:test";
import { handlersOf, withHandler, withRenamed } from "../src/designer/texts/form_code.ts";

const CODE = `from anvil import *

class Form1(Form1Template):

    def __init__(self, **properties):
        self.init_components(**properties)
        self.button_1.text = "button_1"

    @handle("button_1", "click")
    def button_1_click(self, **event_args):
        other.button_1 = button_1

def button_1():
    pass
`;

test("a handler goes to the end of the form's class, once", () => {
  const made = withHandler(CODE, "Form1", "box_change", "box: change.");
  assert.equal(
    made.text,
    CODE.replace(
      "= button_1\n",
      '= button_1\n\n    def box_change(self, **event_args):\n        """box: change."""\n        pass\n',
    ).replace("pass\n\ndef", "pass\n\n\ndef"),
  );
  assert.equal(made.text.split("\n")[made.line - 1], "        pass");
  assert.deepEqual(withHandler(made.text, "Form1", "box_change", "box: change.").text, made.text);
  assert.deepEqual(
    handlersOf(made.text, "Form1").map(({ name }) => name),
    ["__init__", "button_1_click", "box_change"],
  );
});

test("code without the class gets one, and tabs stay tabs", () => {
  const made = withHandler("x = 1\n", "Form1", "go_click", "go: click.").text;
  assert.match(made, /^x = 1\n\n\nclass Form1\(Form1Template\):\n {4}def __init__/);
  assert.match(made, /\n {4}def go_click\(self, \*\*event_args\):\n/);
  const tabbed = "class Form1(X):\n\tdef one(self):\n\t\tpass\n";
  assert.match(withHandler(tabbed, "Form1", "go", "go.").text, /\n\tdef go\(self/);
});

test("renaming follows self and methods, and nothing else of that name", () => {
  const made = withRenamed(
    CODE,
    new Map([
      ["button_1", "send"],
      ["button_1_click", "send_click"],
    ]),
  );
  assert.equal(
    made,
    CODE.replace('self.button_1.text = "button_1"', 'self.send.text = "button_1"')
      .replace('@handle("button_1"', '@handle("send"')
      .replace("def button_1_click", "def send_click"),
  );
});
