/// Rows from a CSV file, into a new table or the open one: what would come in is shown first.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import { Field, FormDialog } from "./form_parts.tsx";
import type { TablesModel } from "./model.ts";
import { type ColumnType, TYPE_NAMES } from "./shapes.ts";
import type { Imported, ImportTarget } from "./table_calls.ts";
import { pythonName } from "./table_dialogs.tsx";

/// Types that cells of a file can be.
const TYPES = Object.entries(TYPE_NAMES).filter(([type]) => !/^(media|link)/.test(type)) as [ColumnType, string][];
const ERRORS_SHOWN = 4;

interface ImportProps {
  readonly model: TablesModel;
  readonly onClose: () => void;
}

export function ImportDialog({ model, onClose }: ImportProps) {
  const open = model.sheet.value?.table.value;
  const hasColumns = (open?.columns.length ?? 0) > 0;
  const [file, setFile] = useState<File | null>(null);
  const [isNew, setNew] = useState(!hasColumns);
  const [title, setTitle] = useState("");
  const [choices, setChoices] = useState<readonly (string | null)[] | null>(null);
  const target: ImportTarget = isNew
    ? { kind: "new", name: pythonName(title), types: choices }
    : { kind: "into", table: open?.name ?? "", columns: choices };
  const { seen, problem } = usePreview(model, file, target);
  const choose = (given: File | undefined) => {
    if (!given) return;
    setFile(given);
    setChoices(null);
    if (!title) setTitle(given.name.replace(/\.\w+$/, ""));
  };
  const change = (index: number, value: string) => {
    const columns = seen?.columns.map((column) => (isNew ? column.type : column.column || null)) ?? [];
    setChoices(columns.map((one, at) => (at === index ? value || null : one)));
  };
  const bring = () =>
    model.reshape(async () => {
      if (!file) return;
      const made = await model.calls.importCsv(file, target, false);
      if (!isNew) return;
      if (title.trim() !== made.table) await model.calls.changeTable(made.table, { title: title.trim() });
      history.pushState(null, "", model.address(made.table));
      model.expect(made.table);
    });
  return (
    <FormDialog
      title="Import CSV"
      action={seen ? `Import ${rowsInWords(seen.rows)}` : "Import"}
      disabled={!file || !seen || seen.wrong > 0 || (isNew && !pythonName(title))}
      onSubmit={bring}
      onClose={onClose}
    >
      <FileField file={file} onFile={choose} />
      {file && hasColumns && open && (
        <Target
          isNew={isNew}
          title={open.title}
          onChange={(value) => {
            setNew(value);
            setChoices(null);
          }}
        />
      )}
      {file && isNew && (
        <Field
          id="import-title"
          label="Name of the table"
          hint={
            <>
              In code: <code>app_tables.{pythonName(title) || "…"}</code>
            </>
          }
        >
          <input
            id="import-title"
            autocomplete="off"
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </Field>
      )}
      {problem && (
        <p class="note bad" role="alert">
          <Icon name="warning" /> {problem}
        </p>
      )}
      {seen && (
        <Preview seen={seen} names={isNew ? null : (open?.columns.map((one) => one.name) ?? [])} onChange={change} />
      )}
    </FormDialog>
  );
}

function rowsInWords(rows: number): string {
  return `${rows.toLocaleString()} ${rows === 1 ? "row" : "rows"}`;
}

function FileField({
  file,
  onFile,
}: {
  readonly file: File | null;
  readonly onFile: (file: File | undefined) => void;
}) {
  return (
    <Field
      id="import-file"
      label="CSV file"
      hint={file ? undefined : "Its first line names the columns. UTF-8; commas, semicolons or tabs between cells."}
    >
      <input
        id="import-file"
        type="file"
        accept=".csv,.tsv,.txt,text/csv"
        onChange={(event) => onFile(event.currentTarget.files?.[0])}
      />
    </Field>
  );
}

interface TargetProps {
  readonly isNew: boolean;
  /// Of the open table.
  readonly title: string;
  readonly onChange: (isNew: boolean) => void;
}

function Target({ isNew, title, onChange }: TargetProps) {
  return (
    <fieldset class="import-target">
      <legend class="visually-hidden">Where the rows go</legend>
      {[false, true].map((value) => (
        <label key={String(value)} class="check">
          <input type="radio" name="import-target" checked={isNew === value} onChange={() => onChange(value)} />
          <span>{value ? "A new table" : `Into ${title}`}</span>
        </label>
      ))}
    </fieldset>
  );
}

/// What the site says would come in; null while it is not known.
function usePreview(model: TablesModel, file: File | null, target: ImportTarget) {
  const [state, setState] = useState<{ seen: Imported | null; problem: string }>({ seen: null, problem: "" });
  const asked = useRef(0);
  const { name, ...rest } = { name: "", ...target };
  // The name of a new table says nothing of what is in the file.
  const key = JSON.stringify([rest, Boolean(name)]);
  useEffect(() => {
    asked.current += 1;
    const mine = asked.current;
    if (!file) return;
    model.calls.importCsv(file, target, true).then(
      (seen) => mine === asked.current && setState({ seen, problem: "" }),
      (error: Error) => mine === asked.current && setState({ seen: null, problem: error.message }),
    );
  }, [file, key]);
  return state;
}

interface PreviewProps {
  readonly seen: Imported;
  /// Columns of the open table to choose from; null where types are chosen.
  readonly names: readonly string[] | null;
  readonly onChange: (index: number, value: string) => void;
}

function Preview({ seen, names, onChange }: PreviewProps) {
  return (
    <>
      <div class="import-columns">
        <table>
          <thead>
            <tr>
              <th scope="col">In the file</th>
              <th scope="col">{names ? "Goes to" : "Type"}</th>
            </tr>
          </thead>
          <tbody>
            {seen.columns.map((column, index) => (
              <tr key={`${index} ${column.name}`}>
                <th scope="row">{column.name}</th>
                <td>
                  <select
                    aria-label={`${names ? "Where" : "Type of"} ${column.name}${names ? " goes" : ""}`}
                    value={names ? column.column : column.type}
                    onChange={(event) => onChange(index, event.currentTarget.value)}
                  >
                    {names && <option value="">Leave out</option>}
                    {names?.map((name) => (
                      <option key={name}>{name}</option>
                    ))}
                    {!names &&
                      TYPES.map(([type, words]) => (
                        <option key={type} value={type}>
                          {words}
                        </option>
                      ))}
                  </select>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {seen.wrong > 0 ? (
        <div class="note bad" role="alert">
          <Icon name="warning" />
          <div class="stack tight">
            <p>
              {seen.wrong.toLocaleString()} {seen.wrong === 1 ? "cell" : "cells"} can't be in{" "}
              {seen.wrong === 1 ? "its column" : "their columns"}. Choose another type or column, or mend the file:
            </p>
            <ul class="examples">
              {seen.errors.slice(0, ERRORS_SHOWN).map((one) => (
                <li key={`${one.line} ${one.column}`}>
                  Line {one.line}, {one.column}: <code>{one.value}</code> is not {one.text}
                </li>
              ))}
            </ul>
          </div>
        </div>
      ) : (
        <p class="small muted" role="status">
          {rowsInWords(seen.rows)} in the file; every cell fits.
        </p>
      )}
    </>
  );
}
