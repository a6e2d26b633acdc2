/// Where the nodes of a YAML document are in its text.
import { isCollection, isPair, isScalar, type Node, type Pair, type YAMLSeq } from "yaml";

export function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/// Where the text of a node ends, without the line break behind it.
export function endOf(text: string, node: Node): number {
  if (isCollection(node) && !node.flow && node.items.length > 0) {
    const last = node.items[node.items.length - 1];
    return isPair(last) ? pairEnd(text, last as Pair) : endOf(text, last as Node);
  }
  let end = node.range?.[1] ?? text.length;
  while (end > startOf(node) && /\s/.test(text[end - 1] as string)) end -= 1;
  return end;
}

export function pairEnd(text: string, pair: Pair): number {
  const value = pair.value as Node | null;
  const isWritten = value?.range && !isEmpty(value);
  return isWritten ? endOf(text, value) : colonEnd(text, pair);
}

export function colonEnd(text: string, pair: Pair): number {
  return text.indexOf(":", endOf(text, pair.key as Node)) + 1;
}

/// The end of the line that a place is in: a comment behind a value stays with it.
export function lineEnd(text: string, place: number): number {
  const end = text.indexOf("\n", place);
  return end < 0 ? text.length : end;
}

export function lineStart(text: string, place: number): number {
  return place === 0 ? 0 : text.lastIndexOf("\n", place - 1) + 1;
}

export function columnOf(text: string, place: number): number {
  return place - lineStart(text, place);
}

/// Where an item of a block list begins: at its dash, which all of them have in one column.
export function dashOf(text: string, list: YAMLSeq, index: number): number {
  const first = startOf(list as unknown as Node);
  if (index === 0) return first;
  const column = columnOf(text, first);
  for (let line = lineStart(text, startOf(list.items[index] as Node)); ; line = lineStart(text, line - 1)) {
    const isDash = text[line + column] === "-" && text.slice(line, line + column).trim() === "";
    if (isDash || line === 0) return line + column;
  }
}

/// A key with nothing behind it has a node of no length.
export function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1];
}

export function keyOf(pair: Pair): unknown {
  return isScalar(pair.key) ? pair.key.value : pair.key;
}
