/// A form that is made for a table: its files come from the site, and are saved with the others like what is typed.
import { ApiError } from "../api/client.ts";
import type { EditorModel } from "./model.ts";

/// What the address asks for, from the page of tables.
const ASKED = /^#form-of=(.+)$/;

interface MadeForm {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
}

/// Do what the address asks for, once: a reload asks for nothing.
export async function makeAskedForm(model: EditorModel): Promise<void> {
  const table = ASKED.exec(location.hash)?.[1];
  if (!table || model.data.kind !== "gui") return;
  history.replaceState(null, "", location.pathname + location.search);
  await makeTableForm(model, decodeURIComponent(table));
}

/// Add a form for a table, and show it; what can't be is told above the code.
export async function makeTableForm(model: EditorModel, table: string): Promise<void> {
  try {
    const made = await freshForm(model, table);
    const template = `client_code/${made.name}/form_template.yaml`;
    const isNew = new Set(Object.keys(made.files));
    for (const [path, text] of Object.entries(made.files)) model.addFile(path, text);
    // One tab is enough of them.
    model.openFile(template);
    model.open.value = model.open.value.filter((path) => path === template || !isNew.has(path));
    model.form_view.value = "design";
    model.notice.value =
      `Made ${made.name} for the table ${table}: the form with its list, ${made.name}Row, ${made.name}Edit, and ` +
      `${made.name}Table on the server. Open it from code by open_form("${made.name}").`;
  } catch (error) {
    model.notice.value = error instanceof ApiError ? error.message : String(error);
  }
}

/// The form under a name that nothing has yet.
async function freshForm(model: EditorModel, table: string): Promise<MadeForm> {
  const taken = new Set(model.files.value);
  let made = await ask(model, table, "");
  const stem = made.name;
  for (let number = 2; Object.keys(made.files).some((path) => taken.has(path)); number += 1)
    made = await ask(model, table, `${stem}${number}`);
  return made;
}

async function ask(model: EditorModel, table: string, name: string): Promise<MadeForm> {
  const query = name ? `?name=${name}` : "";
  const path = `/widgets/${model.data.slug}/tables/${encodeURIComponent(table)}/form${query}`;
  const answer = await model.api.request({ method: "GET", path });
  return (await answer.json()) as MadeForm;
}
