import { useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import type { EditorModel } from "./model.ts";
import { Icon } from "./parts.tsx";

/// Asks what the next revision says about itself in the history.
export function MessageDialog({ model, onClose }: { readonly model: EditorModel; readonly onClose: () => void }) {
  const [message, setMessage] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    onClose();
    void model.save(message.trim());
  };
  return (
    <Dialog label="Save with a message" onClose={onClose}>
      <form onSubmit={submit} class="stack">
        <div class="field">
          <label for="save-message">What changed?</label>
          <input
            id="save-message"
            type="text"
            maxlength={200}
            autocomplete="off"
            placeholder="Greets by name"
            aria-describedby="save-message-hint"
            value={message}
            onInput={(event) => setMessage(event.currentTarget.value)}
          />
          <p id="save-message-hint" class="hint">
            One line, shown in the history to everybody who sees this widget.
          </p>
        </div>
        <div class="row">
          <button type="submit" class="button primary">
            <Icon name="done" /> Save
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
