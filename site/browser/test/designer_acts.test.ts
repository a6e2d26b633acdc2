import assert from "node:assert/strict";
import { test } from "node:test";
import { Designer } from "../src/designer/designer.ts";
import { indent, nudge, outdent } from "../src/designer/moves_by_keys.ts";
import { specOf } from "../src/designer/specs.ts";
import type { ToCanvas } from "../src/gui/design/messages.ts";

const TEMPLATE = "client_code/Form1/form_template.yaml";
const FORM = `container: {type: LinearPanel}
components:
- {name: a, type: Label}
- name: panel
  type: LinearPanel
  components:
  - {name: b, type: Label}
  - {name: c, type: Label}
- {name: d, type: Label}
- {name: e, type: Label}
`;

function drawn() {
  const files: Record<string, string> = { [TEMPLATE]: FORM };
  const designer = new Designer(
    { name: "Form1", template: TEMPLATE, code: "client_code/Form1/__init__.py" },
    {
      paths: () => Object.keys(files),
      text: (path) => files[path] ?? null,
      write: (path, text) => {
        files[path] = String(text);
      },
      goTo: () => {},
      changeFiles: () => {},
    },
  );
  const all = () =>
    [...(designer.template.value?.parts ?? [])].map(({ id, parent }) => `${parent ?? ""}/${id}`).slice(1);
  return { designer, files, all };
}

test("keys move what is selected among its neighbours, into the panel before it and out behind that", () => {
  const { designer, files, all } = drawn();
  designer.selection.only("d");
  indent(designer);
  assert.deepEqual(all(), ["/a", "/panel", "panel/b", "panel/c", "panel/d", "/e"]);
  assert.equal(designer.selected.value, "d");
  outdent(designer);
  assert.deepEqual(all(), ["/a", "/panel", "panel/b", "panel/c", "/d", "/e"]);
  // Behind what takes no others, and at the top, there is nothing to go into.
  designer.selection.only("e");
  indent(designer);
  assert.equal(designer.part.value?.parent, "");
  outdent(designer);
  designer.selection.only("a");
  indent(designer);
  nudge(designer, -1);
  assert.deepEqual(all(), ["/a", "/panel", "panel/b", "panel/c", "/d", "/e"]);
  nudge(designer, 1);
  assert.deepEqual(all(), ["/panel", "panel/b", "panel/c", "/a", "/d", "/e"]);
  designer.selection.take(["b", "c"]);
  outdent(designer);
  assert.deepEqual(all(), ["/panel", "/b", "/c", "/a", "/d", "/e"]);
  while (designer.canUndo) designer.undo();
  assert.equal(files[TEMPLATE], FORM);
});

test("what is gone is not selected any more, whoever took it away", () => {
  const { designer, files } = drawn();
  designer.selection.only("d");
  files[TEMPLATE] = FORM.replace("- {name: d, type: Label}\n", "");
  designer.refresh();
  assert.equal(designer.selected.value, "");
  designer.insert("Button", { parent: "", index: 0, layout: {} });
  assert.equal(designer.selected.value, "button_1");
  designer.undo();
  assert.equal(designer.selected.value, "");
  designer.remove(["b"]);
  assert.equal(designer.selected.value, "c");
});

test("a canvas that comes late, or again, is asked and told everything", async () => {
  const { designer } = drawn();
  const heard: ToCanvas[] = [];
  designer.attach((message) => heard.push(message));
  const zones = designer.zones([]);
  const ready = { kind: "ready", package: "app", library: { colors: {}, html: {}, roles: [], css: "" } } as const;
  designer.hear(ready);
  const kinds = () => heard.splice(0).map(({ kind }) => kind);
  assert.deepEqual(kinds(), ["zones", "theme", "draw", "zones"]);
  designer.hear({ kind: "failed", text: "It can't be drawn." });
  assert.equal(designer.fault.value, "It can't be drawn.");
  designer.hear(ready);
  assert.equal(designer.fault.value, "");
  assert.deepEqual(kinds(), ["theme", "draw", "zones"]);
  designer.hear({ kind: "zones", id: 1, zones: [] });
  assert.deepEqual(await zones, []);
  designer.insert("Label");
  assert.deepEqual(kinds(), ["draw"]);
});

test("a copy has names of its own, and what is within it too", () => {
  const { designer, all } = drawn();
  designer.copy(["panel"]);
  designer.selection.only("e");
  designer.paste();
  assert.deepEqual(all().slice(-3), ["/linear_panel_1", "linear_panel_1/label_1", "linear_panel_1/label_2"]);
});

test("what a component is for is its default event", () => {
  const events = ["Button", "TextBox", "CheckBox", "DropDown", "Timer", "Label"].map(
    (type) => specOf(type).default_event,
  );
  assert.deepEqual(events, ["click", "pressed_enter", "change", "change", "tick", undefined]);
});
