import assert from "node:assert/strict";
import { test } from "node:test";
import { Designer } from "../src/designer/designer.ts";
import { formsOf } from "../src/designer/forms/form_place.ts";
import { taker } from "../src/designer/offers/offers.ts";
import { offersOf } from "../src/designer/offers/offers_of.ts";
import { callablesOf } from "../src/designer/offers/server_functions.ts";
import { withImports } from "../src/designer/texts/form_code.ts";
import type { Table } from "../src/tables/shapes.ts";

const SERVER = `import anvil.server

@anvil.server.callable
def add_person(name, age: int = 3, is_member=False, *rest, note="hm", **more):
    def inner():
        return 1
    print(name)

@anvil.server.callable("all people", require_user=True)
def listed():
    return []

@anvil.server.callable
def born(date, file, when: "datetime.date"): return None

def hidden(): pass
`;
const PEOPLE: Table = {
  name: "people",
  title: "People",
  client: "none",
  server: "full",
  home: null,
  columns: [
    { name: "first_name", type: "string", table: null, client_hidden: false, indexes: [] },
    { name: "secret", type: "string", table: null, client_hidden: true, indexes: [] },
    { name: "born", type: "date", table: null, client_hidden: false, indexes: [] },
    { name: "picture", type: "media", table: null, client_hidden: false, indexes: [] },
  ],
};
const [CODE, TEMPLATE] = ["client_code/Form1/__init__.py", "client_code/Form1/form_template.yaml"];

function desk(server = SERVER) {
  const files = new Map<string, string>([
    [TEMPLATE, "container: {type: ColumnPanel}\ncomponents:\n- {name: go, type: Button}\n"],
    [
      CODE,
      "from ._anvil_designer import Form1Template\nfrom anvil import *\n\n\nclass Form1(Form1Template):\n    def __init__(self, **properties):\n        self.init_components(**properties)\n",
    ],
    ["server_code/ServerModule1.py", server],
  ]);
  const [form] = formsOf([...files.keys()]);
  assert.ok(form);
  const designer = new Designer(form, {
    text: (path) => files.get(path) ?? null,
    write: (path, text) => (text === null ? files.delete(path) : files.set(path, text as string)),
    paths: () => [...files.keys()],
    goTo: () => {},
  });
  designer.offers.value = offersOf(designer, [server], [PEOPLE, { ...PEOPLE, name: "open", client: "search" }]);
  return { designer, files, code: () => files.get(CODE) ?? "", template: () => files.get(TEMPLATE) ?? "" };
}

test("server functions are found with what they take", () => {
  const [add, listed, born, ...others] = callablesOf(SERVER);
  assert.deepEqual(others, []);
  assert.deepEqual(
    add?.parameters.map(({ name, kind, fallback, isKeyword }) => [name, kind, fallback, isKeyword]),
    [
      ["name", "text", null, false],
      ["age", "number", "3", false],
      ["is_member", "check", "False", false],
      ["note", "text", '"hm"', true],
    ],
  );
  assert.deepEqual(
    [add?.hasResult, listed?.name, listed?.hasResult, born?.hasResult],
    [false, "all people", true, false],
  );
  assert.deepEqual(
    born?.parameters.map(({ kind }) => kind),
    ["date", "file", "date"],
  );
  assert.deepEqual(callablesOf("def (:"), []);
});

test("a server function becomes a button with inputs that calls it, in one step (D-02)", () => {
  const { designer, code, template } = desk();
  const before = [template(), code()];
  designer.insert("call:add_person");
  const names = [...(designer.template.value?.names ?? [])];
  assert.deepEqual(names, [
    "",
    "go",
    "add_person_panel",
    "name_box",
    "age_box",
    "is_member_check",
    "note_box",
    "add_person_button",
  ]);
  assert.match(
    code(),
    /def add_person_button_click\(self, \*\*event_args\):\n {8}"""Call the server function add_person."""\n {8}anvil\.server\.call\("add_person", self\.name_box\.text, self\.age_box\.text, self\.is_member_check\.checked, note=self\.note_box\.text\)\n {8}Notification\(/,
  );
  assert.match(code(), /^import anvil\.server$/m);
  assert.equal(designer.selected.value, "add_person_button");
  designer.undo();
  assert.deepEqual([template(), code()], before);
});

test("a button that is there takes a function, once", () => {
  const { designer, code, template } = desk();
  designer.selected.value = "go";
  designer.insert("call:all people");
  assert.match(template(), /event_bindings: \{ ?click: go_click ?\}|event_bindings:\n\s+click: go_click/);
  assert.match(code(), /result = anvil\.server\.call\("all people"\)\n {8}alert\(str\(result\)\)/);
  designer.insert("call:all people");
  assert.ok(designer.template.value?.part("all_people_button"));
});

test("what is dragged over a button goes to it", () => {
  const { designer } = desk();
  designer.hear({ kind: "layout", height: 100, boxes: { "": [0, 0, 100, 100], go: [10, 10, 20, 20] } });
  const zone = taker(designer, "call:add_person", 15, 15);
  assert.equal(zone?.parent, "go");
  assert.equal(taker(designer, "call:add_person", 50, 50), null);
  assert.equal(taker(designer, "table:people", 15, 15), null);
  designer.insert("call:add_person", zone ?? undefined);
  assert.equal(designer.template.value?.part("go")?.events.click, "go_click");
  // Its inputs stand before it.
  assert.deepEqual(
    designer.template.value?.root.children.map(({ name }) => name),
    ["add_person_panel", "go"],
  );
});

test("a table becomes a grid that is filled: by the client where it may search, else by a function that sends what is shown", () => {
  const { designer, files, code, template } = desk();
  const before = new Map(files);
  designer.insert("table:people");
  assert.match(template(), /data_key: first_name/);
  assert.doesNotMatch(template(), /secret|picture/);
  assert.match(template(), /item_template: PeopleRow/);
  assert.match(
    code(),
    /init_components\(\*\*properties\)\n {8}self\.people_rows\.items = anvil\.server\.call\("get_people"\)\n/,
  );
  const server = files.get("server_code/ServerModule1.py") ?? "";
  assert.match(server, /from anvil\.tables import app_tables/);
  assert.match(
    server,
    /"first_name": row\["first_name"\],\n {12}"born": row\["born"\],\n {8}\}\n {8}for row in app_tables\.people\.search\(\)/,
  );
  assert.doesNotMatch(server, /secret/);
  assert.match(files.get("client_code/PeopleRow/form_template.yaml") ?? "", /DataRowPanel/);
  designer.undo();
  assert.deepEqual(files, before);

  designer.insert("table:open");
  assert.match(code(), /self\.open_rows\.items = app_tables\.open\.search\(\)/);
  assert.match(code(), /^from anvil\.tables import app_tables$/m);
  assert.equal(files.get("server_code/ServerModule1.py"), SERVER);
});

test("a table that nobody may read, and a form that is not made here, are told", () => {
  const { designer, files } = desk();
  designer.offers.value = offersOf(designer, [], [{ ...PEOPLE, server: "none" }]);
  designer.insert("table:people");
  assert.match(designer.said.value, /code may not read people/);
  files.set(CODE, "class Form1(Form1Template):\n    pass\n");
  designer.offers.value = offersOf(designer, [], [PEOPLE]);
  designer.insert("table:people");
  assert.match(designer.said.value, /has no self\.init_components/);
  assert.equal(files.size, 3);
});

test("imports come once, behind those that are there", () => {
  const wanted = ["import anvil.server", "from anvil import alert"];
  assert.equal(withImports("from anvil import *\n", wanted), "from anvil import *\nimport anvil.server\n");
  assert.equal(
    withImports("import anvil.server\nfrom anvil import (alert,\n  Label)\nx = 1\n", wanted),
    "import anvil.server\nfrom anvil import (alert,\n  Label)\nx = 1\n",
  );
  assert.equal(withImports("x = 1\n", ["import a"]), "import a\n\n\nx = 1\n");
});
