/// Where the nodes of a YAML document are in its text.
import type { List, Pair, YamlNode } from "./yaml_nodes.ts";

/// Where the text of a node ends, without the line break behind it.
export function endOf(text: string, node: YamlNode): number {
  if (node.kind === "list" && !node.isFlow) return endOf(text, node.items.at(-1) as YamlNode);
  if (node.kind === "mapping" && !node.isFlow) return pairEnd(text, node.items.at(-1) as Pair);
  let end = node.end;
  while (end > node.start && /\s/.test(text[end - 1] as string)) end -= 1;
  return end;
}

export function pairEnd(text: string, pair: Pair): number {
  return isEmpty(pair.value) ? colonEnd(text, pair) : endOf(text, pair.value);
}

export function colonEnd(text: string, pair: Pair): number {
  return text.indexOf(":", endOf(text, pair.key)) + 1;
}

/// The end of the line that a place is in: a comment behind a value stays with it.
export function lineEnd(text: string, place: number): number {
  const end = text.indexOf("\n", place);
  return end < 0 ? text.length : end;
}

function lineStart(text: string, place: number): number {
  return place === 0 ? 0 : text.lastIndexOf("\n", place - 1) + 1;
}

function nextLine(text: string, place: number): number {
  return Math.min(lineEnd(text, place) + 1, text.length);
}

export function columnOf(text: string, place: number): number {
  return place - lineStart(text, place);
}

/// Where an item of a block list begins: at its dash, which all of them have in one column.
export function dashOf(text: string, list: List, index: number): number {
  if (index === 0) return list.start;
  const column = columnOf(text, list.start);
  for (let line = lineStart(text, (list.items[index] as YamlNode).start); ; line = lineStart(text, line - 1)) {
    const isDash = text[line + column] === "-" && text.slice(line, line + column).trim() === "";
    if (isDash || line === 0) return line + column;
  }
}

/// The lines of an item of a block list: with the comments right above it, and those right below that stand further to
/// the right than its dash. Where that shares its line with another list's, they begin at the dash.
export function linesOf(text: string, list: List, index: number): { readonly start: number; readonly end: number } {
  const dash = dashOf(text, list, index);
  const column = columnOf(text, dash);
  const isAbove = (line: number) => (commentColumn(text, line) ?? column + 1) <= column;
  const isBelow = (line: number) => (commentColumn(text, line) ?? column) > column;
  let start = lineStart(text, dash);
  if (text.slice(start, dash).trim()) start = dash;
  else while (start > 0 && isAbove(lineStart(text, start - 1))) start = lineStart(text, start - 1);
  let end = nextLine(text, endOf(text, list.items[index] as YamlNode));
  while (isBelow(end)) end = nextLine(text, end);
  return { start, end };
}

/// The column of the comment that a line is; undefined for another line.
function commentColumn(text: string, line: number): number | undefined {
  COMMENT.lastIndex = line;
  return COMMENT.exec(text)?.[1]?.length;
}

const COMMENT = /([ \t]*)#/y;

/// The next line that has something on it.
export function behindBlanks(text: string, line: number): number {
  BLANKS.lastIndex = line;
  return BLANKS.test(text) ? BLANKS.lastIndex : line;
}

const BLANKS = /(?:[ \t]*\r?\n)*/y;

/// Whether nothing is written for a node: behind a key, or a list's dash.
function isEmpty(node: YamlNode): boolean {
  return node.kind === "scalar" && node.start === node.end;
}
