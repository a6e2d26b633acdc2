/// A table put onto a form: a grid with its columns, the form of a row, and the code that fills it.
import type { Column, Table } from "../../tables/shapes.ts";
import type { Designer } from "../designer.ts";
import { className, formsOf } from "../forms/form_place.ts";
import type { Target } from "../places.ts";
import { withFilling, withImports } from "../texts/form_code.ts";
import type { Edit } from "../texts/history.ts";
import type { Source } from "../texts/template.ts";
import { freeName, type Offer, wordsOf } from "./offers.ts";
import { callablesOf } from "./server_functions.ts";

/// What a cell can show as text.
const SHOWN: ReadonlySet<string> = new Set(["string", "number", "bool", "date", "datetime"]);
/// More are too narrow to be read; the others are a click away in the grid's columns.
const MAX_COLUMNS = 8;
const SERVER = "server_code/";

export function tableOffer(designer: Designer, table: Table): Offer {
  return {
    type: `table:${table.name}`,
    label: table.name,
    icon: "component-DataGrid",
    title: `${table.title || table.name}: a grid with its rows`,
    put: (target) => put(designer, table, target),
    takes: () => false,
    give: () => {},
  };
}

function put(designer: Designer, table: Table, target: Target): void {
  const columns = table.columns
    .filter((column) => SHOWN.has(column.type) && !column.client_hidden)
    .slice(0, MAX_COLUMNS);
  const problem = problemOf(table, columns);
  if (problem) {
    designer.said.value = problem;
    return;
  }
  const taken = new Set(designer.template.value?.names);
  const [grid, rows] = [freeName(`${table.name}_grid`, taken), freeName(`${table.name}_rows`, taken)];
  const row = freeRowName(table.name, designer);
  const query = table.client === "none" ? serverQuery(designer, table, columns) : clientQuery(table);
  const fill = `self.${rows}.items = ${query.expression}`;
  const filled = withFilling(designer.code, className(designer.form.name), fill);
  if (filled === null) {
    designer.said.value =
      "Not added: the form's code has no self.init_components(**properties), after which the grid is filled.";
    return;
  }
  const label = `Added ${grid} with the rows of ${table.name}${query.says}`;
  const edits = [...rowFiles(row), ...query.edits];
  designer.add([gridOf(grid, rows, row, columns)], target, label, {
    code: () => withImports(filled, query.imports),
    edits,
  });
}

function problemOf(table: Table, columns: readonly Column[]): string {
  if (columns.length === 0) return `Not added: ${table.name} has no column that a grid can show yet.`;
  if (table.client === "none" && table.server === "none")
    return `Not added: code may not read ${table.name}. Its permissions are under Tables.`;
  return "";
}

function gridOf(name: string, rows: string, row: string, columns: readonly Column[]): Source {
  const shown = columns.map((column, at) => ({
    id: `column_${at + 1}`,
    title: wordsOf(column.name),
    data_key: column.name,
  }));
  const list = { name: rows, type: "RepeatingPanel", properties: { item_template: row } };
  return { name, type: "DataGrid", properties: { columns: shown }, components: [list] };
}

interface Query {
  readonly expression: string;
  readonly imports: readonly string[];
  readonly edits: readonly Edit[];
  readonly says: string;
}

function clientQuery(table: Table): Query {
  const imports = ["from anvil.tables import app_tables"];
  return { expression: `app_tables.${table.name}.search()`, imports, edits: [], says: "" };
}

/// Clients may not search the table: the server sends the columns that are shown, and no more.
function serverQuery(designer: Designer, table: Table, columns: readonly Column[]): Query {
  const modules = designer.paths.filter((path) => path.startsWith(SERVER) && path.endsWith(".py"));
  const texts = new Map(modules.map((path) => [path, designer.textOf(path) ?? ""]));
  const all = [...texts.values()].join("\n");
  const taken = [...all.matchAll(/^\s*(?:async\s+)?(?:def|class)\s+(\w+)/gm)].map((found) => found[1] ?? "");
  const called = modules.flatMap((path) => callablesOf(texts.get(path) ?? "").map(({ name }) => name));
  const name = freeName(`get_${table.name}`, [...taken, ...called]);
  const path =
    modules.find((one) => callablesOf(texts.get(one) ?? "").length > 0) ?? modules[0] ?? `${SERVER}ServerModule1.py`;
  const before = texts.get(path) ?? null;
  const kept = withImports(before ?? "", ["import anvil.server", "from anvil.tables import app_tables"]).trimEnd();
  const after = `${kept}\n\n\n${definition(name, table, columns)}`;
  return {
    expression: `anvil.server.call("${name}")`,
    imports: ["import anvil.server"],
    edits: [{ path, before, after }],
    says: `; ${name} in ${path} sends them to whoever opens the app`,
  };
}

function definition(name: string, table: Table, columns: readonly Column[]): string {
  const entries = columns.map(({ name: key }) => `            ${JSON.stringify(key)}: row[${JSON.stringify(key)}],\n`);
  return `@anvil.server.callable
def ${name}():
    """Return what the grid shows of ${table.name}. Whoever opens the app may call this: check here who may not."""
    return [
        {
${entries.join("")}        }
        for row in app_tables.${table.name}.search()
    ]
`;
}

function freeRowName(table: string, designer: Designer): string {
  const camel = table.replace(/(?:^|_+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const forms = formsOf(designer.paths).map(({ name }) => name);
  const modules = designer.paths.map((path) => path.replace(/^client_code\//, "").replace(/(\/__init__)?\.py$/, ""));
  return freeName(`${/^[A-Za-z_]/.test(camel) ? camel : `Table${camel}`}Row`, [...forms, ...modules]);
}

function rowFiles(name: string): readonly Edit[] {
  const folder = `client_code/${name}`;
  const code = `from ._anvil_designer import ${name}Template
from anvil import *


class ${name}(${name}Template):
    def __init__(self, **properties):
        # self.item is the row; the grid shows its values by their columns.
        self.init_components(**properties)
`;
  return [
    { path: `${folder}/form_template.yaml`, before: null, after: "container: {type: DataRowPanel}\ncomponents: []\n" },
    { path: `${folder}/__init__.py`, before: null, after: code },
  ];
}
