import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation, Part, Source } from "../src/designer/texts/template.ts";
import { Template } from "../src/designer/texts/template.ts";
import { YamlProblem } from "../src/designer/texts/yaml_text.ts";

const FORM = `# what people fill in
container:
  type: ColumnPanel
  properties: {col_widths: '{}'}
components:
- type: Label
  properties: {text: Name, role: headline}   # over the box
  name: title
  layout_properties: {grid_position: 'AAA,BBB'}
# the box
- name: name_box
  type: TextBox
  properties:
    placeholder: Your name
    # shown bold
    bold: true
  event_bindings: {pressed_enter: go}
- name: card
  type: ColumnPanel
  components:
  - {name: yes_button, type: Button, properties: {text: "Yes"}}
  - name: story
    type: RichText
    properties:
      content: |
        First line

        Second: line
is_package: true
`;

function names(part: Part): unknown {
  return part.children.length ? [part.id, part.children.map(names)] : part.id;
}

test("reading keeps everything and finds every component", () => {
  const read = new Template(FORM);
  assert.equal(read.text, FORM);
  assert.deepEqual(names(read.root), ["", ["title", "name_box", ["card", ["yes_button", "story"]]]]);
  assert.equal(read.part("story")?.properties.content, "First line\n\nSecond: line\n");
  assert.equal(read.part("name_box")?.events.pressed_enter, "go");
});

test("an edit changes its own line alone", () => {
  const edited = new Template(FORM).apply({ op: "set", id: "title", property: "text", value: "What: is it?" });
  assert.equal(edited.text, FORM.replace("{text: Name, role", '{text: "What: is it?", role'));
  const bold = new Template(FORM).apply({ op: "set", id: "name_box", property: "bold", value: undefined });
  assert.equal(bold.text, FORM.replace("\n    # shown bold\n    bold: true", ""));
  const event = new Template(FORM).apply({ op: "event", id: "card", event: "show", handler: "card_show" });
  assert.equal(event.text, FORM.replace("is_package", "  event_bindings: {show: card_show}\nis_package"));
});

test("a component goes to another list as it was written", () => {
  const moved = new Template(FORM).apply({ op: "move", id: "name_box", parent: "card", index: 1 });
  assert.deepEqual(names(moved.root), ["", ["title", ["card", ["yes_button", "name_box", "story"]]]]);
  assert.match(
    moved.text,
    /\n {2}- name: name_box\n {4}type: TextBox\n {4}properties:\n {6}placeholder: Your name\n {6}# shown bold/,
  );
  const back = moved.apply({ op: "move", id: "name_box", parent: "", index: 1 });
  assert.equal(back.text, FORM);
});

test("lists become empty and full again", () => {
  let form = new Template("container: {type: ColumnPanel}\ncomponents: []\n");
  form = form.apply({ op: "insert", parent: "", index: 0, source: { name: "label_1", type: "Label" } });
  form = form.apply({ op: "insert", parent: "", index: 0, source: { name: "flow", type: "FlowPanel" } });
  form = form.apply({ op: "move", id: "label_1", parent: "flow", index: 0, layout: { width: 100 } });
  assert.deepEqual(names(form.root), ["", [["flow", ["label_1"]]]]);
  assert.deepEqual(form.part("label_1")?.layout, { width: 100 });
  form = form.apply({ op: "remove", id: "flow" });
  assert.equal(form.text, "container: {type: ColumnPanel}\ncomponents: []\n");
});

test("a form that fills a layout has its components by slot", () => {
  const text = "layout: {type: 'form:Frame'}\ncomponents_by_slot:\n  main:\n  - {name: a, type: Label}\n";
  let form = new Template(text);
  assert.equal(form.layout, "form:Frame");
  form = form.apply({
    op: "insert",
    parent: "",
    index: 1,
    source: { name: "b", type: "Label", layout_properties: { slot: "side" } },
  });
  assert.deepEqual(
    form.root.children.map(({ name, layout }) => [name, layout.slot]),
    [
      ["a", "main"],
      ["b", "side"],
    ],
  );
});

test("what can't be done is said", () => {
  const form = new Template(FORM);
  assert.throws(() => form.apply({ op: "move", id: "card", parent: "card", index: 0 }), /itself/);
  assert.throws(() => form.apply({ op: "remove", id: "nobody" }), /no component nobody/);
  assert.throws(() => form.apply({ op: "remove", id: "" }), /container/);
  assert.throws(() => new Template("components: ["), YamlProblem);
});

/// The same edits on plain objects, to compare with.
interface Plain {
  name: string;
  properties: Record<string, unknown>;
  children: Plain[];
}

function plain(part: Part): Plain {
  return { name: part.name, properties: { ...part.properties }, children: part.children.map(plain) };
}

function find(top: Plain, name: string): { list: Plain[]; at: number; found: Plain } | undefined {
  for (const [at, child] of top.children.entries()) {
    if (child.name === name) return { list: top.children, at, found: child };
    const inside = find(child, name);
    if (inside) return inside;
  }
  return undefined;
}

function applied(top: Plain, operation: Operation): void {
  const container = (id: string) => (id === "" ? top : find(top, id)?.found) as Plain;
  if (operation.op === "insert") {
    const { name = "", properties = {} } = operation.source;
    container(operation.parent).children.splice(operation.index, 0, {
      name,
      properties: { ...properties },
      children: [],
    });
  } else if (operation.op === "remove" || operation.op === "move") {
    const { list, at, found } = find(top, operation.id) as NonNullable<ReturnType<typeof find>>;
    list.splice(at, 1);
    if (operation.op === "move") container(operation.parent).children.splice(operation.index, 0, found);
  } else if (operation.op === "set") {
    const { found } = find(top, operation.id) as NonNullable<ReturnType<typeof find>>;
    if (operation.value === undefined) delete found.properties[operation.property];
    else found.properties[operation.property] = operation.value;
  }
}

/// Numbers from 0 below 1 that are the same in every run.
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

const VALUES = [
  "",
  "text",
  "it's: {odd} #1",
  "two\nlines",
  " padded ",
  "- dash",
  "null",
  "yes",
  "1:30",
  "12",
  3,
  2.5,
  true,
  null,
  ["a", "b"],
  { key: [1, { deep: "x" }] },
];

function chosen(form: Template, dice: () => number, number: number): Operation | null {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(dice() * items.length)] as T;
  const parts = [...form.parts];
  const containers = parts.filter(({ type }) => /Panel/.test(type));
  const others = parts.filter(({ id }) => id !== "");
  const into = pick(containers);
  const kind = dice();
  if (kind < 0.35 || others.length === 0) {
    const type = pick(["Label", "Button", "FlowPanel", "ColumnPanel"]);
    const source: Source = { name: `made_${number}`, type, properties: dice() < 0.5 ? { text: pick(VALUES) } : {} };
    return { op: "insert", parent: into.id, index: Math.floor(dice() * (into.children.length + 1)), source };
  }
  const part = pick(others);
  if (kind < 0.5) return { op: "remove", id: part.id };
  if (kind < 0.75) {
    const isInside = (one: Part | undefined): boolean =>
      one !== undefined && (one.id === part.id || isInside(one.parent === null ? undefined : form.part(one.parent)));
    if (isInside(into)) return null;
    const room = into.children.filter(({ id }) => id !== part.id).length;
    return { op: "move", id: part.id, parent: into.id, index: Math.floor(dice() * (room + 1)) };
  }
  return { op: "set", id: part.id, property: pick(["text", "role", "bold"]), value: pick([undefined, ...VALUES]) };
}

test("random edits of the text mean what the same edits of plain objects mean", () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const dice = random(seed);
    let form = new Template(
      seed % 2 ? FORM : FORM.replace(/^components:[\s\S]*^is_package/m, "components: []\nis_package"),
    );
    const expected = plain(form.root);
    for (let number = 0; number < 40; number += 1) {
      const operation = chosen(form, dice, number);
      if (!operation) continue;
      const before = form.text;
      form = form.apply(operation);
      applied(expected, operation);
      assert.deepEqual(
        plain(form.root),
        expected,
        `seed ${seed}: ${JSON.stringify(operation)}\n${before}\n---\n${form.text}`,
      );
      assert.match(form.text, /^is_package: true$/m);
    }
  }
});
