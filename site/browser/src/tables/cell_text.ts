/// Cells as text: how they are shown, how they go to a spreadsheet, and what a text means in a column.
import { Exact, type Json, read, same, write } from "./exact.ts";
import { dayOf, localText, momentOf } from "./moment.ts";
import type { Column, Media } from "./shapes.ts";

/// What a text means in a column, or why it can't be there.
export type Meaning = { readonly value: Json } | { readonly problem: string };

/// A cell as the grid shows it; links are shown by the labels of their rows.
export function shownText(column: Column, value: Json | undefined, label: (id: number) => string): string {
  if (value === null || value === undefined) return "";
  switch (column.type) {
    case "bool":
      return value ? "True" : "False";
    case "datetime":
      return localText(String(value));
    case "media":
      return (value as unknown as Media).name ?? "a file";
    case "link_single":
      return label(value as number);
    case "link_multiple":
      return (value as readonly number[]).map(label).join(", ");
    default:
      return copiedText(column, value);
  }
}

/// A cell as it goes to a spreadsheet; all but media can be pasted back as it was.
export function copiedText(column: Column, value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  switch (column.type) {
    case "bool":
      return value ? "TRUE" : "FALSE";
    case "simpleObject":
      return write(value);
    case "media":
      return (value as unknown as Media).name ?? "";
    case "link_multiple":
      return (value as readonly number[]).join(", ");
    default:
      return String(value);
  }
}

/// What a text means in a column: what was typed or pasted. An empty text is an empty cell.
export function meaningOf(column: Column, text: string): Meaning {
  const short = text.trim();
  if (!short) return { value: null };
  const value = MEANINGS[column.type](column.type === "string" ? text : short);
  return value === undefined ? { problem: `${quoted(short)} ${WRONG[column.type]}` } : { value };
}

/// Whether two values of a column are the same; moments may be written in several ways.
export function sameCell(column: Column, one: Json | undefined, other: Json | undefined): boolean {
  const [a, b] = [one ?? null, other ?? null];
  if (column.type === "datetime" && typeof a === "string" && typeof b === "string") return momentOf(a) === momentOf(b);
  return same(a, b);
}

function quoted(text: string): string {
  return `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`;
}

const WRONG: Readonly<Record<Column["type"], string>> = {
  string: "is no text.",
  number: "is no number: write it like 42, -1.5 or 1e6. Whole numbers have at most 64 bits.",
  bool: "is neither true nor false.",
  date: "is no day: write it like 2026-01-31.",
  datetime: "is no date and time: write it like 2026-01-31 13:00, with Z or +01:00 behind it for another zone.",
  simpleObject: 'is no JSON: write it like {"name": [1, 2.5, true, null]}.',
  media: "is text, and this column holds files: open the cell to upload one.",
  link_single: "is no row: give the id of a row.",
  link_multiple: "are no rows: give ids of rows, with commas between them.",
};

const MOST = 2n ** 63n;

function numberOf(text: string): Json | undefined {
  const plain = text.replace("\u2212", "-");
  if (/^[+-]?\d+$/.test(plain)) {
    const whole = BigInt(plain.replace("+", ""));
    if (whole < -MOST || whole >= MOST) return undefined;
    return Number.isSafeInteger(Number(whole)) ? Number(whole) : new Exact(String(whole));
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return undefined;
  const value = Number(plain);
  if (!Number.isFinite(value)) return undefined;
  const source = Object.is(value, -0) ? "-0" : String(value);
  // Python tells 1.0 from 1.
  return /^-?\d+$/.test(source) ? new Exact(`${source}.0`) : value;
}

function truthOf(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (["true", "t", "yes", "y", "1", "x", "✓"].includes(word)) return true;
  return ["false", "f", "no", "n", "0"].includes(word) ? false : undefined;
}

function jsonOf(text: string): Json | undefined {
  try {
    return read(text);
  } catch {
    return undefined;
  }
}

function idOf(text: string): number | undefined {
  const id = Number(text.trim().replace(/^#/, ""));
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

function idsOf(text: string): number[] | undefined {
  const ids = text
    .replace(/^\[|\]$/g, "")
    .split(",")
    .map(idOf);
  return ids.includes(undefined) ? undefined : (ids as number[]);
}

const MEANINGS: Readonly<Record<Column["type"], (text: string) => Json | undefined>> = {
  string: (text) => text,
  number: numberOf,
  bool: truthOf,
  date: (text) => dayOf(text) ?? undefined,
  datetime: (text) => momentOf(text) ?? undefined,
  simpleObject: jsonOf,
  media: () => undefined,
  link_single: idOf,
  link_multiple: idsOf,
};
