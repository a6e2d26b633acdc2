/// What components there are, for who draws with them: components.json with words and an order.
import { signal } from "@preact/signals";
import listed from "../../../client/components.json" with { type: "json" };
import { OWN_TYPES, type OwnComponent } from "./forms/own_component.ts";
import type { Source } from "./texts/template.ts";

export interface Property {
  readonly name: string;
  readonly type: string;
  readonly default: unknown;
  /// What an enum may be.
  readonly of?: readonly string[];
  readonly group: string;
  /// What its author says of it.
  readonly help?: string;
}

export interface Spec {
  readonly type: string;
  readonly properties: readonly Property[];
  readonly events: readonly string[];
  readonly default_event?: string;
  readonly default_binding?: string;
  readonly isContainer: boolean;
  /// Slots of a form that others fill.
  readonly slots?: readonly string[];
}

interface Said {
  readonly type: string;
  readonly of?: readonly string[];
  readonly default?: unknown;
  readonly deprecated?: boolean;
  /// Only code sets it.
  readonly in_code?: boolean;
}

interface Listed {
  readonly groups: readonly string[];
  readonly properties: Readonly<Record<string, Said>>;
  readonly events: readonly string[];
  readonly default_event?: string;
  readonly default_binding?: string;
  readonly container?: boolean;
}

const GROUPS: Readonly<Record<string, string>> = {
  text: "Text",
  font: "Text",
  icon: "Icon",
  look: "Appearance",
  inter: "Behaviour",
  layout: "Spacing",
  spacing: "Spacing",
  margin: "Spacing",
  tip: "Behaviour",
};
/// Groups of the inspector, the important ones first; what is behind "More" begins with the fourth.
export const ORDER = ["Content", "Text", "Behaviour", "Appearance", "Icon", "Spacing"] as const;
/// Where the important properties of a widget's own components are.
const OWN_GROUP = "Content";
/// Of a group that is mostly about how text looks, what it says.
const CONTENT: ReadonlySet<string> = new Set(["text", "icon"]);

/// What a component is put there for: before anything else.
const FIRST = ["text", "content", "source", "items", "item_template", "columns", "placeholder", "url"];

function importance(name: string): number {
  return FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length;
}

const groups = listed.groups as Readonly<Record<string, Readonly<Record<string, Said>>>>;
const components = listed.components as unknown as Readonly<Record<string, Listed>>;

const SPECS: Readonly<Record<string, Spec>> = Object.fromEntries(
  Object.entries(components).map(([type, one]) => {
    const all = new Map<string, Property>();
    const add = (name: string, said: Said, group: string): void => {
      if (said.deprecated || said.in_code) return;
      all.set(name, { name, type: said.type, default: said.default, ...(said.of && { of: said.of }), group });
    };
    for (const [name, said] of Object.entries(one.properties)) {
      const common = one.groups.find((group) => name in (groups[group] ?? {}));
      add(name, said, common && !CONTENT.has(name) ? (GROUPS[common] ?? "Content") : "Content");
    }
    for (const group of one.groups)
      for (const [name, said] of Object.entries(groups[group] ?? {}))
        if (!all.has(name)) add(name, said, CONTENT.has(name) ? "Content" : (GROUPS[group] ?? "Content"));
    const { events, default_event, default_binding } = one;
    return [
      type,
      {
        type,
        properties: [...all.values()].sort((a, b) => importance(a.name) - importance(b.name)),
        events,
        ...(default_event && { default_event }),
        ...(default_binding && { default_binding }),
        isContainer: one.container === true,
      },
    ];
  }),
);

/// The widget's own forms as components, by type ("form:Card"): what their templates say now.
export const ownSpecs = signal<Readonly<Record<string, Spec>>>({});

/// A component's properties and events; for one that is not known, what all have.
export function specOf(type: string): Spec {
  // A form of the widget may be named with its package.
  const own = ownSpecs.value[type] ?? ownSpecs.value[type.replace(/^form:[^.:]+\./, "form:")];
  return SPECS[type] ?? own ?? { type, properties: [], events: ["show", "hide"], isContainer: false };
}

/// A form as a component: its own properties, the important ones first, then those of its container.
export function specOfOwn(type: string, own: OwnComponent, container: string): Spec {
  const base = specOf(container);
  const names = new Set(own.properties.map(({ name }) => name));
  const properties = own.properties.map(
    ({ name, type: said, default_value, group, important, options, description }) => ({
      name,
      type: OWN_TYPES[said] ?? "object",
      default: default_value,
      group: important || !group ? OWN_GROUP : group,
      ...(options.length > 0 && { of: options }),
      ...(description && { help: description }),
    }),
  );
  const common = base.properties.filter(({ name, group }) => group !== OWN_GROUP && !names.has(name));
  const first = own.events.find((event) => event.default_event)?.name;
  const bound = own.properties.find((property) => property.default_binding_prop)?.name;
  return {
    type,
    properties: [...properties, ...common],
    events: [...new Set([...own.events.map(({ name }) => name), ...base.events])],
    ...(first && { default_event: first }),
    ...(bound && { default_binding: bound }),
    isContainer: own.slots.length > 0,
    ...(own.slots.length > 0 && { slots: own.slots.map(({ name }) => name) }),
  };
}

/// The groups that a component's properties are in, in the order of the inspector; those of its author after the first.
export function groupsOf({ properties }: Spec): readonly string[] {
  const known: readonly string[] = ORDER;
  const others = properties.map(({ group }) => group).filter((group) => !known.includes(group));
  return [OWN_GROUP, ...new Set(others), ...known.slice(1)];
}

/// The toolbox: what can be put onto a form, by what it is for.
export const TOOLBOX: readonly { readonly title: string; readonly types: readonly string[] }[] = [
  { title: "Text and buttons", types: ["Label", "Button", "Link", "RichText"] },
  {
    title: "Input",
    types: ["TextBox", "TextArea", "CheckBox", "RadioButton", "DropDown", "DatePicker", "FileLoader"],
  },
  { title: "Panels", types: ["ColumnPanel", "FlowPanel", "LinearPanel", "GridPanel", "XYPanel"] },
  { title: "Lists", types: ["RepeatingPanel", "DataGrid"] },
  {
    title: "Pictures and more",
    types: ["Image", "Plot", "Canvas", "YouTubeVideo", "LinearProgress", "CircularProgress", "Spacer", "Timer"],
  },
];

/// What a new component has that its defaults do not say: so that it can be seen.
const BEGINNINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Label: { text: "Label" },
  Button: { text: "Button" },
  Link: { text: "Link" },
  CheckBox: { text: "Check box" },
  RadioButton: { text: "Radio button" },
  RichText: { content: "**Rich** text" },
  FileLoader: { text: "Choose a file" },
  XYPanel: { height: 200 },
  Canvas: { height: 200 },
  DataGrid: {
    columns: [
      { id: "column_1", title: "Column 1", data_key: "" },
      { id: "column_2", title: "Column 2", data_key: "" },
    ],
  },
};

/// What a new component is, before it has a name: with what it is useless without.
export function beginningOf(type: string): Source {
  const rows: Source = { type: "RepeatingPanel" };
  return { type, properties: BEGINNINGS[type] ?? {}, ...(type === "DataGrid" && { components: [rows] }) };
}

/// The icon of a component in lists.
export function iconOf(type: string): string {
  if (type.startsWith("form:")) return "component-form";
  return type in SPECS ? `component-${type}` : "component-form";
}

/// "label_3", the first that is free.
export function freshName(type: string, taken: ReadonlySet<string>): string {
  const stem = type
    .replace(/^.*[.:]/, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
  for (let number = 1; ; number += 1) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`;
}
