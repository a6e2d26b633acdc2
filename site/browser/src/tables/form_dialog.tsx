/// A form for the open table: in this widget if it is a GUI, else in a new one.
import { type DialogProps, FormDialog } from "./form_parts.tsx";

export function TableFormDialog({ model, sheet, onClose }: DialogProps) {
  const { name, title, columns } = sheet.table.value;
  const isGui = model.data.kind === "gui";
  const make = async () => {
    try {
      if (isGui) location.assign(`/w/${model.data.slug}/edit#form-of=${encodeURIComponent(name)}`);
      else location.assign(`/w/${(await model.calls.makeFormWidget(name)).slug}/edit`);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  return (
    <FormDialog
      title={`A form for ${title}`}
      action={isGui ? "Make the form" : "Make a GUI widget"}
      disabled={columns.length === 0}
      onSubmit={make}
      onClose={onClose}
    >
      <p>
        A list of the rows with search, and a dialog to add, change and delete them, with a field for each type of
        column. Its server functions check what is typed. All of it is yours to change.
      </p>
      {columns.length === 0 ? (
        <p class="note warn">Add a column first: the form has a field for each.</p>
      ) : isGui ? (
        <p>The editor opens with the new form; nothing that is there changes.</p>
      ) : (
        <p>
          This widget is not a GUI, so a new one is made for it, private at first. Both use the same table: the rows are
          the same in both.
        </p>
      )}
    </FormDialog>
  );
}
