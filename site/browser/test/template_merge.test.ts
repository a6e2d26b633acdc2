import assert from "node:assert/strict";
import { test } from "node:test";
import { type Operation, Template } from "../src/designer/texts/template.ts";
import { mergeTemplates } from "../src/designer/texts/template_merge.ts";

const BASE = `components:
- name: a
  type: Label
  properties: {text: A}
- name: panel
  type: FlowPanel
  components:
  - {name: b, type: Button}
container: {type: ColumnPanel} # kept
`;
const added = (name: string, parent = ""): Operation => ({
  op: "insert",
  parent,
  index: parent ? 1 : 2,
  source: { name, type: "Label" },
});
const set = (id: string, property: string, value: unknown): Operation => ({ op: "set", id, property, value });
const done = (...operations: readonly Operation[]) =>
  operations.reduce((template, operation) => template.apply(operation), new Template(BASE)).text;

function merged(mine: readonly Operation[], theirs: readonly Operation[]): Template | null {
  const text = mergeTemplates(BASE, done(...mine), done(...theirs));
  return text === null ? null : new Template(text);
}

const names = (template: Template | null) => template && [...template.parts].map(({ name }) => name).join(" ");

test("what two tabs did to different components, or different properties, comes together", () => {
  assert.equal(names(merged([added("x")], [added("y"), { ...added("z"), index: 3 } as Operation])), " a panel b y z x");
  const both = merged([set("a", "text", "mine")], [set("a", "bold", true), set("b", "text", "theirs")]);
  assert.deepEqual(both?.part("a")?.properties, { text: "mine", bold: true });
  assert.deepEqual(both?.part("b")?.properties, { text: "theirs" });
  assert.match(both?.text ?? "", /# kept/);
  assert.equal(names(merged([{ op: "remove", id: "a" }], [set("b", "text", "x"), added("c", "panel")])), " panel b c");
});

test("what one moved stays moved, with what the other changed", () => {
  const move: Operation = { op: "move", id: "b", parent: "", index: 0 };
  for (const [one, other] of [
    [[move], [set("b", "text", "x"), added("y")]],
    [[set("b", "text", "x"), added("y")], [move]],
  ] as const) {
    const both = merged(one, other);
    assert.equal(both?.part("b")?.parent, "");
    assert.equal(both?.part("b")?.properties.text, "x");
    assert.ok(both?.part("y"));
  }
  assert.equal(merged([move], [{ op: "move", id: "a", parent: "panel", index: 0 }]), null);
});

test("where both changed the same, nobody is overruled", () => {
  assert.equal(merged([set("a", "text", "1")], [set("a", "text", "2")]), null);
  assert.ok(merged([set("a", "text", "1")], [set("a", "text", "1"), added("x")]));
  assert.equal(merged([{ op: "remove", id: "panel" }], [added("x", "panel")]), null);
  assert.equal(merged([added("x", "panel")], [{ op: "remove", id: "panel" }]), null);
  assert.equal(merged([{ op: "remove", id: "a" }], [set("a", "text", "2")]), null);
  assert.equal(merged([set("a", "text", "2")], [{ op: "remove", id: "a" }]), null);
  const other: Operation = { op: "insert", parent: "", index: 2, source: { name: "x", type: "Button" } };
  assert.equal(merged([added("x")], [other]), null);
  assert.equal(mergeTemplates(BASE, `${BASE}properties: [{name: p}]\n`, `${BASE}properties: [{name: q}]\n`), null);
  assert.equal(mergeTemplates(BASE, "a: [", BASE), null);
});
