/// What can be a name in Python.

const KEYWORDS = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

/// What every form has beside its properties.
const MEMBERS = new Set(
  (
    "item layout parent tag add_component clear get_components init_components refresh_data_bindings raise_event " +
    "raise_event_on_children add_event_handler set_event_handler remove_event_handler remove_from_parent " +
    "scroll_into_view focus select"
  ).split(" "),
);

/// Why nothing can be called so; "" when it can.
export function nameFault(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return "A name has letters, digits and _, and begins with no digit.";
  return KEYWORDS.has(name) ? `${name} is a word of Python's own.` : "";
}

/// Whether `self.name` is something of the form's own.
export function isMember(name: string): boolean {
  return MEMBERS.has(name) || name.startsWith("__");
}
