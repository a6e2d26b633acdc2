import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deletedForm,
  duplicatedForm,
  renamedForm,
  startOf,
  usersOf,
  withStart,
} from "../src/designer/forms/form_files.ts";
import { linesNaming, withFormRenamed } from "../src/designer/forms/form_names.ts";
import { formsOf } from "../src/designer/forms/form_place.ts";
import { WidgetForms } from "../src/designer/forms/widget_forms.ts";

const FILES: Readonly<Record<string, string>> = {
  "anvil.yaml": "name: A shop\nstartup: {module: Main, type: form}   # first\npackage_name: shop\n",
  "client_code/Main/form_template.yaml": `container: {type: ColumnPanel}
components:
- {name: list, type: RepeatingPanel, properties: {item_template: shop.Row}}   # people
- {name: row_1, type: "form:Row", properties: {}}
- {name: label_1, type: Label, properties: {text: Row}}
`,
  "client_code/Main/__init__.py": `from ._anvil_designer import MainTemplate
from anvil import *
from ..Row import Row
from .. import Row as other


class Main(MainTemplate):
    def go(self, **event_args):
        """Row by Row."""
        open_form('Row', item={})
        open_form("shop.Row")
        self.add_component(Row())
        self.Row = "Row"
        self.list.item_template = 'Row'
`,
  "client_code/Row/form_template.yaml": "container: {type: ColumnPanel}\ncomponents: []\n",
  "client_code/Row/__init__.py": `from ._anvil_designer import RowTemplate
from anvil import *


class Row(RowTemplate):
    def __init__(self, **properties):
        super(Row, self).__init__(**properties)
`,
  "client_code/Row/helper.py": "ROW = 1\n",
  "client_code/flat.py": "from . import Row\n\nx = Row.Row()\nopen_form('Rows')\n",
};

function widget(changes: Readonly<Record<string, string>> = {}) {
  const all: Record<string, string> = { ...FILES, ...changes };
  const files = { paths: () => Object.keys(all).sort(), text: (path: string) => all[path] ?? null };
  const form = (name: string) => {
    const found = formsOf(files.paths()).find((one) => one.name === name);
    assert.ok(found);
    return found;
  };
  return { files, form, templates: new WidgetForms(files).all() };
}

test("a form's new name follows into files, imports, texts that open it, lists, forms and the manifest", () => {
  const { files, form, templates } = widget();
  const changes = renamedForm(files, templates, form("Row"), "Line");
  const moved = Object.keys(changes).filter((path) => path.includes("/Row/") || path.includes("/Line/"));
  assert.deepEqual(moved.sort(), [
    "client_code/Line/__init__.py",
    "client_code/Line/form_template.yaml",
    "client_code/Line/helper.py",
    "client_code/Row/__init__.py",
    "client_code/Row/form_template.yaml",
    "client_code/Row/helper.py",
  ]);
  assert.equal(changes["client_code/Row/helper.py"], null);
  const own = FILES["client_code/Row/__init__.py"]?.replaceAll("Row", "Line");
  assert.equal(changes["client_code/Line/__init__.py"], own);
  const main = FILES["client_code/Main/form_template.yaml"] ?? "";
  const expected = main.replace("shop.Row", "shop.Line").replace('"form:Row"', '"form:Line"');
  assert.equal(changes["client_code/Main/form_template.yaml"], expected);
  const code = (FILES["client_code/Main/__init__.py"] ?? "")
    .replace("from ..Row import Row", "from ..Line import Line")
    .replace("import Row as", "import Line as")
    .replace("open_form('Row'", "open_form('Line'")
    .replace("shop.Row", "shop.Line")
    .replace("(Row())", "(Line())")
    .replace("item_template = 'Row'", "item_template = 'Line'");
  assert.equal(changes["client_code/Main/__init__.py"], code);
  assert.equal(changes["client_code/flat.py"], "from . import Line\n\nx = Line.Line()\nopen_form('Rows')\n");
  assert.equal(changes["anvil.yaml"], undefined);
  const renamed = renamedForm(files, templates, form("Main"), "Start")["anvil.yaml"];
  assert.equal(renamed, FILES["anvil.yaml"]?.replace("module: Main", "module: Start"));
});

test("code that has another thing of that name is left alone", () => {
  for (const code of [
    "Row = 1\nprint(Row)\n",
    "from csv import reader as Row\nRow()\n",
    "from Row.x import y\n",
    "a.Row()\n",
  ])
    assert.equal(withFormRenamed(code, "Row", "Line"), code);
  assert.equal(withFormRenamed("import shop.Row\n", "Row", "Line"), "import shop.Line\n");
  assert.deepEqual(linesNaming("import anvil\nfrom .Row import Row\n\nRow()\n", "Row"), [2, 4]);
});

test("a copy has a class of its own; deleting takes every file and is warned of by name", () => {
  const { files, form, templates } = widget();
  const copy = duplicatedForm(files, form("Row"), "Row2");
  assert.ok(copy["client_code/Row2/__init__.py"]?.includes("class Row2(Row2Template)"));
  assert.ok(copy["client_code/Row2/__init__.py"]?.includes("super(Row2, self)"));
  assert.equal(copy["client_code/Row2/form_template.yaml"], FILES["client_code/Row/form_template.yaml"]);
  assert.deepEqual(Object.keys(deletedForm(files, form("Row"))), [
    "client_code/Row/__init__.py",
    "client_code/Row/form_template.yaml",
    "client_code/Row/helper.py",
  ]);
  assert.deepEqual(usersOf(files, templates, form("Row")), [
    "Main: list (item template)",
    "Main: row_1 (component)",
    "client_code/Main/__init__.py, line 3, 4, 10, 11, 12, 14",
    "client_code/flat.py, line 1, 3",
  ]);
  assert.deepEqual(usersOf(files, templates, form("Main")), ["The widget starts with it"]);
});

test("the start form is what the manifest says, in each way that it may say it", () => {
  const start = (manifest: string) => {
    const { files } = widget({ "anvil.yaml": manifest });
    return [startOf(files), withStart(files, "Row")["anvil.yaml"]];
  };
  assert.deepEqual(start(FILES["anvil.yaml"] ?? ""), ["Main", FILES["anvil.yaml"]?.replace("Main", "Row")]);
  assert.deepEqual(start("startup_form: Main\n"), ["Main", "startup_form: Row\n"]);
  assert.deepEqual(start("startup: {type: module, module: go}\n"), ["", "startup: {type: form, module: Row}\n"]);
  assert.deepEqual(start("name: x\n"), ["", "name: x\nstartup: {type: form, module: Row}\n"]);
});

test("a form of one template beside its module is renamed, too", () => {
  const { files, form, templates } = widget({
    "client_code/admin/form.yaml": "container: {type: ColumnPanel}\n",
    "client_code/admin/form.py": "class form(formTemplate):\n    pass\n",
  });
  const changes = renamedForm(files, templates, form("admin.form"), "Board");
  assert.equal(changes["client_code/admin/Board.py"], "class Board(BoardTemplate):\n    pass\n");
  assert.equal(changes["client_code/admin/form.yaml"], null);
});
