/// Parts of the dialogs: a form that says why it could not be done, fields, typing a name before what can't be undone.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../editor/dialog.tsx";
import { Icon } from "../editor/parts.tsx";
import type { TablesModel } from "./model.ts";
import type { Sheet } from "./sheet.ts";

/// What dialogs about the open table are given.
export interface DialogProps {
  readonly model: TablesModel;
  readonly sheet: Sheet;
  readonly onClose: () => void;
}

interface FormProps {
  readonly title: string;
  readonly action: string;
  readonly isDanger?: boolean;
  readonly disabled?: boolean;
  /// Do it; returns why it could not be done, empty when it was.
  readonly onSubmit: () => Promise<string>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/// A dialog with a form: it closes when what it asks for is done.
export function FormDialog({
  title,
  action,
  isDanger = false,
  disabled = false,
  onSubmit,
  onClose,
  children,
}: FormProps) {
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy || disabled) return;
    setBusy(true);
    const said = await onSubmit();
    setBusy(false);
    setProblem(said);
    if (!said) onClose();
  };
  return (
    <Dialog label={title} className="table-dialog" onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        {children}
        {problem && (
          <p class="note bad" role="alert">
            <Icon name="warning" /> {problem}
          </p>
        )}
        <div class="row">
          <button type="submit" class={`button ${isDanger ? "danger" : "primary"}`} disabled={isBusy || disabled}>
            {action}
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Field({ id, label, hint, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly id: string;
  readonly label: string;
  readonly value: T;
  readonly choices: readonly (readonly [T, string])[];
  readonly hint?: ComponentChildren;
  readonly onChange: (value: T) => void;
}

export function Choice<T extends string>({ id, label, value, choices, hint, onChange }: ChoiceProps<T>) {
  return (
    <Field id={id} label={label} hint={hint}>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {choices.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface DeleteProps {
  /// What is deleted: its kind and its name.
  readonly kind: string;
  readonly name: string;
  readonly onDelete: () => Promise<string>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/// Asks for the name of what is to be deleted.
export function DeleteDialog({ kind, name, onDelete, onClose, children }: DeleteProps) {
  const [typed, setTyped] = useState("");
  return (
    <FormDialog
      title={`Delete the ${kind} ${name}?`}
      action={`Delete the ${kind}`}
      isDanger
      disabled={typed.trim() !== name}
      onSubmit={onDelete}
      onClose={onClose}
    >
      <p>{children} This can't be undone.</p>
      <Field id="delete-name" label={`Type ${name} to delete it`}>
        <input
          id="delete-name"
          class="mono"
          autocomplete="off"
          spellcheck={false}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </Field>
    </FormDialog>
  );
}
