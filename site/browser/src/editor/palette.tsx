import { useState } from "preact/hooks";
import { type Command, filterCommands, keyText } from "./commands.ts";
import { Dialog } from "./dialog.tsx";
import { isMac } from "./top_bar.tsx";

export function Palette({
  commands,
  onClose,
}: {
  readonly commands: readonly Command[];
  readonly onClose: () => void;
}) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const found = filterCommands(commands, typed);
  const chosen = Math.min(at, found.length - 1);
  const pick = (command: Command | undefined) => {
    onClose();
    if (command) setTimeout(command.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((chosen + 1) % Math.max(1, found.length));
    else if (event.key === "ArrowUp") setAt((chosen - 1 + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") pick(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label="Commands" className="palette" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-label="Find a command"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[chosen] ? `command-${found[chosen].id}` : undefined}
        placeholder="Find a command or file"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" role="listbox" aria-label="Commands">
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the combobox, which keeps the focus
          <div
            key={command.id}
            id={`command-${command.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            class="palette-item"
            onClick={() => pick(command)}
          >
            {command.label}
            {command.key && <kbd>{keyText(command.key, isMac)}</kbd>}
          </div>
        ))}
        {found.length === 0 && <p class="console-empty">Nothing has that name.</p>}
      </div>
    </Dialog>
  );
}
