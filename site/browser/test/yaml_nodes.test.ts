/// What a YAML text means and where, beside another reader: the package yaml, which is no part of the pages.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { isAlias, isMap, isPair, isScalar, isSeq, type Node, parseDocument } from "yaml";
import { plainOf, readYaml, YamlProblem } from "../src/designer/texts/yaml_nodes.ts";
import { endOf } from "../src/designer/texts/yaml_places.ts";
import { Dice, form, written } from "./random_forms.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

interface Said {
  readonly value: unknown;
  /// Where each scalar, alias and flow collection begins and ends, in the order of the text.
  readonly places: readonly (readonly [number, number])[];
}

/// null for text that can't be read.
type Read = (text: string) => Said | null;

const ours: Read = (text) => {
  try {
    const contents = readYaml(text);
    const places: [number, number][] = [];
    const visit = (node: ReturnType<typeof readYaml>): void => {
      if (!node) return;
      const isBlock = (node.kind === "list" || node.kind === "mapping") && !node.isFlow;
      if (!isBlock && node.end > node.start) places.push([node.start, endOf(text, node)]);
      if (node.kind === "list") node.items.forEach(visit);
      if (node.kind === "mapping") for (const { key, value } of node.items) [key, value].forEach(visit);
    };
    visit(contents);
    return { value: plainOf(contents), places };
  } catch (error) {
    assert.ok(error instanceof YamlProblem, String(error));
    assert.ok(error.line >= 1 && error.line <= text.split(/\r\n?|\n/).length, `line ${error.line}`);
    return null;
  }
};

const theirs: Read = (text) => {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0) return null;
  const places: [number, number][] = [];
  const visit = (node: unknown): void => {
    if (isPair(node)) [node.key, node.value].forEach(visit);
    if (isAlias(node) || isScalar(node) || ((isSeq(node) || isMap(node)) && node.flow)) {
      const [start, end] = (node as Node).range ?? [0, 0];
      if (end > start) places.push([start, start + text.slice(start, end).trimEnd().length]);
    }
    if (isSeq(node) || isMap(node)) (node.items as unknown[]).forEach(visit);
  };
  visit(document.contents);
  return { value: document.toJS(), places };
};

/// Forms of the repository, and some by chance.
function forms(dice: Dice, count: number): readonly string[] {
  const patterns = ["widgets/**/*.yaml", "tests/**/*.yaml", "site/widget_site/**/*.yaml"];
  const paths = patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
  const made = Array.from({ length: count }, () => {
    let fresh = 0;
    return written(
      dice,
      form(dice, () => `name_${fresh++}`),
    );
  });
  return [...paths.map((path) => readFileSync(`${ROOT}${path}`, "utf8")), ...made];
}

test("forms mean the same, at the same places", () => {
  for (const text of forms(new Dice(11), 300)) {
    const expected = theirs(text);
    assert.ok(expected, text);
    assert.deepEqual(ours(text), expected, text);
  }
});

const BITS = [
  ...["\n", "  ", "- ", "a: ", "'", '"', "{", "}", "[", "]", ", ", ": ", "# c", "\t", "|\n", "|-\n", "|2\n    ", ">\n"],
  ...[">-\n", "|+\n\n", "&a ", "*a", "!!str ", "!x ", "? ", "~", "0x1F", "1e3", "-.inf", "\r\n", "---\n", "%", ".5"],
  ...["\u2028", "🙂", "\\", "''", "null", "1_000", "012", "1:30", "<<: ", "@", "=", "!", "+1", "-"],
];

/// A text as it is while somebody types: something is missing, twice, or more.
function typed(dice: Dice, text: string): string {
  const at = dice.below(text.length + 1);
  if (dice.often(30)) return text.slice(0, at) + text.slice(at + 1 + dice.below(3));
  const from = dice.below(text.length + 1);
  return text.slice(0, at) + (dice.often(40) ? text.slice(from, from + 12) : dice.one(BITS)) + text.slice(at);
}

test("texts that somebody types at mean the same where both can be read", () => {
  const dice = new Dice(12);
  const texts = forms(dice, 100);
  let read = 0;
  for (let turn = 0; turn < 300; turn += 1) {
    const text = typed(dice, typed(dice, dice.one(texts)));
    const [expected, found] = [theirs(text), ours(text)];
    if (!expected || !found) continue;
    assert.deepEqual(found.value, expected.value, text);
    read += 1;
  }
  assert.ok(read > 50, String(read));
});

const SCALARS = `
plain: [word, two words, it's, 1:30, 2001-01-01, yes, no, on, off, =, <<, a#b, http://a.b/c, -x, ?x, ':x']
nothing: [~, null, Null, NULL, nUll, '', ""]
empty:
booleans: [true, True, TRUE, tRue, false, False, FALSE, 'true']
whole: [0, 12, -3, +4, 012, 0o17, 0x1F, 0b11, 1_000, 12345678901234567890]
broken: [1.5, -.5, 5., 1e3, 1.0e+21, 1E-2, .inf, -.Inf, +.INF, .nan, .NaN, -.nan, 1.2.3, ., e3]
quoted: ['it''s', "\\t\\u00e4\\x41\\U0001F642\\"\\\\\\/\\0\\e\\N\\_\\L\\P", " padded ", '', "a\\
  b", 'one
  two

  three']
tags: [!!str 12, !!int "12", !!float '1.5', !!bool "true", !!null "", ! 12, !own text, !<tag:yaml.org,2002:int> "3"]
folded: >
  one
  two

  three
    deeper
  four

stripped: |-
  no line behind

kept: |+
  lines behind


indented: |2
    two more
commented: | # why
  # no comment
several
  lines: 1
? asked
: answered
"quoted key": 1
12: number
true: truth
list:
-
- - deep
  - deeper
- |
  block
- &anchor {a: [1, 2]}
- *anchor
- {a, b: , c: {}, ? d : e}
- [a: 1, [], {}]
`.replace("several\n  lines: 1\n", "several:\n  lines\n  of words\n");

test("scalars of every style mean the same, with either line breaks", () => {
  for (const text of [SCALARS, SCALARS.replaceAll("\n", "\r\n"), `\ufeff${SCALARS}`, `---\n${SCALARS}...\n`]) {
    const expected = theirs(text);
    assert.ok(expected);
    assert.deepEqual(ours(text)?.value, expected.value);
  }
  assert.deepEqual(ours(SCALARS), theirs(SCALARS));
});

test("a text that breaks the rules is named with its line", () => {
  const broken: readonly (readonly [string, number])[] = [
    ["a: 1\nb: [", 2],
    ["a: 1\nb: 2\na: 3\n", 3],
    ["a: 1\n b: 2\n", 2],
    ["a:\n\t- b\n", 2],
    ["a: 1\n---\nb: 2\n", 2],
    ["a: &b 1\nc: *d\n", 2],
    ["a: 1\n[b]: 2\n", 2],
    ["a: &b [*b]\n", 1],
  ];
  for (const [text, line] of broken) {
    assert.throws(
      () => readYaml(text),
      (error) => error instanceof YamlProblem && error.line === line,
      text,
    );
  }
});

test("a few aliases can't stand for millions of nodes", () => {
  const lines = Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]\n`);

  assert.throws(() => readYaml(`a0: &a0 [1]\n${lines.join("")}`), YamlProblem);
});

test("brackets may close below what they close", () => {
  const text = `a: {
  b: 1,  # one
  c: [
    "x",
    y: |z
  ],
  d: {}
}
list:
  - {
    e: &f 2
  }
  - *f
  - [
]
g: {
}
h: 3
`;
  const mended = text.replace("- [\n]", "- [\n  ]");

  assert.deepEqual(ours(mended), theirs(mended));
  assert.deepEqual(ours(text)?.value, theirs(mended)?.value);
  const tabs = `a: word\nb: {c:\t1,\t"d\t":\t[\t2\t]\t}\n`;
  assert.deepEqual(ours(tabs), theirs(tabs));
});

test("a line of signs between a key and what follows is read at once", () => {
  const line = "#".repeat(200);

  assert.deepEqual(plainOf(readYaml(`a: {b  ${line}\n , c: 1}\n? d\n${line}\n? e\n${line}`)), {
    a: { b: null, c: 1 },
    d: null,
    e: null,
  });
});
