/// Tables: made, renamed, opened to code, deleted.
import { useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import { Choice, DeleteDialog, type DialogProps, Field, FormDialog } from "./form_parts.tsx";
import type { TablesModel } from "./model.ts";
import type { Permission } from "./shapes.ts";
import { Home, Shares } from "./shares.tsx";

/// A name in Python made of any words.
export function pythonName(words: string): string {
  const made = words
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^[_\d]+|_+$/g, "");
  return made.slice(0, 63);
}

export function NewTable({ model, onClose }: { readonly model: TablesModel; readonly onClose: () => void }) {
  const [title, setTitle] = useState("");
  const name = pythonName(title);
  const make = () =>
    model.reshape(async () => {
      const made = await model.calls.addTable(name, title.trim());
      history.pushState(null, "", model.address(made.name));
      model.expect(made.name);
    });
  return (
    <FormDialog title="New table" action="Make the table" disabled={!name} onSubmit={make} onClose={onClose}>
      <Field
        id="table-title"
        label="Name"
        hint={
          <>
            In code: <code>app_tables.{name || "…"}</code>
          </>
        }
      >
        <input
          id="table-title"
          autocomplete="off"
          placeholder="People"
          value={title}
          aria-describedby="table-title-hint"
          onInput={(event) => setTitle(event.currentTarget.value)}
        />
      </Field>
    </FormDialog>
  );
}

const CHOICES: readonly (readonly [Permission, string])[] = [
  ["none", "Nothing"],
  ["search", "Search and read"],
  ["full", "Search, add, change and delete"],
];

export function TableDialog({ model, sheet, onClose }: DialogProps) {
  const table = sheet.table.value;
  const [title, setTitle] = useState(table.title);
  const [name, setName] = useState(table.name);
  const [client, setClient] = useState(table.client);
  const [server, setServer] = useState(table.server);
  const save = () =>
    model.reshape(
      () => model.calls.changeTable(table.name, { title: title.trim(), name: name.trim(), client, server }),
      name.trim(),
    );
  return (
    <FormDialog title={`Table ${table.title}`} action="Save" onSubmit={save} onClose={onClose}>
      <Field id="table-title" label="Name">
        <input
          id="table-title"
          value={title}
          autocomplete="off"
          onInput={(event) => setTitle(event.currentTarget.value)}
        />
      </Field>
      <Field
        id="table-name"
        label="Name in Python"
        hint={
          name.trim() === table.name ? (
            <>
              In code: <code>app_tables.{name.trim()}</code>
            </>
          ) : (
            <>
              Code that says <code>app_tables.{table.name}</code> has to be changed, too.
            </>
          )
        }
      >
        <input
          id="table-name"
          class="mono"
          value={name}
          autocomplete="off"
          spellcheck={false}
          aria-describedby="table-name-hint"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <Choice id="server" label="Server code may" value={server} choices={CHOICES} onChange={setServer} />
      <Choice
        id="client"
        label="Clients may"
        value={client}
        choices={CHOICES}
        hint={
          client === "none"
            ? "Browsers and uplinks with a client key see only rows that server code hands them."
            : "Anybody who reaches a client of this widget can do this with every row."
        }
        onChange={setClient}
      />
      {table.home ? <Home home={table.home} name={table.title} /> : <Shares model={model} table={table} />}
      <p>
        <button
          type="button"
          class="button small danger"
          onClick={() => {
            model.asked.value = { kind: "delete-table" };
          }}
        >
          <Icon name="delete" /> {table.home ? "Use it here no more" : "Delete this table"}
        </button>
      </p>
    </FormDialog>
  );
}

export function DeleteTable({ model, sheet, onClose }: DialogProps) {
  const { name, home } = sheet.table.value;
  const links = model.tables.value
    .filter((table) => table.name !== name)
    .flatMap((table) =>
      table.columns.filter((column) => column.table === name).map((column) => `${table.name}.${column.name}`),
    );
  const isPart = sheet.filters.value.length > 0 || sheet.search.value !== "";
  const rows = isPart
    ? "All its rows go"
    : sheet.total === 1
      ? "Its row goes"
      : `Its ${sheet.total.toLocaleString()} rows go`;
  return (
    <DeleteDialog
      kind="table"
      name={name}
      onDelete={() => model.reshape(() => model.calls.deleteTable(name))}
      onClose={onClose}
    >
      {home ? `Its rows stay in ${home}, and this widget sees them no more` : `${rows} with it`}
      {links.length > 0 && `, and so do the columns that link to it: ${links.join(", ")}`}.
    </DeleteDialog>
  );
}
