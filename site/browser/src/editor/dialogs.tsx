import { DESIGN_KEYS } from "../designer/keys.ts";
import { type Command, keyText } from "./commands.ts";
import { Dialog } from "./dialog.tsx";
import { isMac } from "./top_bar.tsx";

interface ShortcutsProps {
  readonly commands: readonly Command[];
  /// Whether forms are drawn here.
  readonly hasDesigner: boolean;
  readonly onClose: () => void;
}

export function Shortcuts({ commands, hasDesigner, onClose }: ShortcutsProps) {
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
      {hasDesigner && <DesignShortcuts />}
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </Dialog>
  );
}

function DesignShortcuts() {
  const shown = (key: string) => keyText(key, isMac).replace("Arrow", "");
  // What several keys do is one line.
  const all = [...new Set(DESIGN_KEYS.map(([, says]) => says))];
  return (
    <>
      <h2>While a form is drawn</h2>
      <dl class="facts">
        {all.map((says) => [
          <dt key={says}>{says}</dt>,
          <dd key={`${says}-key`}>
            {DESIGN_KEYS.filter((one) => one[1] === says).map(([key], at) => [
              at > 0 && " or ",
              <kbd key={key}>{shown(key)}</kbd>,
            ])}
          </dd>,
        ])}
        <dt>Put a component of the toolbox onto the form</dt>
        <dd>
          <kbd>Enter</kbd>
        </dd>
        <dt>Give a drag up</dt>
        <dd>
          <kbd>Escape</kbd>
        </dd>
      </dl>
    </>
  );
}
