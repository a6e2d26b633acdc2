import assert from "node:assert/strict";
import { test } from "node:test";
import type { FormField, FormShown } from "../src/api/types.ts";
import { argvOf, givenText, problemsOf, shellQuoted, shellWords, valuesOf } from "../src/run/arguments.ts";

const PLAIN: FormField = {
  name: "x",
  type: "text",
  help: "",
  required: false,
  default: "",
  is_on: false,
  choices: [],
  many: false,
  least: 1,
  most: 1,
  flag: "",
  action: "store",
};
const field = (changes: Partial<FormField>): FormField => ({ ...PLAIN, ...changes });
const form = (kind: FormShown["kind"], ...fields: FormField[]): FormShown => ({
  kind,
  revision: 1,
  description: "",
  fields,
  complete: true,
});
const parser = (...fields: FormField[]) => form("argparse", ...fields);
const signature = (...fields: FormField[]) => form("signature", ...fields);

test("X-23: options come first, then what is positional; what is empty is left out", () => {
  const asked = parser(
    field({ name: "name" }),
    field({ name: "times", type: "integer", flag: "--times" }),
    field({ name: "loud", type: "flag", flag: "--loud", action: "given" }),
    field({ name: "quiet", type: "flag", flag: "-q", action: "given" }),
    field({ name: "other", flag: "--other" }),
  );

  assert.deepEqual(argvOf(asked, { name: "Ada L", times: " 3 ", loud: true }), ["--times", "3", "--loud", "Ada L"]);
  assert.deepEqual(argvOf(asked, {}), []);
});

test("X-23: nothing that is typed is taken for an option", () => {
  const asked = parser(field({ name: "name" }), field({ name: "n", flag: "--n" }), field({ name: "m", flag: "-m" }));

  assert.deepEqual(argvOf(asked, { name: "--help", n: "-1", m: "-2" }), ["--n=-1", "-m=-2", "--", "--help"]);
});

test("X-23: lists, repeated options, counts and yes or no", () => {
  const many = { many: true, most: null };
  const asked = parser(
    field({ name: "files", ...many, least: 0 }),
    field({ name: "tags", ...many, flag: "--tags" }),
    field({ name: "add", ...many, flag: "--add", action: "append" }),
    field({ name: "verbose", type: "integer", flag: "-v", action: "count" }),
    field({ name: "colour", type: "choice", choices: ["yes", "no"], flag: "--colour", action: "boolean" }),
  );
  const typed = { files: "a b\n\nc\n", tags: "x\ny", add: "1\n-2", verbose: "2", colour: "no" };

  assert.deepEqual(argvOf(asked, typed), [
    ...["--tags", "x", "y", "--add", "1", "--add=-2", "-v", "-v", "--no-colour", "--", "a b", "c"],
  ]);
  assert.deepEqual(argvOf(asked, { colour: "yes" }), ["--colour"]);
});

test("X-23: what does not fit is said by field", () => {
  const asked = signature(
    field({ name: "name", required: true }),
    field({ name: "n", type: "integer" }),
    field({ name: "f", type: "number" }),
    field({ name: "c", type: "choice", choices: ["a"] }),
    field({ name: "two", many: true, least: 2, most: 2, type: "integer" }),
    field({ name: "on", type: "flag", required: true }),
  );

  assert.deepEqual(Object.keys(problemsOf(asked, {})), ["name"]);
  assert.deepEqual(Object.keys(problemsOf(asked, { name: "x", n: "1.5", f: "one", c: "b", two: "1" })), [
    ...["n", "f", "c", "two"],
  ]);
  assert.deepEqual(problemsOf(asked, { name: "x", n: "-3", f: "1e3", c: "a", two: "1\n2\n" }), {});
  assert.deepEqual(problemsOf(asked, { name: "x", two: "1\n2\n3" }), { two: "At most 2 values." });
  assert.deepEqual(problemsOf(asked, { name: "x", two: "1\nx" }), { two: "Type a whole number." });
  assert.deepEqual(problemsOf(asked, { name: "x", n: "9007199254740993" }), { n: "That number is too large." });
  assert.deepEqual(problemsOf(asked, { name: "x", f: " " }), {});
  assert.deepEqual(problemsOf(asked, { name: "x", f: "Infinity" }), { f: "Type a number." });
});

test("X-23: values of a call have their types, and what is empty keeps its default", () => {
  const asked = signature(
    field({ name: "name" }),
    field({ name: "n", type: "integer" }),
    field({ name: "on", type: "flag", is_on: true }),
    field({ name: "off", type: "flag" }),
    field({ name: "day", type: "date" }),
    field({ name: "list", type: "number", many: true }),
    field({ name: "empty", many: true }),
  );

  assert.deepEqual(valuesOf(asked, { name: " Ada ", n: "3", off: true, day: "2026-11-21", list: "1\n2.5" }), {
    ...{ name: " Ada ", n: 3, on: true, off: true, day: "2026-11-21", list: [1, 2.5] },
  });
});

test("what a run was given reads as somebody would write it", () => {
  assert.equal(givenText({ args: ["Ada L", "--n", 3, "it's"] }), "python main.py 'Ada L' --n 3 'it'\\''s'");
  assert.equal(
    givenText({ values: { name: "O'Neil\n", on: true, day: null, list: [1, "a"] } }),
    "main(name='O\\'Neil\\n', on=True, day=None, list=[1, 'a'])",
  );
  assert.equal(givenText({ args: [] }), "");
  assert.equal(givenText({}), "");
});

test("a command line is cut into words as a shell does it, and back", () => {
  assert.deepEqual(shellWords(` a  'b c' "d \\"e\\" \\n" f\\ g '' x'y'z `), [
    "a",
    "b c",
    'd "e" \\n',
    "f g",
    "",
    "xyz",
  ]);
  assert.deepEqual(shellWords(""), []);
  assert.equal(shellWords("a 'b"), null);
  for (const word of ["plain", "", "it's", 'a "b" $c `d` \\', "--x=1", "☃ *"])
    assert.deepEqual(shellWords(shellQuoted(word)), [word]);
});
