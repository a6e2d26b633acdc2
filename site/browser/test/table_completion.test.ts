import assert from "node:assert/strict";
import { test } from "node:test";
import { CompletionContext } from "@codemirror/autocomplete";
import { python } from "@codemirror/lang-python";
import { ensureSyntaxTree } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { KnownTables, tableCompletion } from "../src/editor/table_completion.ts";
import type { Column, Table } from "../src/tables/shapes.ts";

const column = (name: string): Column => ({ name, type: "string", table: null, client_hidden: false, indexes: [] });
const table = (name: string, ...columns: string[]): Table => {
  return { name, title: name, client: "none", server: "full", home: null, columns: columns.map(column) };
};
const TABLES = [table("people", "name", "first word"), table("books", "isbn")];

/// What is offered at the "|" of the text.
async function offered(text: string): Promise<string[]> {
  const pos = text.indexOf("|");
  const state = EditorState.create({ doc: text.replace("|", ""), extensions: python() });
  ensureSyntaxTree(state, state.doc.length, 5000);
  const found = await tableCompletion(() => Promise.resolve(TABLES))(new CompletionContext(state, pos, false));
  return found ? found.options.map((option) => option.label) : [];
}

test("tables complete by their names (T-87)", async () => {
  assert.deepEqual(await offered("from anvil.tables import app_tables\napp_tables.|"), ["people", "books"]);
  assert.deepEqual(await offered("anvil.tables.app_tables.pe|"), ["people", "books"]);
  assert.deepEqual(await offered("app_tables.people.|"), []);
  assert.deepEqual(await offered("# app_tables.|"), []);
  assert.deepEqual(await offered("other.|"), []);
});

test("columns complete among the arguments of a call (T-87)", async () => {
  assert.deepEqual(await offered("app_tables.people.add_row(|"), ["name="]);
  assert.deepEqual(await offered("app_tables.people.search(\n    q.any_of(x=1),\n    na|"), ["name="]);
  assert.deepEqual(await offered("app_tables.books.get(isbn='(', |"), ["isbn="]);
  assert.deepEqual(await offered("app_tables.books.get(isbn=1)\nprint(|"), []);
  assert.deepEqual(await offered("app_tables.unknown.get(|"), []);
});

test("columns complete where they are named in text (T-87)", async () => {
  const both = ["name", "first word"];
  assert.deepEqual(await offered("for row in app_tables.people.search():\n    print(row['fi|'])"), both);
  assert.deepEqual(await offered('one = anvil.tables.app_tables.people.get(name=1)\none["|"]'), both);
  assert.deepEqual(await offered("app_tables.people.search(tables.order_by('|'))"), both);
  assert.deepEqual(await offered("app_tables.people.search(q.fetch_only('name', '|'))"), both);
  assert.deepEqual(await offered("app_tables\nother['|']"), []);
});

test("tables are asked for once in a while, and stay known when the site is away (T-87)", async () => {
  let asked = 0;
  const known = new KnownTables(() => {
    asked += 1;
    return Promise.resolve(TABLES);
  });
  assert.deepEqual(await known.read(), TABLES);
  assert.deepEqual(await known.read(), TABLES);
  assert.equal(asked, 1);
  assert.deepEqual(await new KnownTables(() => Promise.reject(new Error("away"))).read(), []);
});
