/// Forms that people have: read, changed and changed back, each is what it was to the byte.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Designer } from "../src/designer/designer.ts";
import type { Operation, Part } from "../src/designer/texts/template.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const PATTERNS = [
  "widgets/**/client_code/**/*.yaml",
  "tests/**/client_code/**/*.yaml",
  "site/widget_site/docs/**/client_code/**/*.yaml",
];

const FORMS = PATTERNS.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .filter((path) => !path.includes("node_modules"))
  .sort();

/// A designer of a form whose files are texts.
function designerOf(text: string) {
  const files = new Map([
    ["form.yaml", text],
    ["form.py", "class Form(FormTemplate):\n    pass\n"],
  ]);
  const designer = new Designer(
    { name: "Form", template: "form.yaml", code: "form.py" },
    {
      text: (path) => files.get(path) ?? null,
      content: (path) => files.get(path) ?? null,
      write: (path, content) => void files.set(path, String(content)),
      paths: () => [...files.keys()],
      goTo: () => {},
    },
  );
  return { designer, text: () => files.get("form.yaml") };
}

/// Something of each kind, with a component of the form.
function edits({ id, parent, index, properties }: Part): readonly Operation[] {
  const [property = "text"] = Object.keys(properties);
  const all: readonly Operation[] = [
    { op: "set", id, property, value: "something else" },
    { op: "set", id, property, value: undefined },
    { op: "event", id, event: "show", handler: "shown" },
  ];
  if (parent === null) return all;
  return [
    ...all,
    { op: "layout", id, layout: { slot: "default" } },
    { op: "bind", id, bindings: [{ property: "text", code: "self.item['a']", writeback: true }] },
    {
      op: "insert",
      parent,
      index,
      source: { name: "made_here", type: "Label", layout_properties: { slot: "default" } },
    },
    { op: "move", id, parent: "", index: 0, layout: { slot: "default" } },
    { op: "remove", id },
  ];
}

test("every form of the starters is found", () => {
  const starters = globSync("widgets/widget_model/starters/files/gui*/anvil.yaml", { cwd: ROOT });
  for (const starter of starters) {
    const folder = starter.replace("anvil.yaml", "client_code/");
    assert.ok(
      FORMS.some((path) => path.startsWith(folder)),
      folder,
    );
  }
  assert.ok(starters.length > 0);
});

test("forms are unchanged after every edit was undone", () => {
  for (const path of FORMS) {
    const before = readFileSync(`${ROOT}${path}`, "utf8");
    const { designer, text } = designerOf(before);
    assert.equal(designer.problem.value, "", path);
    for (const part of [...(designer.template.value?.parts ?? [])]) {
      for (const operation of edits(part)) {
        const made = designer.change("An edit", [operation]);
        assert.ok(made, `${path}: ${JSON.stringify(operation)}: ${designer.said.value}`);
        designer.undo();
        assert.equal(text(), before, `${path}: ${JSON.stringify(operation)}`);
      }
    }
  }
});
