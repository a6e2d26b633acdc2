/// Completion of a widget's Data Tables in its code: their names, and those of their columns (T-87).
import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import type { Column, Table } from "../tables/shapes.ts";

/// How long tables that were read are taken for what there is.
const FRESH_MS = 10_000;
/// How far back the call is looked for that the cursor is in.
const LOOKED_BACK = 2000;
const OF_ROWS = "add_row|get|search";
const CALL = new RegExp(`\\bapp_tables\\.(\\w+)\\.(?:${OF_ROWS})\\(`, "g");

/// The tables of a widget, asked for when they are first needed, and again from time to time.
export class KnownTables {
  readonly #ask: () => Promise<readonly Table[]>;
  #asked_at = Number.NEGATIVE_INFINITY;
  #known: Promise<readonly Table[]> = Promise.resolve([]);

  constructor(ask: () => Promise<readonly Table[]>) {
    this.#ask = ask;
  }

  read(): Promise<readonly Table[]> {
    if (performance.now() - this.#asked_at > FRESH_MS) {
      this.#asked_at = performance.now();
      const before = this.#known;
      this.#known = this.#ask().catch(() => before);
    }
    return this.#known;
  }
}

export function tableCompletion(tables: () => Promise<readonly Table[]>): CompletionSource {
  return async (context) => {
    const asked = question(context);
    if (!asked) return null;
    const found = await tables();
    const options = asked.table === null ? found.map(named) : ofColumns(found, asked.table, asked.suffix);
    return options.length > 0 ? { from: asked.from, options, validFor: asked.validFor } : null;
  };
}

interface Question {
  readonly from: number;
  /// Whose columns are asked for; null for the names of tables.
  readonly table: string | null;
  /// What stands behind a column's name.
  readonly suffix: "=" | "";
  readonly validFor: RegExp;
}

function question(context: CompletionContext): Question | null {
  const source = context.state.sliceDoc(0, context.pos);
  if (!source.includes("app_tables")) return null;
  const kind = syntaxTree(context.state).resolveInner(context.pos, -1).name;
  const inText = kind === "String" || kind === "FormatString";
  if (kind === "Comment") return null;
  const about = (typed: string, table: string | null, suffix: "=" | ""): Question => ({
    from: context.pos - typed.length,
    table,
    suffix,
    validFor: inText ? /^[^"'\n]*$/ : /^\w*$/,
  });
  if (inText) {
    const subscript = /(\w+)\[["']([^"'\n]*)$/.exec(source);
    if (subscript) return withTable(about, subscript[2] ?? "", rowsTable(subscript[1] ?? "", source));
    const order = /\b(?:order_by|fetch_only|only_cols)\([^()\n]*["']([^"'\n]*)$/.exec(source);
    return order ? withTable(about, order[1] ?? "", callAt(source)) : null;
  }
  const name = /\bapp_tables\.(\w*)$/.exec(source);
  if (name) return about(name[1] ?? "", null, "");
  const argument = /[(,]\s*(\w*)$/.exec(source);
  const table = argument ? callAt(source.slice(0, source.length - (argument[1] ?? "").length)) : null;
  return argument && table ? about(argument[1] ?? "", table, "=") : null;
}

function withTable(
  about: (typed: string, table: string | null, suffix: "") => Question,
  typed: string,
  table: string | null,
): Question | null {
  return table ? about(typed, table, "") : null;
}

/// The table whose rows a call asks for, when the end of `source` is among that call's arguments.
function callAt(source: string): string | null {
  const text = source.slice(-LOOKED_BACK);
  const last = [...text.matchAll(CALL)].at(-1);
  if (!last) return null;
  let depth = 1;
  for (const character of text.slice(last.index + last[0].length).replace(/"[^"\n]*"|'[^'\n]*'/g, "")) {
    if ("([{".includes(character)) depth += 1;
    if (")]}".includes(character)) depth -= 1;
    if (depth === 0) return null;
  }
  return last[1] ?? null;
}

/// The table that a variable has a row of, when one line says it: `row = app_tables.people.get(…)`.
function rowsTable(variable: string, source: string): string | null {
  const says = `^[ \\t]*(?:for[ \\t]+${variable}[ \\t]+in|${variable}[ \\t]*=)[ \\t]*(?:[\\w.]*\\.)?app_tables\\.(\\w+)\\.`;
  return [...source.matchAll(new RegExp(says, "gm"))].at(-1)?.[1] ?? null;
}

function named(table: Table): Completion {
  const columns = table.columns.map(({ name, type }) => `${name}: ${type}`).join(", ");
  return { label: table.name, type: "variable", detail: "table", info: columns || "no columns yet", boost: 70 };
}

function ofColumns(tables: readonly Table[], name: string, suffix: "=" | ""): Completion[] {
  const columns = tables.find((table) => table.name === name)?.columns ?? [];
  const fits = ({ name }: Column): boolean => suffix === "" || /^[^\W\d]\w*$/u.test(name);
  return columns.filter(fits).map((column) => ({
    label: `${column.name}${suffix}`,
    type: "property",
    detail: column.table ? `${column.type}: ${column.table}` : column.type,
    boost: 70,
  }));
}

/// Asks one source after the other, until one knows something.
export function firstOf(...sources: readonly CompletionSource[]): CompletionSource {
  return async (context): Promise<CompletionResult | null> => {
    for (const source of sources) {
      const found = await source(context);
      if (found) return found;
    }
    return null;
  };
}
