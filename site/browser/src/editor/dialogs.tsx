import { type Command, keyText } from "./commands.ts";
import { Dialog } from "./dialog.tsx";
import { isMac } from "./top_bar.tsx";

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
