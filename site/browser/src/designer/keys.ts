/// The designer's keys in words, for the list of shortcuts; what each does is in design_pane.tsx, which lacks none.

export const DESIGN_KEYS = [
  ["Mod-z", "Undo, in the design and the code"],
  ["Mod-Shift-z", "Redo"],
  ["Mod-y", "Redo"],
  ["Mod-a", "Select all beside what is selected"],
  ["Mod-c", "Copy"],
  ["Mod-x", "Cut"],
  ["Mod-v", "Paste"],
  ["Mod-d", "Duplicate"],
  ["/", "Find a component in the toolbox"],
  ["Enter", "Write what it does, or go there"],
  ["F2", "Edit the text in its place"],
  ["Delete", "Delete"],
  ["Backspace", "Delete"],
  ["Alt-ArrowUp", "Move up among its neighbours"],
  ["Alt-ArrowDown", "Move down"],
  ["Alt-ArrowLeft", "Move out of its panel"],
  ["Alt-ArrowRight", "Move into the panel before it"],
  ["Alt-Shift-ArrowLeft", "Make its column narrower"],
  ["Alt-Shift-ArrowRight", "Make its column wider"],
  ["Escape", "Select the panel that it is in"],
] as const;

export type DesignKey = (typeof DESIGN_KEYS)[number][0];
