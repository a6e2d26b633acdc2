/// The nodes of a YAML text that is edited: of an edit within a few items of a list, those alone are read anew.
import { type Document, isAlias, isCollection, isMap, isPair, isSeq, type Node, type Pair, parseDocument } from "yaml";
import { columnOf, dashOf, endOf, keyOf, lineEnd, lineStart, startOf } from "./yaml_places.ts";

/// Text that is not YAML, with the line that it breaks at.
export class YamlProblem extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

type Entry = Node | Pair;
/// A list or mapping.
type Entries = Node & { readonly items: Entry[] };

/// What differs between two texts: this much of the first became something that is longer by so much.
interface Change {
  readonly from: number;
  readonly to: number;
  readonly by: number;
}

/// Some entries of a list or mapping, which have whole lines to themselves.
interface Stretch {
  readonly of: Entries;
  readonly first: number;
  readonly last: number;
  readonly start: number;
  readonly end: number;
}

/// One tree for all the texts that edits make of each other. It is of the one that was asked for last.
export class YamlTree {
  #text: string;
  #document: Document.Parsed;
  /// Whether parts can be read without the rest.
  #isLocal: boolean;

  /// YamlProblem for text that is none.
  constructor(text: string) {
    this.#text = text;
    this.#document = read(text);
    this.#isLocal = isLocal(this.#document, text);
  }

  /// The document of a text; its nodes hold until another text is asked for. YamlProblem for text that is no YAML.
  of(text: string): Document.Parsed {
    if (text === this.#text) return this.#document;
    if (!this.#isSpliced(text)) {
      this.#document = read(text);
      this.#isLocal = isLocal(this.#document, text);
    }
    this.#text = text;
    return this.#document;
  }

  /// Whether what changed could be read by itself; the nodes are those of the new text then.
  #isSpliced(text: string): boolean {
    const { contents } = this.#document;
    if (!this.#isLocal || !contents) return false;
    const change = changeOf(this.#text, text);
    for (const stretch of around(this.#text, contents, change, true)) {
      // Hardly less than everything.
      if (stretch.end - stretch.start > this.#text.length / 2) continue;
      const entries = this.#entries(stretch, text, change);
      if (!entries) continue;
      shift(contents, stretch.end, change.by);
      for (const entry of entries) shift(entry, 0, stretch.start);
      stretch.of.items.splice(stretch.first, stretch.last - stretch.first + 1, ...entries);
      return true;
    }
    return false;
  }

  /// What a stretch is in the new text; null when that can't be read as entries of the same list or mapping.
  #entries({ of, first, last, start, end }: Stretch, text: string, { by }: Change): readonly Entry[] | null {
    const written = text.slice(start, end + by);
    const column = columnOf(this.#text, entryStart(this.#text, of, 0));
    const isWhole = end === this.#text.length || written.endsWith("\n");
    if (!isWhole || columnOfFirst(written, isSeq(of)) !== column || REACHING.test(written)) return null;
    const document = parseDocument(written, { prettyErrors: false });
    const found = document.contents;
    if (document.errors.length > 0 || !isCollection(found) || found.flow) return null;
    if (isSeq(found) !== isSeq(of) || !isLocal(document, written)) return null;
    const entries = found.items as Entry[];
    if (isSeq(of)) return entries;
    const keys = [...of.items.slice(0, first), ...entries, ...of.items.slice(last + 1)].map((pair) => {
      return String(keyOf(pair as Pair));
    });
    return new Set(keys).size === keys.length ? entries : null;
  }
}

/// Directives and marks of documents.
const REACHING = /^(?:%|---|\.\.\.)/m;

function read(text: string): Document.Parsed {
  const document = parseDocument(text, { prettyErrors: false });
  const error = document.errors[0];
  if (error) throw new YamlProblem(error.message, text.slice(0, error.pos[0]).split("\n").length);
  return document;
}

/// Whether no part means anything for another: anchors, aliases and directives do.
function isLocal(document: Document.Parsed, text: string): boolean {
  const isPlain = (node: unknown): boolean => {
    if (isPair(node)) return isPlain(node.key) && isPlain(node.value);
    if (isAlias(node) || (node as { anchor?: string } | null)?.anchor) return false;
    return !isCollection(node) || node.items.every(isPlain);
  };
  return !/^%/m.test(text) && isPlain(document.contents);
}

function changeOf(before: string, after: string): Change {
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from += 1;
  let same = 0;
  while (same < most - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;
  return { from, to: before.length - same, by: after.length - before.length };
}

/// What may be read anew for a change, the smallest first.
function* around(text: string, node: unknown, change: Change, isTop: boolean): Generator<Stretch> {
  if (!isCollection(node) || node.flow || node.items.length === 0 || startOf(node as Node) > change.to) return;
  for (const item of node.items) yield* around(text, isPair(item) ? item.value : item, change, false);
  if (isSeq(node) || (isTop && isMap(node))) yield* stretches(text, node as unknown as Entries, change);
}

/// The entries that a change is in; then with their neighbours, which it may have joined them to.
function* stretches(text: string, of: Entries, { from, to }: Change): Generator<Stretch> {
  const starts = of.items.map((_, at) => entryStart(text, of, at));
  const end = behind(text, endOf(text, of));
  if (from < (starts[0] as number) || to > end) return;
  if (starts.some((start) => text.slice(lineStart(text, start), start).trim())) return;
  const lines = [...starts.map((start) => lineStart(text, start)), end];
  const first = Math.max(
    lines.slice(0, -1).findLastIndex((line) => line <= from),
    0,
  );
  const last = Math.max(lines.findIndex((line, at) => at > first && line >= to) - 1, first);
  for (const more of [0, 1]) {
    const [low, high] = [Math.max(first - more, 0), Math.min(last + more, of.items.length - 1)];
    yield { of, first: low, last: high, start: lines[low] as number, end: lines[high + 1] as number };
  }
}

function entryStart(text: string, of: Entries, at: number): number {
  return isSeq(of) ? dashOf(text, of, at) : startOf((of.items[at] as Pair).key as Node);
}

/// The next line with something on it that is no comment: those that stand before may be part of what is above them.
function behind(text: string, place: number): number {
  let line = Math.min(lineEnd(text, place) + 1, text.length);
  while (line < text.length && /^\s*(?:#|$)/.test(text.slice(line, lineEnd(text, line)))) {
    line = Math.min(lineEnd(text, line) + 1, text.length);
  }
  return line;
}

/// The column of what a text begins with; -1 unless that is an item of a list, or for mappings a key.
function columnOfFirst(text: string, isList: boolean): number {
  const found = (isList ? /^ *(?=-\s)/ : /^ *(?=[^\s#?-])/).exec(text);
  return found ? found[0].length : -1;
}

/// Move everything at or behind a place.
function shift(node: unknown, from: number, by: number): void {
  if (isPair(node)) {
    shift(node.key, from, by);
    shift(node.value, from, by);
  } else if (node) {
    const one = node as Node;
    if (one.range) one.range = one.range.map((place) => (place >= from ? place + by : place)) as Node["range"] & object;
    if (isCollection(one)) for (const item of one.items) shift(item, from, by);
  }
}
