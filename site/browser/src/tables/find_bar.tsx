/// Finding rows: words, and conditions of columns.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { Icon, IconButton } from "../editor/parts.tsx";
import { meaningOf, shownText } from "./cell_text.ts";
import { type Column, type Condition, type Filter, isLink } from "./shapes.ts";
import type { Sheet } from "./sheet.ts";

const WORDS: Readonly<Record<Condition, string>> = {
  "=": "is",
  "!=": "is not",
  "<": "is less than",
  "<=": "is at most",
  ">": "is more than",
  ">=": "is at least",
  contains: "contains",
  starts: "begins with",
  empty: "is empty",
  "not empty": "is not empty",
};
const EMPTY: readonly Condition[] = ["empty", "not empty"];

/// The conditions that a column of this type knows.
export function conditionsOf(column: Column): readonly Condition[] {
  switch (column.type) {
    case "string":
      return ["contains", "=", "!=", "starts", ...EMPTY];
    case "number":
    case "date":
    case "datetime":
      return ["=", "!=", "<", "<=", ">", ">=", ...EMPTY];
    case "bool":
    case "link_single":
      return ["=", "!=", ...EMPTY];
    case "simpleObject":
    case "link_multiple":
      return ["contains", ...EMPTY];
    default:
      return EMPTY;
  }
}

export function FindBar({ sheet }: { readonly sheet: Sheet }) {
  const [words, setWords] = useState(sheet.search.value);
  const filters = sheet.filters.value;
  const columns = sheet.table.value.columns;
  const hasTexts = columns.some((column) => column.type === "string");
  useLayoutEffect(() => setWords(sheet.search.value), [sheet]);
  useEffect(() => {
    if (words === sheet.search.value) return;
    const wait = setTimeout(() => void sheet.find(filters, words), 250);
    return () => clearTimeout(wait);
  }, [words]);
  const add = (name: string) => {
    const column = columns.find((one) => one.name === name);
    const [is] = column ? conditionsOf(column) : [];
    if (column && is) sheet.addDraft({ column: name, is });
  };
  if (!columns.length) return null;
  return (
    <div class="find-bar">
      {hasTexts && (
        <label class="find-words">
          <Icon name="search" />
          <span class="visually-hidden">Find rows with these words</span>
          <input
            type="search"
            placeholder="Find in texts"
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        </label>
      )}
      {sheet.drafts.value.map((draft, index) => (
        <FilterEditor key={`${index} ${draft.column}`} sheet={sheet} draft={draft} index={index} />
      ))}
      <label class="find-add">
        <span class="visually-hidden">Add a filter of a column</span>
        <select value="" onChange={(event) => add(event.currentTarget.value)}>
          <option value="">Filter…</option>
          {columns.map((column) => (
            <option key={column.name} value={column.name}>
              {column.name}
            </option>
          ))}
        </select>
      </label>
      {sheet.sort.value && (
        <span class="chip">
          <Icon name={sheet.sort.value.isDown ? "sort-down" : "sort-up"} /> by {sheet.sort.value.column}
          <IconButton icon="close" label="Don't sort" onClick={() => void sheet.orderBy(null)} />
        </span>
      )}
    </div>
  );
}

interface FilterProps {
  readonly sheet: Sheet;
  /// As it is being made: without a value it is not asked for yet.
  readonly draft: Filter;
  readonly index: number;
}

function FilterEditor({ sheet, draft, index }: FilterProps) {
  const column = sheet.table.value.columns.find((one) => one.name === draft.column);
  const [text, setText] = useState(
    column && draft.value !== undefined ? shownText(column, draft.value, (id) => String(id)) : "",
  );
  if (!column) return null;
  const meaning = meaningOf(column, text);
  const isBare = EMPTY.includes(draft.is);
  const problem = !isBare && text && "problem" in meaning ? meaning.problem : "";
  const change = (is: Condition, typed: string) => {
    const found = meaningOf(column, typed);
    const next: Filter =
      EMPTY.includes(is) || !typed || "problem" in found
        ? { column: column.name, is }
        : { column: column.name, is, value: found.value };
    sheet.changeDraft(index, next);
  };
  return (
    <div class="filter" role="group" aria-label={`Filter of ${column.name}`}>
      <span class="filter-name">{column.name}</span>
      <select
        aria-label={`How ${column.name} is compared`}
        value={draft.is}
        onChange={(event) => change(event.currentTarget.value as Condition, text)}
      >
        {conditionsOf(column).map((one) => (
          <option key={one} value={one}>
            {WORDS[one]}
          </option>
        ))}
      </select>
      {!isBare && (
        <FilterValue
          column={column}
          text={text}
          problem={problem}
          onText={(typed) => {
            setText(typed);
            change(draft.is, typed);
          }}
        />
      )}
      <IconButton
        icon="close"
        label={`Take the filter of ${column.name} away`}
        onClick={() => sheet.changeDraft(index, null)}
      />
    </div>
  );
}

const EXAMPLES: Partial<Record<Column["type"], string>> = { date: "2026-01-31", datetime: "2026-01-31 13:00" };

interface ValueProps {
  readonly column: Column;
  readonly text: string;
  readonly problem: string;
  readonly onText: (text: string) => void;
}

function FilterValue({ column, text, problem, onText }: ValueProps) {
  const label = `What ${column.name} is compared with`;
  if (column.type === "bool")
    return (
      <select aria-label={label} value={text.toLowerCase()} onChange={(event) => onText(event.currentTarget.value)}>
        <option value="">…</option>
        <option value="true">True</option>
        <option value="false">False</option>
      </select>
    );
  return (
    <input
      type="text"
      aria-label={label}
      aria-invalid={problem ? "true" : undefined}
      title={problem || undefined}
      placeholder={isLink(column) ? "row id" : (EXAMPLES[column.type] ?? "")}
      value={text}
      onInput={(event) => onText(event.currentTarget.value)}
    />
  );
}
