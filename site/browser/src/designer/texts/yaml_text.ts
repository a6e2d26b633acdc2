/// Edits of YAML that change no more of the text than they must: comments, order and style of the rest stay.
import { keyOf, type List, type Mapping, type Pair, plainOf, readYaml, type YamlNode } from "./yaml_nodes.ts";
import { behindBlanks, colonEnd, columnOf, dashOf, endOf, lineEnd, linesOf, pairEnd } from "./yaml_places.ts";

export { YamlProblem } from "./yaml_nodes.ts";

export type Path = readonly (string | number)[];

/// A text with the nodes that it means. Immutable: each edit returns another one.
export class YamlText {
  readonly text: string;
  /// null: there is nothing in it.
  readonly #contents: YamlNode | null;

  /// YamlProblem for text that is none.
  constructor(text: string) {
    this.text = text;
    this.#contents = readYaml(text);
  }

  /// What the text means, as plain values.
  value(): unknown {
    return plainOf(this.#contents);
  }

  /// Set what stands at a path of keys; mappings on the way are made.
  set(path: Path, value: unknown): YamlText {
    const key = path[path.length - 1] as string | number;
    const parent = path.slice(0, -1);
    const pair = this.#pair(path);
    if (pair) return this.#valued(pair, ` ${flow(value)}`);
    const found = this.#node(path);
    if (found) return this.#replaced(found.start, endOf(this.text, found), flow(value));
    return this.#appended(parent, `${flow(key)}: ${flow(value)}`, () => ({ [key]: value }));
  }

  /// Take a key out of a mapping; nothing happens when it has none of that name.
  without(path: Path): YamlText {
    const map = this.#node(path.slice(0, -1));
    const key = path[path.length - 1];
    if (map?.kind !== "mapping") return this;
    const at = map.items.findIndex((pair) => keyOf(pair) === key);
    if (at < 0) return this;
    if (map.items.length === 1) return this.#emptied(path.slice(0, -1), "{}");
    const starts = map.items.map((pair) => pair.key.start);
    const last = at === map.items.length - 1;
    if (!last) return this.#replaced(starts[at] as number, starts[at + 1] as number, "");
    const before = pairEnd(this.text, map.items[at - 1] as Pair);
    return this.#replaced(
      map.isFlow ? before : lineEnd(this.text, before),
      pairEnd(this.text, map.items[at] as Pair),
      "",
    );
  }

  /// Call a key of a mapping otherwise; nothing happens when it has none of that name.
  rename(path: Path, key: string): YamlText {
    const node = this.#pair(path)?.key;
    return node ? this.#replaced(node.start, endOf(this.text, node), flow(key)) : this;
  }

  /// Put an item into a list, which is made when it is not there.
  insert(path: Path, index: number, item: unknown): YamlText {
    const list = this.#node(path);
    if (list?.kind === "list" && list.items.length > 0) return this.#inserted(list, index, item);
    const column = this.#columnOf(path.slice(0, -1));
    if (column === null) return this.set(path, [item]);
    const text = `\n${block(item, column).trimEnd()}`;
    const pair = this.#pair(path);
    if (pair) return this.#valued(pair, text);
    return this.#appended(path.slice(0, -1), `${flow(path[path.length - 1])}:${text}`, () => ({}));
  }

  /// Take an item out of a list, with the comment above it; one above the next stays.
  remove(path: Path, index: number): YamlText {
    const list = this.#node(path);
    const item = list?.kind === "list" ? list.items[index] : undefined;
    if (list?.kind !== "list" || !item) throw new Error(`There is no item ${index} at ${path.join(".")}.`);
    if (list.items.length === 1) return this.#emptied(path, "[]");
    const next = list.items[index + 1];
    if (list.isFlow) {
      const before = list.items[index - 1];
      if (next || !before) return this.#replaced(item.start, (next ?? item).start, "");
      return this.#replaced(endOf(this.text, before), endOf(this.text, item), "");
    }
    const { start, end } = linesOf(this.text, list, index);
    if (next && columnOf(this.text, start) > 0) return this.#replaced(start, dashOf(this.text, list, index + 1), "");
    if (next) return this.#replaced(start, behindBlanks(this.text, end), "");
    return this.#replaced(this.text[end - 1] === "\n" ? start : start - 1, end, "");
  }

  /// Put an item of one list into another as it is written; `index` counts without it when both are the same list.
  move(from: Path, at: number, to: Path, index: number): YamlText {
    const list = this.#node(from);
    if (list?.kind !== "list") throw new Error(`There is no list at ${from.join(".")}.`);
    const value = plainOf(list.items[at] as YamlNode);
    const written = this.#written(list, at);
    const without = this.remove(from, at);
    const target = without.#node(to);
    if (written === null || target?.kind !== "list" || target.isFlow || target.items.length === 0)
      return without.insert(to, index, value);
    return without.#inserted(target, index, value, written);
  }

  // --- where things are in the text

  #node(path: Path): YamlNode | undefined {
    return path.reduce<YamlNode | undefined>((node, key) => {
      if (node?.kind === "list") return typeof key === "number" ? node.items[key] : undefined;
      return node?.kind === "mapping" ? node.items.find((pair) => keyOf(pair) === key)?.value : undefined;
    }, this.#contents ?? undefined);
  }

  #pair(path: Path): Pair | undefined {
    const map = this.#node(path.slice(0, -1));
    return map?.kind === "mapping" ? map.items.find((pair) => keyOf(pair) === path[path.length - 1]) : undefined;
  }

  /// The column of the keys of a block mapping; null for what is not one.
  #columnOf(path: Path): number | null {
    const map = this.#node(path);
    if (map?.kind !== "mapping" || map.isFlow) return null;
    return columnOf(this.text, (map.items[0] as Pair).key.start);
  }

  /// The lines of an item of a block list, as if its dash stood in the first column; null where it has none to itself.
  #written(list: List, index: number): string | null {
    if (list.isFlow) return null;
    const { start, end } = linesOf(this.text, list, index);
    return indented(this.text.slice(start, end).trim(), -columnOf(this.text, list.start));
  }

  // --- edits

  #replaced(from: number, to: number, text: string): YamlText {
    return new YamlText(this.text.slice(0, from) + text + this.text.slice(to));
  }

  /// Write a value behind a key that has none, or an empty one.
  #valued(pair: Pair, text: string): YamlText {
    return this.#replaced(colonEnd(this.text, pair), pairEnd(this.text, pair), text);
  }

  /// Make a list or mapping empty.
  #emptied(path: Path, empty: string): YamlText {
    const node = this.#node(path) as List | Mapping;
    const pair = this.#pair(path);
    if (node.isFlow || !pair) return this.#replaced(node.start, endOf(this.text, node), empty);
    return this.#replaced(colonEnd(this.text, pair), endOf(this.text, node), ` ${empty}`);
  }

  /// Add a pair to a mapping, which `made` is when there is none yet.
  #appended(path: Path, pair: string, made: () => Record<string, unknown>): YamlText {
    const map = this.#node(path);
    if (map?.kind !== "mapping" || map.items.length === 0) {
      if (path.length === 0) return this.#replaced(this.text.length, this.text.length, `${pair}\n`);
      return this.set(path, made());
    }
    const end = pairEnd(this.text, map.items[map.items.length - 1] as Pair);
    if (map.isFlow) return this.#replaced(end, end, `, ${pair}`);
    const place = lineEnd(this.text, end);
    return this.#replaced(place, place, `\n${" ".repeat(this.#columnOf(path) ?? 0)}${pair}`);
  }

  #inserted(list: List, index: number, item: unknown, written?: string): YamlText {
    const last = list.items.length - 1;
    const isLast = index > last;
    if (list.isFlow) {
      const place = isLast ? endOf(this.text, list.items[last] as YamlNode) : (list.items[index] as YamlNode).start;
      return this.#replaced(place, place, isLast ? `, ${flow(item)}` : `${flow(item)}, `);
    }
    const column = columnOf(this.text, list.start);
    const pad = " ".repeat(column);
    const text = (written === undefined ? block(item, column) : indented(written, column)).trim();
    const { start, end } = linesOf(this.text, list, isLast ? last : index);
    if (isLast) return this.#replaced(end, end, this.text[end - 1] === "\n" ? `${pad}${text}\n` : `\n${pad}${text}`);
    return this.#replaced(start, start, columnOf(this.text, start) > 0 ? `${text}\n${pad}` : `${pad}${text}\n`);
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
