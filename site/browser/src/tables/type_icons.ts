/// The icon of each type of column, as named in icons.mjs.
import type { ColumnType } from "./shapes.ts";

export const TYPE_ICONS: Readonly<Record<ColumnType, string>> = {
  string: "type-text",
  number: "type-number",
  bool: "type-bool",
  date: "type-date",
  datetime: "type-moment",
  simpleObject: "type-object",
  media: "type-media",
  link_single: "type-link",
  link_multiple: "type-links",
};
