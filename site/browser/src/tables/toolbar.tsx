/// What can be done with the open table, and how it is called in code.
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import { deleteSelected } from "./grid_keys.ts";
import type { Asked, TablesModel } from "./model.ts";
import type { Sheet } from "./sheet.ts";

interface ToolProps {
  readonly icon: string;
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly hint?: string;
}

function Tool({ icon, label, onClick, disabled = false, hint }: ToolProps) {
  return (
    <button type="button" class="button quiet small" disabled={disabled} title={hint ?? label} onClick={onClick}>
      <Icon name={icon} /> {label}
    </button>
  );
}

export function Toolbar({ model, sheet }: { readonly model: TablesModel; readonly sheet: Sheet }) {
  const table = sheet.table.value;
  const { top, bottom } = sheet.cursor.area;
  const chosen = Math.max(0, Math.min(bottom, sheet.length - 1) - top + 1);
  const ask = (asked: Asked) => () => {
    model.asked.value = asked;
  };
  const hasColumns = table.columns.length > 0;
  const isAsked = model.asked.value !== null;
  const tools = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The button that asked for the table went with the page that said there was none: go on with its columns.
    if (hasColumns || isAsked || document.activeElement !== document.body) return;
    tools.current?.querySelector<HTMLElement>('[title="Add a column"]')?.focus();
  }, [hasColumns, isAsked]);
  return (
    <div ref={tools} class="table-tools" role="toolbar" aria-label="Table">
      <Tool
        icon="plus"
        label="Row"
        hint="Go to the empty last row"
        disabled={!hasColumns}
        onClick={() => goToNew(sheet)}
      />
      <Tool icon="type-columns" label="Column" hint="Add a column" onClick={ask({ kind: "new-column" })} />
      <Tool
        icon="delete"
        label={chosen <= 1 ? "Delete row" : `Delete ${chosen} rows`}
        hint="Delete the selected rows (Ctrl-Delete)"
        disabled={!chosen || !hasColumns}
        onClick={() => void deleteSelected(model, sheet)}
      />
      <Tool
        icon="restore"
        label="Undo"
        hint="Undo (Ctrl-Z)"
        disabled={!sheet.undo.canUndo}
        onClick={() => void sheet.step(false).then((text) => model.say(text))}
      />
      <span class="tool-gap" />
      <Tool
        icon="kind-gui"
        label="Make a form"
        hint="Make a form for this table: a list, and a dialog to add and change rows"
        onClick={ask({ kind: "form" })}
      />
      <Tool icon="upload" label="Import" hint="Import rows from a CSV file" onClick={ask({ kind: "import" })} />
      <a class="button quiet small" href={model.calls.exportAddress(table.name)} download>
        <Icon name="download" /> Export
      </a>
      <Tool icon="key" label="Table" hint="Name, permissions, delete" onClick={ask({ kind: "table" })} />
      <Tool icon="keyboard" label="Keys" hint="What the keyboard does" onClick={ask({ kind: "keys" })} />
    </div>
  );
}

/// Go to the empty last row.
function goToNew(sheet: Sheet): void {
  sheet.cursor.go({ row: sheet.length, column: 0 });
  document.querySelector<HTMLElement>(".grid")?.focus({ preventScroll: true });
}
