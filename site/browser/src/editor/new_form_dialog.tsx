import { useState } from "preact/hooks";
import { formNameProblem, newForm } from "../designer/new_form.ts";
import { Dialog } from "./dialog.tsx";
import type { EditorModel } from "./model.ts";
import { Icon } from "./parts.tsx";

/// Asks for the name of a new form, and opens it to be drawn.
export function NewFormDialog({ model, onClose }: { readonly model: EditorModel; readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const problem = formNameProblem(name, model.files.value);
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (problem) return;
    onClose();
    setTimeout(() => {
      for (const [path, text] of Object.entries(newForm(name))) model.addFile(path, text);
      model.form_view.value = "design";
    });
  };
  return (
    <Dialog label="New form" onClose={onClose}>
      <form onSubmit={submit} class="stack">
        <div class="field">
          <label for="form-name">Name of the new form</label>
          <input
            id="form-name"
            type="text"
            class="mono"
            placeholder="RowTemplate"
            spellcheck={false}
            autocomplete="off"
            value={name}
            aria-invalid={tried && problem ? "true" : undefined}
            aria-describedby="form-problem"
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <p id="form-problem" class="error" role="alert">
            {tried && problem ? problem : ""}
          </p>
        </div>
        <div class="row">
          <button type="submit" class="button primary">
            <Icon name="done" /> Add
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
