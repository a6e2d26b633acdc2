/// Edits of YAML that change no more of the text than they must: comments, order and style of the rest stay.
import { type Document, isMap, isSeq, type Node, type Pair, type YAMLSeq } from "yaml";
import { colonEnd, columnOf, dashOf, endOf, keyOf, lineEnd, pairEnd, startOf } from "./yaml_places.ts";
import { YamlTree } from "./yaml_tree.ts";

export { YamlProblem } from "./yaml_tree.ts";

export type Path = readonly (string | number)[];

/// A text with the tree of nodes that it means. Immutable: each edit returns another one.
export class YamlText {
  readonly text: string;
  readonly #tree: YamlTree;

  /// YamlProblem for text that is none. `tree` is that of a text which this one differs little from.
  constructor(text: string, tree?: YamlTree) {
    this.text = text;
    this.#tree = tree ?? new YamlTree(text);
    this.#tree.of(text);
  }

  /// Another text, which is read the quicker the less it differs from this one; YamlProblem for text that is none.
  as(text: string): YamlText {
    return text === this.text ? this : new YamlText(text, this.#tree);
  }

  get #document(): Document.Parsed {
    return this.#tree.of(this.text);
  }

  /// What the text means, as plain values.
  value(): unknown {
    return this.#document.toJS({ maxAliasCount: 1000 });
  }

  /// Set what stands at a path of keys; mappings on the way are made.
  set(path: Path, value: unknown): YamlText {
    const key = path[path.length - 1] as string | number;
    const parent = path.slice(0, -1);
    const pair = this.#pair(path);
    if (pair) return this.#valued(pair, ` ${flow(value)}`);
    const found = this.#node(path);
    if (found) return this.#replaced(startOf(found), endOf(this.text, found), flow(value));
    return this.#appended(parent, `${flow(key)}: ${flow(value)}`, () => ({ [key]: value }));
  }

  /// Take a key out of a mapping; nothing happens when it has none of that name.
  without(path: Path): YamlText {
    const map = this.#node(path.slice(0, -1));
    const key = path[path.length - 1];
    if (!isMap(map)) return this;
    const at = map.items.findIndex((pair) => keyOf(pair) === key);
    if (at < 0) return this;
    if (map.items.length === 1) return this.#emptied(path.slice(0, -1), "{}");
    const starts = map.items.map((pair) => startOf(pair.key as Node));
    const last = at === map.items.length - 1;
    if (!last) return this.#replaced(starts[at] as number, starts[at + 1] as number, "");
    const before = pairEnd(this.text, map.items[at - 1] as Pair);
    return this.#replaced(
      map.flow ? before : lineEnd(this.text, before),
      pairEnd(this.text, map.items[at] as Pair),
      "",
    );
  }

  /// Call a key of a mapping otherwise; nothing happens when it has none of that name.
  rename(path: Path, key: string): YamlText {
    const node = this.#pair(path)?.key as Node | undefined;
    return node ? this.#replaced(startOf(node), endOf(this.text, node), flow(key)) : this;
  }

  /// Put an item into a list, which is made when it is not there.
  insert(path: Path, index: number, item: unknown): YamlText {
    const list = this.#node(path);
    if (isSeq(list) && list.items.length > 0) return this.#inserted(list, index, item);
    const column = this.#columnOf(path.slice(0, -1));
    if (column === null) return this.set(path, [item]);
    const text = `\n${block(item, column).trimEnd()}`;
    const pair = this.#pair(path);
    if (pair) return this.#valued(pair, text);
    return this.#appended(path.slice(0, -1), `${flow(path[path.length - 1])}:${text}`, () => ({}));
  }

  /// Take an item out of a list.
  remove(path: Path, index: number): YamlText {
    const list = this.#node(path);
    if (!isSeq(list) || !list.items[index]) throw new Error(`There is no item ${index} at ${path.join(".")}.`);
    if (list.items.length === 1) return this.#emptied(path, "[]");
    const items = list.items as Node[];
    const last = index === items.length - 1;
    if (!last) return this.#replaced(this.#itemStart(list, index), this.#itemStart(list, index + 1), "");
    const before = endOf(this.text, items[index - 1] as Node);
    return this.#replaced(list.flow ? before : lineEnd(this.text, before), endOf(this.text, items[index] as Node), "");
  }

  /// Put an item of one list into another as it is written; `index` counts without it when both are the same list.
  move(from: Path, at: number, to: Path, index: number): YamlText {
    const list = this.#node(from);
    if (!isSeq(list)) throw new Error(`There is no list at ${from.join(".")}.`);
    const value = (list.items[at] as Node).toJS(this.#document);
    const written = this.#written(list, at);
    const without = this.remove(from, at);
    const target = without.#node(to);
    if (written === null || !isSeq(target) || target.flow || target.items.length === 0)
      return without.insert(to, index, value);
    return without.#inserted(target, index, value, written);
  }

  // --- where things are in the text

  #node(path: Path): Node | undefined {
    const found = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return (found ?? undefined) as Node | undefined;
  }

  #pair(path: Path): Pair | undefined {
    const map = this.#node(path.slice(0, -1));
    return isMap(map) ? map.items.find((pair) => keyOf(pair) === path[path.length - 1]) : undefined;
  }

  /// The column of the keys of a block mapping; null for what is not one.
  #columnOf(path: Path): number | null {
    const map = this.#node(path);
    if (!isMap(map) || map.flow || map.items.length === 0) return null;
    return columnOf(this.text, startOf((map.items[0] as Pair).key as Node));
  }

  /// Where an item begins: at its dash in a block list.
  #itemStart(list: YAMLSeq, index: number): number {
    return list.flow ? startOf(list.items[index] as Node) : dashOf(this.text, list, index);
  }

  /// The lines of an item of a block list, from its dash on, as if that stood in the first column; null in a flow list.
  #written(list: Node, index: number): string | null {
    if (!isSeq(list) || list.flow) return null;
    const start = this.#itemStart(list, index);
    const text = this.text.slice(start, lineEnd(this.text, endOf(this.text, list.items[index] as Node)));
    return indented(text, -columnOf(this.text, start));
  }

  // --- edits

  #replaced(from: number, to: number, text: string): YamlText {
    return this.as(this.text.slice(0, from) + text + this.text.slice(to));
  }

  /// Write a value behind a key that has none, or an empty one.
  #valued(pair: Pair, text: string): YamlText {
    return this.#replaced(colonEnd(this.text, pair), pairEnd(this.text, pair), text);
  }

  /// Make a list or mapping empty.
  #emptied(path: Path, empty: string): YamlText {
    const node = this.#node(path) as Node & { flow?: boolean };
    const pair = this.#pair(path);
    if (node.flow || !pair) return this.#replaced(startOf(node), endOf(this.text, node), empty);
    return this.#replaced(colonEnd(this.text, pair), endOf(this.text, node), ` ${empty}`);
  }

  /// Add a pair to a mapping, which `made` is when there is none yet.
  #appended(path: Path, pair: string, made: () => Record<string, unknown>): YamlText {
    const map = this.#node(path);
    if (!isMap(map) || map.items.length === 0) {
      if (path.length === 0) return this.#replaced(this.text.length, this.text.length, `${pair}\n`);
      return this.set(path, made());
    }
    const end = pairEnd(this.text, map.items[map.items.length - 1] as Pair);
    if (map.flow) return this.#replaced(end, end, `, ${pair}`);
    const place = lineEnd(this.text, end);
    return this.#replaced(place, place, `\n${" ".repeat(this.#columnOf(path) ?? 0)}${pair}`);
  }

  #inserted(list: Node, index: number, item: unknown, written?: string): YamlText {
    if (!isSeq(list)) throw new Error("not a list");
    const items = list.items as Node[];
    const isLast = index >= items.length;
    if (list.flow) {
      const place = isLast ? endOf(this.text, items[items.length - 1] as Node) : startOf(items[index] as Node);
      return this.#replaced(place, place, isLast ? `, ${flow(item)}` : `${flow(item)}, `);
    }
    const column = columnOf(this.text, this.#itemStart(list, 0));
    const text = (written === undefined ? block(item, column) : indented(written, column)).trim();
    if (!isLast) {
      const place = this.#itemStart(list, index);
      return this.#replaced(place, place, `${text}\n${" ".repeat(column)}`);
    }
    const place = lineEnd(this.text, endOf(this.text, items[items.length - 1] as Node));
    return this.#replaced(place, place, `\n${" ".repeat(column)}${text}`);
  }
}

/// Words that are more than text to the site's reader (YAML 1.1) or to others.
const WORDS = /^(true|false|yes|no|on|off|y|n|null|nan|inf)$/i;
const PLAIN = /^[A-Za-z_](?:[\w ./-]*[\w./-])?$/;

/// A value in one line, as it stands within braces and brackets. Text is in quotes unless it can mean nothing else.
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${pairs.map(([key, item]) => `${key === "y" ? key : flow(key)}: ${flow(item)}`).join(", ")}}`;
  }
  if (typeof value === "string") return PLAIN.test(value) && !WORDS.test(value) ? value : quoted(value);
  // A number with an exponent is one only with a dot.
  return typeof value === "number" ? String(value).replace(/^(-?\d+)e/, "$1.0e") : JSON.stringify(value ?? null);
}

/// JSON's texts are YAML's, too; but what other line breaks are is not agreed on.
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u0085\u2028\u2029\ufeff\u007f]/g, (one) => {
    return `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/// An item of a list in lines of its own, at a column: one key a line, with its children below it.
function block(item: unknown, column: number): string {
  const pad = " ".repeat(column);
  if (typeof item !== "object" || item === null || Array.isArray(item)) return `${pad}- ${flow(item)}\n`;
  const lines = Object.entries(item).map(([key, value]) => {
    const deep = key === "components" && Array.isArray(value) && value.length > 0;
    if (!deep) return `${flow(key)}: ${flow(value)}\n`;
    return `${flow(key)}:\n${value.map((child: unknown) => block(child, column + 2)).join("")}`;
  });
  return lines.map((line, at) => (at === 0 ? `${pad}- ` : `${pad}  `) + line).join("");
}

/// Lines further to the right, or for a negative number to the left; the first line stays where it is.
function indented(text: string, by: number): string {
  const [first = "", ...rest] = text.split("\n");
  const moved = rest.map((line) => {
    if (by >= 0) return line.trim() ? " ".repeat(by) + line : line;
    const spaces = line.length - line.trimStart().length;
    return line.slice(Math.min(spaces, -by));
  });
  return [first, ...moved].join("\n");
}
