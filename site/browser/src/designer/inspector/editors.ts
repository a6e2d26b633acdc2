/// Which editor a property has in the inspector: by its type, and for a few by what they are about.
import type { Property } from "../specs.ts";

export type EditorKind =
  | "check"
  | "choice"
  | "form"
  | "number"
  | "length"
  | "date"
  | "items"
  | "lines"
  | "columns"
  | "color"
  | "icon"
  | "role"
  | "spacing"
  | "margin"
  | "padding"
  | "picture"
  | "url"
  | "text"
  | "long_text"
  | "json";

/// By type, those of custom components too.
const BY_TYPE: Readonly<Record<string, EditorKind>> = {
  boolean: "check",
  enum: "choice",
  form: "form",
  number: "number",
  length: "length",
  date: "date",
  items: "items",
  "text[]": "lines",
  columns: "columns",
  color: "color",
  icon: "icon",
  role: "role",
  themeRole: "role",
  spacing: "spacing",
  margin: "margin",
  padding: "padding",
  media: "picture",
  url: "url",
  uri: "url",
  string: "text",
  html: "long_text",
  object: "json",
};

/// Texts that may have several lines, and what is an object by its type only.
const BY_NAME: Readonly<Record<string, EditorKind>> = {
  text: "long_text",
  content: "long_text",
  html: "long_text",
  // A FlowPanel takes the words of its old spacing there, too.
  spacing: "spacing",
};

/// The editor of a property. A type that nobody has heard of is text.
export function editorOf({ name, type }: Pick<Property, "name" | "type">): EditorKind {
  const kind = BY_TYPE[type] ?? "text";
  return kind === "text" || kind === "json" ? (BY_NAME[name] ?? kind) : kind;
}

/// What people mostly put there, where any text is taken.
const SUGGESTED: Readonly<Record<string, readonly string[]>> = {
  font: ["Arial", "Georgia", "monospace", "sans-serif", "serif", "system-ui", "Verdana"],
  border: ["none", "1px solid #888888", "2px solid #888888", "1px dashed #888888", "0 0 1px 0 solid #888888"],
  border_radius: ["4px", "8px", "16px", "50%"],
  text_padding: ["0px", "4px", "8px", "16px"],
  format: ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d %B %Y", "%d/%m/%Y %H:%M"],
  map_type_id: ["roadmap", "satellite", "hybrid", "terrain"],
  gesture_handling: ["auto", "cooperative", "greedy", "none"],
  file_types: [".csv", ".pdf", "image/*", "text/*"],
};

/// Values to choose from beside typing, by the property's name.
export function suggestionsOf(name: string): readonly string[] {
  return SUGGESTED[name] ?? [];
}

/// A length as designs have it: a number of pixels, or a text with a unit. undefined: none.
export function lengthRead(text: string): number | string | undefined {
  const typed = text.trim();
  if (typed === "") return undefined;
  return /^-?\d+(\.\d+)?$/.test(typed) ? Number(typed) : typed;
}

/// Whether a length can be drawn.
export function isLength(text: string): boolean {
  return /^\s*(|auto|-?(\d+(\.\d+)?|\.\d+)\s*(px|em|rem|%|vh|vw|vmin|vmax|ch|ex|cm|mm|in|pt|pc)?|(calc|min|max|clamp)\(.+\)|var\(.+\))\s*$/.test(
    text,
  );
}

/// The four sides of a margin or padding, clockwise from the top; "" for none.
export type Sides = readonly [string, string, string, string];

/// The sides that a value means: one length for all, or as in CSS two, three or four.
export function sidesOf(value: unknown): Sides {
  const parts = Array.isArray(value)
    ? value.map((part) => String(part ?? ""))
    : value === null || value === undefined
      ? []
      : typeof value === "string"
        ? value.trim().split(/\s+/)
        : [String(value)];
  const [top = "", right = top, bottom = top, left = right] = parts;
  return [top, right, bottom, left];
}

/// The value that means these sides, as short as it can be said; undefined for none.
export function sidesValue(sides: Sides): unknown {
  const read = sides.map((side) => lengthRead(side));
  if (read.every((side) => side === undefined)) return undefined;
  const [top, right, bottom, left] = read.map((side) => side ?? 0);
  if (top === right && top === bottom && top === left) return top;
  return [top, right, bottom, left];
}
