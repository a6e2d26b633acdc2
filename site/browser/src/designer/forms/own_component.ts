/// What a form is as a component for others: its own properties, events and slots, as its template writes them.

import { nameFault } from "../texts/python_names.ts";

type Json = Readonly<Record<string, unknown>>;

/// Where it stands in the template's list, or its key where the template has a mapping by name.
interface Placed {
  readonly key: number | string;
  readonly name: string;
  readonly description: string;
}

export interface OwnProperty extends Placed {
  readonly type: string;
  readonly default_value: unknown;
  readonly group: string;
  /// What an enum may be.
  readonly options: readonly string[];
  readonly important: boolean;
  readonly default_binding_prop: boolean;
  readonly allow_binding_writeback: boolean;
  readonly binding_writeback_events: readonly string[];
}

export interface OwnEvent extends Placed {
  readonly parameters: readonly { readonly name: string; readonly description?: string }[];
  readonly default_event: boolean;
}

/// A place for what others give to the form: in one of its containers, or in a slot of its own layout.
export interface OwnSlot {
  readonly name: string;
  readonly isInLayout: boolean;
  /// The component, "" for the form's container; or the layout's slot.
  readonly target: string;
  /// Before which of the components that are in the target; -1 for after all.
  readonly index: number;
  readonly isForOne: boolean;
  readonly layout: Json;
}

export interface OwnComponent {
  readonly isComponent: boolean;
  readonly properties: readonly OwnProperty[];
  readonly events: readonly OwnEvent[];
  readonly slots: readonly OwnSlot[];
}

/// What a property may be; some are called otherwise in the inspector.
export const OWN_TYPES: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  boolean: "boolean",
  enum: "enum",
  "text[]": "text[]",
  color: "color",
  icon: "icon",
  role: "role",
  themeRole: "role",
  form: "form",
  html: "string",
  uri: "url",
  date: "date",
  media: "media",
  margin: "margin",
  padding: "margin",
  spacing: "spacing",
  object: "object",
};

/// Read it of a template; lists and mappings by name are both there.
export function readOwn(template: Json): OwnComponent {
  return {
    isComponent: template.custom_component === true,
    properties: listed(template.properties).map(([key, said]) => ({
      ...placed(key, said),
      type: text(said.type) || "object",
      default_value: said.default_value,
      group: text(said.group),
      options: texts(said.options),
      important: said.important === true,
      default_binding_prop: said.default_binding_prop === true,
      allow_binding_writeback: said.allow_binding_writeback === true,
      binding_writeback_events: texts(said.binding_writeback_events),
    })),
    events: listed(template.events).map(([key, said]) => ({
      ...placed(key, said),
      parameters: Array.isArray(said.parameters) ? said.parameters.filter(isMapping).map(parameter) : [],
      default_event: said.default_event === true,
    })),
    slots: Object.entries(mapping(template.slots)).map(([name, said]) => slot(name, mapping(said))),
  };
}

function slot(name: string, said: Json): OwnSlot {
  const target = mapping(said.target);
  return {
    name,
    isInLayout: target.type === "slot",
    target: text(target.name),
    index: typeof said.index === "number" ? said.index : -1,
    isForOne: said.one_component === true,
    layout: mapping(said.set_layout_properties),
  };
}

/// A slot as the template writes it.
export function writtenSlot({ isInLayout, target, index, isForOne, layout }: OwnSlot): Json {
  return {
    target: { type: isInLayout ? "slot" : "container", name: target },
    ...(index >= 0 && { index }),
    ...(Object.keys(layout).length > 0 && { set_layout_properties: layout }),
    ...(isForOne && { one_component: true }),
  };
}

/// Why a property or event can't be called so; "" when it can.
export function ownNameProblem(name: string, taken: Iterable<string>): string {
  const fault = nameFault(name);
  if (fault) return fault;
  return [...taken].includes(name) ? `There is a ${name} already.` : "";
}

function placed(key: number | string, said: Json): Placed {
  return { key, name: text(said.name), description: text(said.description) };
}

function parameter(said: Json): { readonly name: string; readonly description?: string } {
  return { name: text(said.name), ...(text(said.description) && { description: text(said.description) }) };
}

function listed(value: unknown): readonly (readonly [number | string, Json])[] {
  const items: (readonly [number | string, unknown])[] = Array.isArray(value)
    ? value.map((item, at) => [at, item] as const)
    : Object.entries(mapping(value)).map(([name, item]) => [name, { ...mapping(item), name }] as const);
  return items.filter(
    (item): item is readonly [number | string, Json] => isMapping(item[1]) && text(item[1].name) !== "",
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function isMapping(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapping(value: unknown): Json {
  return isMapping(value) ? value : {};
}
