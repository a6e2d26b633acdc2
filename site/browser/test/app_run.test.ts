import assert from "node:assert/strict";
import { test } from "node:test";
import { AppRun } from "../src/editor/app_run.ts";

const ORIGIN = "https://w.example.com";
const FILES = ["anvil.yaml", "client_code/Form1/__init__.py", "server_code/ServerModule1.py"];

function run(): AppRun {
  return new AppRun(ORIGIN, () => FILES);
}

test("what the app prints comes together line by line", () => {
  const app = run();
  for (const text of ["a", "b\n", "c\n"]) app.hear({ origin: ORIGIN, data: { kind: "print", text } });
  assert.deepEqual(app.lines.value, [
    { kind: "print", text: "ab\n" },
    { kind: "print", text: "c\n" },
  ]);
});

test("lines of an error lead to the widget's files, those of libraries do not", () => {
  const app = run();
  const trace = [
    ["server_code/ServerModule1.py", 3],
    ["shop/Form1/__init__.py", 7, "click"],
    ["kit/tools.py", 1],
  ];
  app.hear({ origin: ORIGIN, data: { kind: "error", error: { type: "ValueError", message: "no", trace } } });
  const [line] = app.lines.value;
  assert.equal(line?.text, "ValueError: no");
  assert.deepEqual(line?.kind === "error" && line.trace.map((frame) => frame.place), [
    { path: "server_code/ServerModule1.py", line: 3 },
    { path: "client_code/Form1/__init__.py", line: 7 },
    null,
  ]);
});

test("other origins and odd messages are nothing", () => {
  const app = run();
  for (const data of [null, 5, {}, { kind: "print", text: 5 }, { kind: "error" }]) app.hear({ origin: ORIGIN, data });
  app.hear({ origin: "https://other.example.com", data: { kind: "print", text: "x" } });
  assert.deepEqual(app.lines.value, []);
});

test("what an app says without end or sense is cut", () => {
  const app = run();
  for (const text of ["x".repeat(5_000_000), "y"]) app.hear({ origin: ORIGIN, data: { kind: "print", text } });
  const trace = [...Array(10_000).fill([{}, {}]), 5];
  app.hear({ origin: ORIGIN, data: { kind: "error", error: { type: {}, message: "no", trace } } });
  app.hear({ origin: ORIGIN, data: { kind: "error", error: { trace: 5 } } });
  app.hear({ origin: ORIGIN, data: { kind: "error", error: 5 } });
  const [said, error, bare] = app.lines.value;
  assert.equal(said?.text.length, 100_000);
  assert.equal(said?.text.at(-1), "y");
  assert.equal(error?.kind === "error" && error.trace.length, 100);
  assert.deepEqual(bare?.kind === "error" && bare.trace, []);
  assert.equal(app.lines.value.length, 3);
});

test("a new start begins with nothing said", () => {
  const app = run();
  app.hear({ origin: ORIGIN, data: { kind: "print", text: "x" } });
  app.start();
  assert.equal(app.starts.value, 1);
  assert.deepEqual(app.lines.value, []);
});
