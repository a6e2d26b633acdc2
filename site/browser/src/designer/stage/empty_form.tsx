import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../../editor/dialog.tsx";
import type { EditorModel } from "../../editor/model.ts";
import { Icon } from "../../editor/parts.tsx";

/// What to do with a form that has nothing yet; the pointer goes through it, so things can be dropped there.
export function EmptyForm({ model }: { readonly model: EditorModel }) {
  const [isAsking, ask] = useState(false);
  return (
    <>
      <div class="design-empty">
        <p>
          <strong>Nothing on this form yet.</strong>
        </p>
        <p>Drag a component here from the left, or press Enter on one there.</p>
        <button type="button" class="button small" onClick={() => ask(true)}>
          <Icon name="kind-gui" /> Make a form for a table
        </button>
      </div>
      {isAsking && <TableChoice model={model} onClose={() => ask(false)} />}
    </>
  );
}

/// Asks which table a form is to be made for.
function TableChoice({ model, onClose }: { readonly model: EditorModel; readonly onClose: () => void }) {
  const [tables, setTables] = useState<readonly string[] | null>(null);
  useEffect(
    () =>
      void model.api.tables(model.data.slug).then(
        (found) => setTables(found.filter((one) => one.columns.length > 0).map((one) => one.name)),
        () => setTables([]),
      ),
    [model],
  );
  const make = async (table: string) => {
    onClose();
    const { makeTableForm } = await import("../../editor/made_form.ts");
    await makeTableForm(model, table);
  };
  return (
    <Dialog label="Make a form for a table" onClose={onClose}>
      <h2>Make a form for a table</h2>
      <p class="muted small">A list of its rows with search, and a dialog to add, change and delete them.</p>
      {tables?.length === 0 && (
        <p>
          There is no table with columns yet. <a href={`/w/${model.data.slug}/tables`}>Make one under Tables</a>
        </p>
      )}
      <div class="stack design-empty-tables">
        {tables?.map((table) => (
          <button key={table} type="button" class="button" onClick={() => void make(table)}>
            {table}
          </button>
        ))}
        <button type="button" class="button quiet" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}
