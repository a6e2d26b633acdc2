import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { Designer } from "../src/designer/designer.ts";
import { formsOf } from "../src/designer/forms/form_place.ts";
import { beginnings, newForm } from "../src/designer/forms/new_form.ts";
import * as edits from "../src/designer/forms/own_edits.ts";
import { leave } from "../src/designer/forms/rows_in_place.ts";
import * as slots from "../src/designer/forms/slot_edits.ts";
import { WidgetForms } from "../src/designer/forms/widget_forms.ts";
import { specOf } from "../src/designer/specs.ts";
import type { Form, Node } from "../src/gui/app.ts";
import { isHole, withHoles } from "../src/gui/design/holes.ts";
import type { ToCanvas } from "../src/gui/design/messages.ts";

const CARD = `custom_component: true
container: {type: ColumnPanel}   # a plain one
components:
- name: title
  type: Label
  data_bindings:
  - {property: text, code: self.heading}
`;
const CARD_CODE = `from ._anvil_designer import CardTemplate


class Card(CardTemplate):
    def __init__(self, **properties):
        self.init_components(**properties)
        print(self.heading)
`;
const MAIN = `container: {type: ColumnPanel}
components:
- name: card_1
  type: form:Card
  properties: {heading: Hello}   # shown on top
  event_bindings: {chosen: card_1_chosen}
- {name: other, type: Label, properties: {heading: mine}}
`;
const MAIN_CODE = `class Main(MainTemplate):
    def card_1_chosen(self, **event_args):
        self.card_1.heading = self.other.heading
`;

/// The designers of a widget with these files.
function widget(files: Record<string, string>) {
  const editor = {
    paths: () => Object.keys(files),
    text: (path: string) => files[path] ?? null,
    write: (path: string, text: unknown) => {
      files[path] = String(text);
    },
    goTo: () => {},
    changeFiles: () => {},
  };
  const open = (name: string): Designer => {
    const place = formsOf(Object.keys(files)).find((form) => form.name === name);
    assert.ok(place);
    return new Designer(place, editor);
  };
  return { files, open };
}

function cards() {
  return widget({
    "client_code/Card/form_template.yaml": CARD,
    "client_code/Card/__init__.py": CARD_CODE,
    "client_code/Main/form_template.yaml": MAIN,
    "client_code/Main/__init__.py": MAIN_CODE,
  });
}

test("a form becomes a component with properties and events, and undo takes each step back", () => {
  const { files, open } = widget({
    "client_code/Row/form_template.yaml": "container: {type: ColumnPanel}\ncomponents: []\n",
    "client_code/Row/__init__.py": "",
  });
  const path = "client_code/Row/form_template.yaml";
  const before = files[path];
  const row = open("Row");
  assert.equal(edits.add(row, "properties"), 0);
  const made = () => row.template.value?.own;
  edits.say(row, "properties", made()?.properties[0] as never, "type", "enum");
  edits.say(row, "properties", made()?.properties[0] as never, "options", ["a", "b"]);
  edits.say(row, "properties", made()?.properties[0] as never, "group", "Looks");
  edits.add(row, "events");
  edits.add(row, "events");
  edits.say(row, "events", made()?.events[0] as never, "default_event", true);
  edits.say(row, "events", made()?.events[1] as never, "default_event", true);
  assert.equal(
    files[path],
    `container: {type: ColumnPanel}
components: []
custom_component: true
properties:
- name: property_1
  type: enum
  default_value: ""
  options: [a, b]
  group: Looks
events:
- name: event_1
- name: event_2
  default_event: true
`,
  );
  const spec = specOf("form:Row");
  const { name, type, group, of } = spec.properties[0] ?? {};
  assert.deepEqual([name, type, group, of], ["property_1", "enum", "Looks", ["a", "b"]]);
  assert.equal(spec.default_event, "event_2");
  assert.ok(spec.properties.some((property) => property.name === "visible"));
  edits.remove(row, "events", made()?.events[0] as never);
  edits.remove(row, "events", made()?.events[0] as never);
  assert.deepEqual(made()?.events, []);
  const after = files[path];
  while (row.canUndo) row.undo();
  assert.equal(files[path], before);
  while (row.canRedo) row.redo();
  assert.equal(files[path], after);
});

test("a property's new name follows into bindings, code and the forms that use it", () => {
  const { files, open } = cards();
  const card = open("Card");
  edits.add(card, "properties");
  assert.equal(edits.rename(card, "properties", card.template.value?.own.properties[0] as never, "heading"), "");
  const began = { ...files };
  const [heading] = card.template.value?.own.properties ?? [];
  assert.match(edits.rename(card, "properties", heading as never, "not one"), /letters, digits/);
  assert.match(edits.rename(card, "properties", heading as never, "title"), /a title already/);
  assert.equal(edits.rename(card, "properties", heading as never, "caption"), "");
  assert.ok(files["client_code/Card/form_template.yaml"]?.includes("code: self.caption"));
  assert.ok(files["client_code/Card/__init__.py"]?.includes("print(self.caption)"));
  assert.equal(files["client_code/Main/form_template.yaml"], MAIN.replace("{heading: Hello}", "{caption: Hello}"));
  assert.ok(files["client_code/Main/__init__.py"]?.includes("self.card_1.caption = self.other.heading"));
  card.undo();
  assert.deepEqual(files, began);
});

test("an event's new name follows, too", () => {
  const { files, open } = cards();
  const card = open("Card");
  edits.add(card, "events");
  const [event] = card.template.value?.own.events ?? [];
  assert.equal(edits.rename(card, "events", event as never, "chosen"), "");
  const [chosen] = card.template.value?.own.events ?? [];
  assert.equal(edits.rename(card, "events", chosen as never, "taken"), "");
  assert.ok(files["client_code/Main/form_template.yaml"]?.includes("event_bindings: {taken: card_1_chosen}"));
});

test("no form goes into itself, also through others", () => {
  const { files, open } = cards();
  const card = open("Card");
  for (const guest of ["form:Main", "form:Card"]) {
    card.insert(guest);
    assert.match(card.said.value, /Card would be in itself/);
  }
  assert.equal(files["client_code/Card/form_template.yaml"], CARD);
  const main = open("Main");
  main.insert("form:Card");
  assert.ok(main.template.value?.part("card_2"));
});

test("the rows of a list are drawn in the list: their own form, one history, and gone with the list", () => {
  const { files, open } = widget({
    "client_code/Main/form_template.yaml":
      "container: {type: ColumnPanel}\ncomponents:\n- {name: list, type: RepeatingPanel, properties: {item_template: shop.Row}}\n- {name: bare, type: RepeatingPanel}\n",
    "client_code/Main/__init__.py": "",
    "client_code/Row/form_template.yaml": "container: {type: ColumnPanel}\ncomponents: []\n",
    "client_code/Row/__init__.py": "",
  });
  const sent: ToCanvas[] = [];
  const main = open("Main");
  main.attach((message) => sent.push(message));
  main.hear({ kind: "ready", package: "shop", library: { colors: {}, html: {}, roles: [], css: "" } });
  assert.equal(main.enter("bare"), false);
  assert.equal(main.enter("list"), true);
  const row = main.inner.value;
  assert.ok(row);
  main.attach(null);
  row.attach((message) => sent.push(message));
  const last = sent.at(-1);
  assert.ok(last?.kind === "draw");
  assert.deepEqual([last.form, last.inside], ["Main", ["list"]]);
  row.insert("Label");
  assert.ok(files["client_code/Row/form_template.yaml"]?.includes("label_1"));
  assert.ok(main.canUndo);
  leave(row);
  assert.equal(main.inner.value, null);
  assert.equal(main.selected.value, "list");
  main.undo();
  assert.ok(!files["client_code/Row/form_template.yaml"]?.includes("label_1"));
  main.enter("list");
  main.remove(["list"]);
  main.inner.value?.refresh();
  assert.equal(main.inner.value, null);
});

const FRAME = `container: {type: ColumnPanel}
components:
- {name: nav, type: FlowPanel}
- {name: body, type: ColumnPanel}
slots:
  links: {target: {type: container, name: nav}}
  content: {target: {type: container, name: body}, one_component: true}
`;

test("a form on a layout: what comes goes into its slots, its properties and events are the layout's", () => {
  const path = "client_code/Page/form_template.yaml";
  const { files, open } = widget({
    "client_code/Frame/form_template.yaml": FRAME,
    "client_code/Frame/__init__.py": "",
    ...newForm("Page", "form:Frame"),
  });
  const page = open("Page");
  page.insert("Label");
  assert.equal(page.template.value?.part("label_1")?.layout.slot, "links");
  page.move(["label_1"], { parent: "", index: 0, layout: { slot: "content" } });
  page.set("", "visible", false);
  page.bind("", "show", "page_show");
  assert.deepEqual(parse(files[path] ?? ""), {
    layout: { type: "form:Frame", properties: { visible: false }, form_event_bindings: { show: "page_show" } },
    components_by_slot: {
      links: [],
      content: [
        { name: "label_1", type: "Label", properties: { text: "Label" }, layout_properties: { slot: "content" } },
      ],
    },
  });
  const frame = open("Frame");
  frame.insert("form:Page");
  assert.match(frame.said.value, /Frame would be in itself/);
  const names = beginnings(Object.keys(files), (one) => files[one] ?? null).map(([begins]) => begins);
  assert.deepEqual(names.slice(3), ["form:Frame"]);
});

test("a form's slots follow the panel that they are in, and are drawn where nothing is", () => {
  const { files, open } = widget({
    "client_code/Frame/form_template.yaml": FRAME,
    "client_code/Frame/__init__.py": "",
    "client_code/Page/form_template.yaml": "layout: {type: 'form:Frame'}\ncomponents_by_slot: {}\n",
    "client_code/Page/__init__.py": "",
  });
  const frame = open("Frame");
  assert.equal(frame.rename("nav", "bar"), "");
  slots.addSlot(frame);
  const named = () => frame.template.value?.own.slots.map(({ name, target }) => [name, target]);
  assert.deepEqual(named(), [
    ["links", "bar"],
    ["content", "body"],
    ["slot_1", ""],
  ]);
  const forms = new WidgetForms({ paths: () => Object.keys(files), text: (path) => files[path] ?? null });
  const drawn = forms.drawn("shop", forms.all());
  const slotsOf = () => drawn.Frame?.component?.slots ?? [];
  const holes = (node: Node): string[] => [
    ...(isHole(node) ? [`${node.hole.of}: ${node.hole.slot}`] : []),
    ...node.children.flatMap(holes),
  ];
  assert.deepEqual(holes(withHoles(drawn.Page as Form, slotsOf).root), [": links", ": content", ": slot_1"]);
  const own = withHoles(drawn.Frame as Form, slotsOf).root;
  assert.deepEqual(holes(own), ["null: links", "null: content", "null: slot_1"]);
  assert.deepEqual(
    own.children.map(({ name, children }) => [name, children.length]),
    [
      ["bar", 1],
      ["body", 1],
      ["slot:slot_1", 0],
    ],
  );
  frame.remove(["bar"]);
  assert.deepEqual(named(), [
    ["content", "body"],
    ["slot_1", ""],
  ]);
});

test("a slot is called otherwise, and moved, and stays where it is as components come and go", () => {
  const { files, open } = widget({
    "client_code/Frame/form_template.yaml": FRAME,
    "client_code/Frame/__init__.py": "",
    "client_code/Page/form_template.yaml": `layout: {type: 'form:Frame'}
components_by_slot:
  links: []   # none yet
  content:
  - {name: words, type: Label}
slots:
  inner: {target: {type: slot, name: content}}
`,
    "client_code/Main/form_template.yaml": `container: {type: ColumnPanel}
components:
- name: frame_1
  type: form:Frame
  components:
  - {name: here, type: Label, layout_properties: {slot: content}}
`,
  });
  const before = { ...files };
  const frame = open("Frame");
  const slot = (name: string) => frame.template.value?.own.slots.find((one) => one.name === name) as never;
  assert.match(slots.renameSlot(frame, slot("content"), "links"), /There is a links already/);
  assert.match(slots.renameSlot(frame, slot("content"), "class"), /word of Python/);
  assert.equal(slots.renameSlot(frame, slot("content"), "middle"), "");
  assert.match(files["client_code/Frame/form_template.yaml"] ?? "", / middle: /);
  assert.match(files["client_code/Page/form_template.yaml"] ?? "", /links: \[\] {3}# none yet\n {2}middle:\n/);
  assert.match(files["client_code/Page/form_template.yaml"] ?? "", /inner: \{target: \{type: slot, name: middle\}\}/);
  assert.match(files["client_code/Main/form_template.yaml"] ?? "", /layout_properties: \{slot: middle\}/);
  frame.undo();
  assert.deepEqual(files, before);

  slots.addSlot(frame);
  const place = () => {
    const { target, index } = slot("slot_1") as { target: string; index: number };
    return [target, index];
  };
  slots.moveSlot(frame, slot("slot_1"), { parent: "", index: 1, layout: { grid_position: "A,B" } });
  assert.deepEqual(place(), ["", 1]);
  assert.match(files["client_code/Frame/form_template.yaml"] ?? "", /index: 1, set_layout_properties: \{grid_position/);
  // Before the same component, whatever comes before that or goes.
  frame.insert("Label", { parent: "", index: 0, layout: {} });
  assert.deepEqual(place(), ["", 2]);
  assert.equal(frame.rename("label_1", "first"), "");
  assert.deepEqual(place(), ["", 2]);
  frame.remove(["first"]);
  assert.deepEqual(place(), ["", 1]);
  frame.undo();
  frame.undo();
  frame.undo();
  assert.deepEqual(place(), ["", 1]);
  slots.moveSlot(frame, slot("slot_1"), { parent: "nav", index: 9, layout: {} });
  assert.deepEqual(place(), ["nav", -1]);
});

test("names that Python or the form has itself are refused", () => {
  const { open } = cards();
  const main = open("Main");
  for (const name of ["class", "None", "item", "visible", "add_component", "__init__", "2nd", "größe", ""])
    assert.notEqual(main.rename("other", name), "", name);
  const card = open("Card");
  assert.equal(edits.add(card, "properties"), 0);
  assert.match(card.rename("title", "property_1"), /self\.property_1/);
  main.bind("other", "show", "no name");
  assert.match(main.said.value, /letters, digits/);
  assert.deepEqual(main.template.value?.part("other")?.events, {});
});
