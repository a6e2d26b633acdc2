/// Columns: made, renamed, given another type, hidden from clients, deleted.
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import { Choice, DeleteDialog, type DialogProps, Field, FormDialog } from "./form_parts.tsx";
import { type Column, type ColumnType, INDEX_NAMES, INDEXES, type IndexKind, TYPE_NAMES } from "./shapes.ts";
import type { Retyped } from "./table_calls.ts";

const TYPES = Object.entries(TYPE_NAMES) as [ColumnType, string][];

interface ColumnProps extends DialogProps {
  /// Null for a new one.
  readonly column: Column | null;
}

export function ColumnDialog({ model, sheet, column, onClose }: ColumnProps) {
  const table = sheet.table.value.name;
  const [name, setName] = useState(column?.name ?? "");
  const [type, setType] = useState<ColumnType>(column?.type ?? "string");
  const [target, setTarget] = useState(column?.table ?? table);
  const [isHidden, setHidden] = useState(column?.client_hidden ?? false);
  const isLink = type.startsWith("link_");
  const [chosen, setChosen] = useState<readonly IndexKind[]>(column?.indexes ?? []);
  const indexes = (INDEXES[type] ?? []).filter((one) => chosen.includes(one));
  const wanted: Column = { name: name.trim(), type, table: isLink ? target : null, client_hidden: isHidden, indexes };
  const isOther = column !== null && (column.type !== type || column.table !== wanted.table);
  const loss = useLoss(model.calls, table, isOther ? column : null, wanted);
  const save = () =>
    model.reshape(async () => {
      if (!column) {
        await model.calls.addColumn(table, wanted);
        return;
      }
      // What was not shown as lost is not lost.
      if (isOther) await model.calls.retype(table, column.name, type, wanted.table, loss?.lost ?? 0);
      await model.calls.changeColumn(table, column.name, { name: wanted.name, client_hidden: isHidden, indexes });
    });
  return (
    <FormDialog
      title={column ? `Column ${column.name}` : "New column"}
      action={column ? (loss?.lost ? "Save, and lose these values" : "Save") : "Add the column"}
      isDanger={(loss?.lost ?? 0) > 0}
      disabled={!wanted.name || (isOther && !loss)}
      onSubmit={save}
      onClose={onClose}
    >
      <Field id="column-name" label="Name">
        <input
          id="column-name"
          autocomplete="off"
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <Choice id="column-type" label="Type" value={type} choices={TYPES} onChange={setType} />
      {isLink && (
        <Choice
          id="column-table"
          label="Rows of"
          value={target}
          choices={model.tables.value.map((one) => [one.name, one.title] as const)}
          onChange={setTarget}
        />
      )}
      <label class="check">
        <input type="checkbox" checked={isHidden} onChange={(event) => setHidden(event.currentTarget.checked)} />
        <span>Hidden from clients: it is in nothing that they get</span>
      </label>
      {INDEXES[type]?.map((kind) => (
        <label class="check" key={kind}>
          <input
            type="checkbox"
            checked={chosen.includes(kind)}
            onChange={(event) =>
              setChosen([...chosen.filter((one) => one !== kind), ...(event.currentTarget.checked ? [kind] : [])])
            }
          />
          <span>{INDEX_NAMES[kind]}</span>
        </label>
      ))}
      {loss && <Loss loss={loss} type={type} />}
    </FormDialog>
  );
}

/// What would become of a column's values; null while that is not known, or nothing is to be asked.
function useLoss(
  calls: ColumnProps["model"]["calls"],
  table: string,
  column: Column | null,
  { type, table: target }: Column,
): Retyped | null {
  const [loss, setLoss] = useState<Retyped | null>(null);
  const asked = column?.name;
  useEffect(() => {
    setLoss(null);
    if (asked === undefined) return;
    let isOld = false;
    calls
      .retype(table, asked, type, target, null)
      .then((found) => {
        if (!isOld) setLoss(found);
      })
      .catch(() => undefined);
    return () => {
      isOld = true;
    };
  }, [asked, type, target]);
  return loss;
}

function Loss({ loss, type }: { readonly loss: Retyped; readonly type: ColumnType }) {
  const kept = `${loss.kept.toLocaleString()} ${loss.kept === 1 ? "value stays" : "values stay"}.`;
  if (!loss.lost) return <p class="note good">{kept}</p>;
  return (
    <div class="note warn" role="status">
      <Icon name="warning" />
      <div class="stack tight">
        <p>
          {kept} {loss.lost.toLocaleString()} can't be kept as {TYPE_NAMES[type].toLowerCase()} and would become empty:
        </p>
        <ul class="examples">
          {loss.examples.slice(0, 6).map((one) => (
            <li key={one.row}>
              <code>{one.value}</code> <span class="small">in row #{one.row}</span>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

export function DeleteColumn({ model, sheet, column, onClose }: DialogProps & { readonly column: Column }) {
  const table = sheet.table.value.name;
  return (
    <DeleteDialog
      kind="column"
      name={column.name}
      onDelete={() => model.reshape(() => model.calls.deleteColumn(table, column.name))}
      onClose={onClose}
    >
      What it holds in every row goes with it.
    </DeleteDialog>
  );
}
