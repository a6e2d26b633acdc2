/// Shows what is asked at the moment.
import { ColumnDialog, DeleteColumn } from "./column_dialogs.tsx";
import { ColumnMenu } from "./column_menu.tsx";
import { TableFormDialog } from "./form_dialog.tsx";
import { ImportDialog } from "./import_dialog.tsx";
import { JsonDialog } from "./json_dialog.tsx";
import { KeysDialog } from "./keys_dialog.tsx";
import { LinkDialog } from "./link_dialog.tsx";
import { MediaDialog } from "./media_dialog.tsx";
import type { TablesModel } from "./model.ts";
import { DeleteTable, NewTable, TableDialog } from "./table_dialogs.tsx";

export function OpenDialog({ model }: { readonly model: TablesModel }) {
  const asked = model.asked.value;
  const sheet = model.sheet.value;
  const onClose = () => {
    if (model.asked.value === asked) model.asked.value = null;
  };
  if (!asked) return null;
  if (asked.kind === "new-table") return <NewTable model={model} onClose={onClose} />;
  if (asked.kind === "import") return <ImportDialog model={model} onClose={onClose} />;
  if (!sheet) return null;
  const common = { model, sheet, onClose };
  switch (asked.kind) {
    case "table":
      return <TableDialog {...common} />;
    case "delete-table":
      return <DeleteTable {...common} />;
    case "new-column":
      return <ColumnDialog {...common} column={null} />;
    case "column":
      return <ColumnDialog {...common} column={asked.column} />;
    case "delete-column":
      return <DeleteColumn {...common} column={asked.column} />;
    case "menu":
      return <ColumnMenu {...common} column={asked.column} at={asked.at} />;
    case "json":
      return <JsonDialog {...common} row={asked.row} column={asked.column} />;
    case "link":
      return <LinkDialog {...common} row={asked.row} column={asked.column} />;
    case "media":
      return <MediaDialog {...common} row={asked.row} column={asked.column} />;
    case "form":
      return <TableFormDialog {...common} />;
    case "keys":
      return <KeysDialog onClose={onClose} />;
  }
}
