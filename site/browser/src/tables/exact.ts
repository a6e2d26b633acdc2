/// JSON whose numbers stay what they are: 1.0 is not 1 in Python, and whole numbers have 64 bits there.

/// A number that JavaScript would write in another way than it came.
export class Exact {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toString(): string {
    return this.source;
  }
}

/// Anything that JSON holds.
export type Json = null | boolean | number | string | Exact | readonly Json[] | { readonly [key: string]: Json };

type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/// Read JSON. Browsers that don't say how a number was written give the nearest that they have.
export function read<T = Json>(text: string): T {
  const exact: Reviver = (_key, value, context) => {
    const source = context?.source;
    return typeof value === "number" && source !== undefined && source !== String(value) ? new Exact(source) : value;
  };
  return JSON.parse(text, exact as Parameters<typeof JSON.parse>[1]) as T;
}

/// Write JSON, over several lines when `indent` is given.
export function write(value: Json, indent = ""): string {
  return written(value, indent, "");
}

function written(value: Json, indent: string, before: string): string {
  if (value instanceof Exact) return value.source;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inside = before + indent;
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map((one: Json) => written(one, indent, inside))
    : Object.entries(value).map(
        ([key, one]) => `${JSON.stringify(key)}:${indent ? " " : ""}${written(one, indent, inside)}`,
      );
  const [open, close] = isList ? "[]" : "{}";
  if (!parts.length || !indent) return `${open}${parts.join(",")}${close}`;
  return `${open}\n${parts.map((part) => inside + part).join(",\n")}\n${before}${close}`;
}

/// Whether two values are the same in JSON.
export function same(one: Json, other: Json): boolean {
  return one === other || write(one) === write(other);
}
