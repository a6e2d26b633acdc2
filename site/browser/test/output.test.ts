import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff_ms } from "../src/api/backoff.ts";
import { Ansi } from "../src/editor/ansi.ts";
import { contrast, type Rgb } from "../src/editor/colours.ts";
import { filterCommands, keyText, matches } from "../src/editor/commands.ts";
import { diffLines } from "../src/editor/diff_blocks.ts";
import { lastPlace, traceParts } from "../src/editor/traceback.ts";
import { duration, outcomeWords } from "../src/editor/words.ts";
import { sizeWords } from "../src/rich/files.ts";
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
});

test("every colour of the 256 and of the millions is readable in both schemes and on the ground it asks for", () => {
  for (let n = 16; n < 256; n += 1) {
    const piece = new Ansi().read(`\x1b[38;5;${n}mx`)[0];
    const [light, dark] = rgbs(piece?.colour ?? "");
    assert.ok(
      light && dark && contrast(light, [0xec, 0xee, 0xf3]) >= 4.5 && contrast(dark, [0x24, 0x27, 0x30]) >= 4.5,
      `${n}`,
    );
  }
  const piece = new Ansi().read("\x1b[38;2;10;20;30;48:2:10:20:40mx")[0];
  const [text] = rgbs(piece?.colour ?? "");
  assert.equal(piece?.back, "rgb(10 20 40)");
  assert.ok(text && contrast(text, [10, 20, 40]) >= 4.5);
  assert.equal(new Ansi().read("\x1b[48;5;231mx")[0]?.colour, "rgb(0 0 0)");
});

test("the styles of terminals begin and end, and numbers that mean nothing do no harm", () => {
  const ansi = new Ansi();
  assert.equal(
    ansi.read("\x1b[1;3;4;7;9ma")[0]?.classes,
    "ansi-bold ansi-italic ansi-underline ansi-inverse ansi-strike",
  );
  assert.equal(ansi.read("\x1b[22;23;24;27;29ma")[0]?.classes, "");
  assert.deepEqual(new Ansi().read("\x1b[38;5mx\x1b[38;2;999;-1mx\x1b[38;5;999mx\x1b[999mx\x1b[0mx").at(-1), {
    text: "x",
    classes: "",
  });
});

test("sizes of files are said in words", () => {
  assert.deepEqual([0, 999, 1500, 99_949, 999_999, 10_000_000].map(sizeWords), [
    "0 B",
    "999 B",
    "1.5 kB",
    "100 kB",
    "1.0 MB",
    "10 MB",
  ]);
});

function rgbs(text: string): Rgb[] {
  return [...text.matchAll(/rgb\((\d+) (\d+) (\d+)\)/g)].map((found) => [
    Number(found[1]),
    Number(found[2]),
    Number(found[3]),
  ]);
}

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
