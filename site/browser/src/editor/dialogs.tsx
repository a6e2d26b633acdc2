import { useState } from "preact/hooks";
import { type Command, keyText } from "./commands.ts";
import { Dialog } from "./dialog.tsx";
import type { EditorModel } from "./model.ts";
import { Icon } from "./parts.tsx";
import { isMac } from "./top_bar.tsx";
import { nameProblem } from "./workspace.ts";

export function Shortcuts({
  commands,
  onClose,
}: {
  readonly commands: readonly Command[];
  readonly onClose: () => void;
}) {
  const more = [
    ["Complete what is typed", "Ctrl-Space"],
    ["Comment lines in and out", "Mod-/"],
    ["Move a line", "Alt-Up or Down"],
    ["Leave the code with Tab", "Escape, then Tab"],
  ] as const;
  return (
    <Dialog label="Keyboard shortcuts" onClose={onClose}>
      <h2>Keyboard shortcuts</h2>
      <dl class="facts">
        {commands
          .filter((command) => command.key)
          .map((command) => [
            <dt key={command.id}>{command.label}</dt>,
            <dd key={`${command.id}-key`}>
              <kbd>{keyText(command.key ?? "", isMac)}</kbd>
              {command.more?.map((key) => [" or ", <kbd key={key}>{keyText(key, isMac)}</kbd>])}
            </dd>,
          ])}
        {more.map(([label, key]) => [
          <dt key={label}>{label}</dt>,
          <dd key={`${label}-key`}>
            <kbd>{key.startsWith("Mod") ? keyText(key, isMac) : key}</kbd>
          </dd>,
        ])}
      </dl>
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </Dialog>
  );
}

/// Asks for the name of a new file, or a new name for the active one.
export function NameDialog({ model, onClose }: { readonly model: EditorModel; readonly onClose: () => void }) {
  const isRename = model.dialog.value === "rename";
  const before = isRename ? model.active.value : "";
  const [name, setName] = useState(before);
  const [tried, setTried] = useState(false);
  const problem = nameProblem(
    name,
    model.files.value.filter((path) => path !== before),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (problem) return;
    onClose();
    // Only when the dialog is gone: while it is open nothing else can have the focus.
    setTimeout(() => {
      if (!isRename) model.addFile(name);
      else if (name !== before) model.renameFile(before, name);
    });
  };
  return (
    <Dialog label={isRename ? `Rename ${before}` : "New file"} onClose={onClose}>
      <form onSubmit={submit} class="stack">
        <div class="field">
          <label for="file-name">{isRename ? `New name for ${before}` : "Name of the new file"}</label>
          <input
            id="file-name"
            type="text"
            class="mono"
            placeholder="tools.py"
            spellcheck={false}
            autocomplete="off"
            value={name}
            aria-invalid={tried && problem ? "true" : undefined}
            aria-describedby="file-problem"
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <p id="file-problem" class="error" role="alert">
            {tried && problem ? problem : ""}
          </p>
        </div>
        <div class="row">
          <button type="submit" class="button primary">
            <Icon name="done" /> {isRename ? "Rename" : "Add"}
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
