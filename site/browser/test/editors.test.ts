import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import listed from "../../client/components.json" with { type: "json" };
import { editorOf, isLength, lengthRead, sidesOf, sidesValue } from "../src/designer/inspector/editors.ts";
import { helpOf } from "../src/designer/inspector/help.ts";
import { found, lines } from "../src/designer/inspector/icon_search.ts";
import { COMMON_ROLES, rolesFor, rolesOf, roleValue } from "../src/designer/inspector/roles.ts";
import { specOf } from "../src/designer/specs.ts";
import { iconNames } from "../src/icon_names.mjs";

const ALL = Object.keys(listed.components).flatMap((type) =>
  specOf(type).properties.map((property) => ({ type, property })),
);
const IS_TEXT = new Set(["string"]);

test("every property of every component has an editor that fits its type, and text fields are for texts", () => {
  assert.ok(ALL.length > 300);
  for (const { type, property } of ALL) {
    const kind = editorOf(property);
    const isText = ["text", "long_text"].includes(kind);
    assert.equal(isText, IS_TEXT.has(property.type), `${type}.${property.name}: ${property.type} → ${kind}`);
    assert.notEqual(kind, "json", `${type}.${property.name} can be set without JSON`);
    if (kind === "choice") assert.ok(property.of?.length, `${type}.${property.name} has choices`);
  }
});

test("properties of custom components have editors for all of their types, too", () => {
  const types = ["string", "number", "boolean", "color", "enum", "text[]", "object", "form", "icon", "themeRole"];
  const kinds = [...types, "html", "uri", "margin", "padding", "spacing"].map((type) =>
    editorOf({ name: "own", type }),
  );
  assert.deepEqual(kinds, [
    ...["text", "number", "check", "color", "choice", "lines", "json", "form", "icon", "role"],
    ...["long_text", "url", "margin", "padding", "spacing"],
  ]);
});

test("every property says what it does, in a sentence", () => {
  for (const { type, property } of ALL)
    assert.match(helpOf(type, property.name), /^\S.{8,110}[.]$|%Y\.$/u, `${type}.${property.name}`);
});

test("what a component is for comes first", () => {
  const first = (type: string) =>
    specOf(type)
      .properties.slice(0, 2)
      .map(({ name }) => name);
  assert.equal(first("Label")[0], "text");
  assert.equal(first("Image")[0], "source");
  assert.equal(first("DropDown")[0], "items");
  assert.equal(first("RepeatingPanel")[0], "item_template");
  assert.equal(first("DataGrid")[0], "columns");
});

test("lengths and sides are written as short as they can be", () => {
  assert.deepEqual(["", "12", "1.5em", "50%"].map(lengthRead), [undefined, 12, "1.5em", "50%"]);
  assert.deepEqual(["", "12", "1.5em", "calc(1px + 2%)", "wide", "3 px px"].map(isLength), [
    ...[true, true, true, true],
    ...[false, false],
  ]);
  assert.deepEqual(sidesOf(8), ["8", "8", "8", "8"]);
  assert.deepEqual(sidesOf("4px 8px"), ["4px", "8px", "4px", "8px"]);
  assert.deepEqual(sidesOf([1, 2, 3, null]), ["1", "2", "3", ""]);
  assert.deepEqual(sidesOf(null), ["", "", "", ""]);
  assert.equal(sidesValue(["", "", "", ""]), undefined);
  assert.equal(sidesValue(["8", "8", "8", "8"]), 8);
  assert.deepEqual(sidesValue(["1", "", "2em", ""]), [1, 0, "2em", 0]);
});

test("the roles that are offered have styles, those for a component come first, and one may have several", () => {
  const css = ["gui_roles", "gui_components"].map((name) =>
    readFileSync(new URL(`../src/styles/${name}.css`, import.meta.url), "utf8"),
  );
  const styled = new Set([...css.join("\n").matchAll(/anvil-role-([\w-]+)/g)].map(([, name]) => name));
  assert.deepEqual(new Set(COMMON_ROLES.map(({ name }) => name)), styled);

  const own = [
    { name: "ours", components: ["Label"] },
    { name: "card", components: [] },
  ];
  const { fitting, others } = rolesFor("Label", own);
  assert.deepEqual(fitting.slice(0, 3), ["ours", "card", "display"]);
  assert.ok(others.includes("filled-button") && !others.includes("card"));
  assert.deepEqual(rolesOf(["a", "b c"]), ["a", "b", "c"]);
  assert.deepEqual([roleValue([]), roleValue(["a"]), roleValue(["a", "b"])], [undefined, "a", ["a", "b"]]);
});

test("icons are found by their names and by what they show, and each has the name that pages draw", () => {
  const { fa, mi } = iconNames(new URL("../node_modules", import.meta.url).pathname);
  const all = [...lines("fa", fa), ...lines("mi", mi)];
  const values = (typed: string, set = "") => found(all, typed, set).map(({ value }) => value);
  assert.equal(new Set(all.map(({ value }) => value)).size, all.length);
  assert.ok(all.length > 3500);
  assert.equal(values("user")[0], "fa:user");
  assert.equal(values("fa:user check")[0], "fa:user-check");
  assert.ok(values("avatar").includes("fa:user"), "found by a word for it");
  assert.ok(values("home", "mi").every((value) => value.startsWith("mi:")));
  // Drawn by names of version 4: a brand, and one in outline. One that the class "fa" draws as no picture is not offered.
  assert.ok(values("github").includes("fa:github") && values("envelope-o").includes("fa:envelope-o"));
  assert.ok(!values("bluesky").includes("fa:bluesky"));
  assert.equal(values("")[0], "fa:user");
  const common = values("").slice(0, 40);
  assert.ok(!common.some((value) => value.startsWith("mi:") || /:[0-9]$/.test(value)), "all that come first exist");
});
