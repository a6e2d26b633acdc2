import assert from "node:assert/strict";
import { test } from "node:test";
import { byFolder, byName, firstOf, nameProblem, removedPaths, sameFiles } from "../src/editor/workspace.ts";

test("a new file's name is refused for what the site would refuse", () => {
  for (const name of [
    "",
    "../x.py",
    "/x.py",
    ".hidden",
    "a//b.py",
    "a/../b",
    "x.",
    "main.py",
    "dir",
    "x".repeat(201),
  ]) {
    assert.notEqual(nameProblem(name, ["main.py", "dir/a.py"]), null, name);
  }
  for (const name of ["tools.py", "dir/b.py", "a b.txt", "_x-1.py"]) {
    assert.equal(nameProblem(name, ["main.py", "dir/a.py"]), null, name);
  }
});

test("files are the same when each says the same, binary ones by their base64", () => {
  assert.ok(sameFiles({ a: "1", b: { base64: "QQ==" } }, { b: { base64: "QQ==" }, a: "1" }));
  assert.ok(!sameFiles({ a: "1" }, { a: "2" }));
  assert.ok(!sameFiles({ a: "1" }, { a: "1", b: "" }));
});

test("removed files are those that are gone, not those that changed", () => {
  const before = { "main.py": "1", "old.py": "x", "same.py": "s" };
  const now = { "main.py": "2", "same.py": "s", "new.py": "" };

  assert.deepEqual(removedPaths(before, now), ["old.py"]);
});

test("main.py comes first", () => {
  assert.deepEqual(["z.py", "main.py", "a.py"].sort(byName), ["main.py", "a.py", "z.py"]);
});

test("a GUI's editor begins with the code of the form that it starts with", () => {
  const gui = ["anvil.yaml", "client_code/Form1/__init__.py", "client_code/Form1/form_template.yaml"];
  assert.equal(firstOf(gui), "client_code/Form1/__init__.py");
  const two = [...gui, "client_code/admin/Start/__init__.py", "client_code/A/__init__.py"];
  assert.equal(firstOf(two, "name: x\nstartup: {type: form, module: admin.Start}\n"), two[3]);
  assert.equal(firstOf(two, "startup:\n  module: 'admin.Start'\n  type: form\nname: x\n"), two[3]);
  assert.equal(firstOf(two, "startup_form: A\n"), two[4]);
  assert.equal(firstOf(two, "startup:\n  type: form\nmodule: A\n"), two[1]);
  assert.equal(firstOf(["a.py", "main.py"]), "main.py");
  assert.equal(firstOf(["README.md"]), "README.md");
  assert.equal(firstOf([]), "");
});

test("files stand below their folder, those of none first", () => {
  assert.deepEqual(byFolder(["main.py", "a/b/x.py", "a/z.py", "tools.py"]), [
    ["", ["main.py", "tools.py"]],
    ["a", ["a/z.py"]],
    ["a/b", ["a/b/x.py"]],
  ]);
});
