/// Everything the editor can do: the palette, the shortcut list and the keyboard all read this. DOM-free.

export interface Command {
  readonly id: string;
  readonly label: string;
  /// As in "Mod-Enter"; Mod is Cmd on a Mac and Ctrl elsewhere.
  readonly key?: string;
  /// Other keys that do the same.
  readonly more?: readonly string[];
  /// The key works in the code alone, by the code's own keymap.
  readonly isOfCode?: boolean;
  /// The key works where nothing is typed.
  readonly isOfPage?: boolean;
  readonly run: () => void;
}

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/// Whether the key that was pressed is `wanted`.
export function matches(wanted: string, pressed: Pressed, isMac: boolean): boolean {
  const parts = wanted.split("-");
  const key = parts.at(-1) ?? "";
  const mod = isMac ? pressed.metaKey : pressed.ctrlKey;
  const otherMod = isMac ? pressed.ctrlKey : pressed.metaKey;
  return (
    pressed.key.toLowerCase() === key.toLowerCase() &&
    mod === parts.includes("Mod") &&
    !otherMod &&
    pressed.altKey === parts.includes("Alt") &&
    (key.length === 1 && !/[a-z]/i.test(key) ? true : pressed.shiftKey === parts.includes("Shift"))
  );
}

/// The command that the pressed key is for, if any; `isTyping`: whether the key goes into text.
export function pressedCommand(
  commands: readonly Command[],
  pressed: Pressed,
  isMac: boolean,
  isTyping: boolean,
): Command | undefined {
  return commands.find((command) => {
    if (command.isOfCode || (command.isOfPage && isTyping)) return false;
    const keys = [...(command.key ? [command.key] : []), ...(command.more ?? [])];
    return keys.some((key) => matches(key, pressed, isMac));
  });
}

/// "⌘⏎" on a Mac, "Ctrl Enter" elsewhere.
export function keyText(key: string, isMac: boolean): string {
  const mac: Record<string, string> = { Mod: "⌘", Enter: "⏎", Shift: "⇧", Alt: "⌥" };
  const parts = key.split("-").map((part) => (part.length === 1 ? part.toUpperCase() : part));
  return isMac
    ? parts.map((part) => mac[part] ?? part).join("")
    : parts.map((part) => (part === "Mod" ? "Ctrl" : part)).join(" ");
}

/// Commands whose label has all letters of `typed` in order; whole words first.
export function filterCommands(commands: readonly Command[], typed: string): Command[] {
  const wanted = typed.trim().toLowerCase();
  const score = (label: string): number => {
    const at = label.toLowerCase().indexOf(wanted);
    if (at >= 0) return at;
    let from = 0;
    for (const letter of wanted) {
      from = label.toLowerCase().indexOf(letter, from) + 1;
      if (from === 0) return -1;
    }
    return 1000;
  };
  return commands
    .map((command) => ({ command, score: score(command.label) }))
    .filter((item) => item.score >= 0)
    .sort((a, b) => a.score - b.score)
    .map((item) => item.command);
}
