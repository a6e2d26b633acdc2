/// Tables, columns and rows as the JSON API has them.
import type { Json } from "./exact.ts";

export type ColumnType =
  | "string"
  | "number"
  | "bool"
  | "date"
  | "datetime"
  | "simpleObject"
  | "media"
  | "link_single"
  | "link_multiple";

export type IndexKind = "trigram" | "full_text";

export type Permission = "none" | "search" | "full";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /// For a link: the table that it leads to.
  readonly table: string | null;
  readonly client_hidden: boolean;
  /// Beside the one for its order.
  readonly indexes: readonly IndexKind[];
}

export interface Table {
  readonly name: string;
  readonly title: string;
  readonly client: Permission;
  readonly server: Permission;
  /// The widget that it lives in, when that is another one.
  readonly home: string | null;
  readonly columns: readonly Column[];
}

export interface Media {
  readonly name: string | null;
  readonly type: string | null;
  readonly length: number;
}

export type Values = Readonly<Record<string, Json>>;

/// A row; its id is negative until the site has given it one.
export interface Row {
  readonly id: number;
  readonly values: Values;
  /// What stands for the rows that its links lead to, by column; null for rows that are gone.
  readonly labels: Readonly<Record<string, readonly (string | null)[]>>;
  /// What the row held when it was read, for the site to compare.
  readonly revision: string;
}

export interface Sort {
  readonly column: string;
  readonly isDown: boolean;
}

export type Condition = "=" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "starts" | "empty" | "not empty";

/// A condition that rows are to meet, as the JSON API has it.
export interface Filter {
  readonly column: string;
  readonly is: Condition;
  readonly value?: Json;
}

export const TYPE_NAMES: Readonly<Record<ColumnType, string>> = {
  string: "Text",
  number: "Number",
  bool: "True or false",
  date: "Date",
  datetime: "Date and time",
  simpleObject: "Simple object",
  media: "Media",
  link_single: "Link to a row",
  link_multiple: "Link to rows",
};

/// Columns of these types can be sorted by.
export const ORDERED: readonly ColumnType[] = ["string", "number", "bool", "date", "datetime"];

/// What can be looked up in columns of a type, and for what.
export const INDEXES: Readonly<Partial<Record<ColumnType, readonly IndexKind[]>>> = {
  string: ["trigram", "full_text"],
  simpleObject: ["full_text"],
};

export const INDEX_NAMES: Readonly<Record<IndexKind, string>> = {
  trigram: "Find parts of texts quickly (like, ilike, the search above the table)",
  full_text: "Find words quickly (full_text_match)",
};

export function isLink(column: Column): boolean {
  return column.type === "link_single" || column.type === "link_multiple";
}
