/// The roles that every widget has: those of the styles that come with the site (styles/gui_roles.css).
import type { Role } from "../theme/theme.ts";

const TEXTS = ["Label", "Link"];
const BUTTONS = ["Button", "FileLoader"];
const FIELDS = ["TextBox", "TextArea", "DatePicker", "DropDown"];
const PANELS = ["ColumnPanel", "LinearPanel", "FlowPanel", "GridPanel", "XYPanel", "RepeatingPanel", "DataGrid"];

export const COMMON_ROLES: readonly Role[] = [
  ...of(TEXTS, "display", "headline", "title", "subheading", "body", "input-prompt"),
  ...of(["Label"], "text"),
  ...of(["Link"], "selected"),
  ...of(BUTTONS, "filled-button", "tonal-button", "outlined-button", "elevated-button", "text-button"),
  ...of(BUTTONS, "primary-color", "secondary-color", "raised"),
  ...of(PANELS, "card", "outlined-card", "elevated-card", "tonal-card"),
  ...of(FIELDS, "filled", "outlined", "filled-error", "outlined-error"),
  ...of([...FIELDS, "Label"], "error"),
  ...of(["DataGrid"], "tonal-data-grid"),
];

/// Roles that a component can have: those for its type first, the widget's own before those of all.
export function rolesFor(
  type: string,
  own: readonly Role[],
): { readonly fitting: string[]; readonly others: string[] } {
  const named = new Set(own.map(({ name }) => name));
  const all = [...own, ...COMMON_ROLES.filter(({ name }) => !named.has(name))];
  const fits = ({ components }: Role) => components.length === 0 || components.includes(type);
  return {
    fitting: all.filter(fits).map(({ name }) => name),
    others: all.filter((role) => !fits(role)).map(({ name }) => name),
  };
}

/// The roles that a property names: it is a text, or a list of texts.
export function rolesOf(value: unknown): readonly string[] {
  const said = Array.isArray(value) ? value : [value];
  return said.flatMap((one) => (typeof one === "string" ? one.split(/\s+/).filter(Boolean) : []));
}

/// The value for these roles.
export function roleValue(roles: readonly string[]): unknown {
  return roles.length > 1 ? roles : roles[0];
}

function of(components: readonly string[], ...names: string[]): Role[] {
  return names.map((name) => ({ name, components }));
}
