import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff_ms } from "../src/api/backoff.ts";
import { Ansi } from "../src/editor/ansi.ts";
import { filterCommands, keyText, matches } from "../src/editor/commands.ts";
import { diffLines } from "../src/editor/diff.ts";
import { lastPlace, traceParts } from "../src/editor/traceback.ts";
import { duration, outcomeWords } from "../src/editor/words.ts";
import { relativeTime } from "../src/shell/relative.ts";

test("terminal colours become classes, across chunks, and nothing else of the sequences stays", () => {
  const ansi = new Ansi();

  assert.deepEqual(ansi.read("a\x1b[31;1mred\x1b["), [
    { text: "a", classes: "" },
    { text: "red", classes: "ansi-red ansi-bold" },
  ]);
  assert.deepEqual(ansi.read("0mplain\x1b[2Kx"), [
    { text: "plain", classes: "" },
    { text: "x", classes: "" },
  ]);
  assert.equal(ansi.read("\x1b[38;2;250;10;10mr")[0]?.classes, "ansi-red");
});

test("markup in output stays text", () => {
  assert.deepEqual(new Ansi().read("<b onclick=x>"), [{ text: "<b onclick=x>", classes: "" }]);
});

test("lines of a traceback that are in the widget's files get a place, others none", () => {
  const text =
    'Traceback:\n  File "/widget/main.py", line 3\n  File "/usr/lib/python3.10/json/main.py.py", line 9\nboom';

  const places = traceParts(text, ["main.py", "lib/tools.py"]).map((part) => part.place);

  assert.deepEqual(places.filter(Boolean), [{ path: "main.py", line: 3 }]);
  assert.deepEqual(lastPlace(text, ["main.py"]), { path: "main.py", line: 3 });
  assert.equal(
    traceParts(text, ["main.py"])
      .map((part) => part.text)
      .join(""),
    text,
  );
});

test("a diff keeps what both have and marks what only one has", () => {
  const lines = diffLines("a\nmine\nc", "a\ntheirs\nc").map((line) => `${line.side[0]}${line.text}`);

  assert.deepEqual(lines, ["ba", "mmine", "ttheirs", "bc"]);
});

test("outcomes are said in words", () => {
  assert.equal(outcomeWords("timeout", "", 300, 300), "stopped after 5 min: Server code took too long");
  assert.equal(
    outcomeWords("error", "ZeroDivisionError: division by zero", 0.02, 300),
    "ZeroDivisionError: division by zero (after 20 ms)",
  );
  assert.equal(duration(90), "1 min 30 s");
});

test("keys are matched as they are written", () => {
  const pressed = { key: "Enter", ctrlKey: true, metaKey: false, shiftKey: false, altKey: false };

  assert.ok(matches("Mod-Enter", pressed, false));
  assert.ok(!matches("Mod-Enter", pressed, true));
  assert.ok(!matches("Mod-Enter", { ...pressed, shiftKey: true }, false));
  assert.equal(keyText("Mod-Enter", true), "⌘⏎");
});

test("the palette finds by letters in order, whole words first", () => {
  const commands = ["Clear the console", "Run", "Rename the file"].map((label) => ({
    id: label,
    label,
    run: () => undefined,
  }));

  assert.equal(filterCommands(commands, "rf")[0]?.label, "Rename the file");
  assert.equal(filterCommands(commands, "run")[0]?.label, "Run");
});

test("waiting doubles up to 15 s", () => {
  assert.equal(
    backoff_ms(0, () => 1),
    500,
  );
  assert.equal(
    backoff_ms(20, () => 1),
    15_000,
  );
});

test("times are said as the server says them", () => {
  assert.equal(relativeTime(0, 3000), "just now");
  assert.equal(relativeTime(0, 65_000), "1 min ago");
  assert.equal(relativeTime(0, 90_000_000), "yesterday");
});
