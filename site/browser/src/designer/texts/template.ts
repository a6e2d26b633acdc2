/// A form's template as it is edited: its text, the components in it, and what can be done to them.
import type { Binding, Form, Node } from "../../gui/app.ts";
import { type OwnComponent, readOwn } from "../forms/own_component.ts";
import { type Path, YamlText } from "./yaml_text.ts";

/// A component as a template writes it.
export interface Source {
  readonly name?: string;
  readonly type: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly layout_properties?: Readonly<Record<string, unknown>>;
  readonly event_bindings?: Readonly<Record<string, string>>;
  readonly data_bindings?: readonly Binding[];
  readonly components?: readonly Source[];
}

/// A component of a form; the form's own container is the one with the id "".
export interface Part extends Omit<Node, "children"> {
  /// Its name, where that is one and no other component's, else its place ("#0.2").
  readonly id: string;
  readonly parent: string | null;
  /// Its place among its parent's children.
  readonly index: number;
  readonly children: readonly Part[];
}

/// One edit. `parent` is the id of a container; `index` a place among the children that are there without what moves.
export type Operation =
  | { readonly op: "insert"; readonly parent: string; readonly index: number; readonly source: Source }
  | { readonly op: "remove"; readonly id: string }
  | {
      readonly op: "move";
      readonly id: string;
      readonly parent: string;
      readonly index: number;
      /// How the new parent lays it out; left out, that stays.
      readonly layout?: Readonly<Record<string, unknown>>;
    }
  /// undefined: the property's default.
  | { readonly op: "set"; readonly id: string; readonly property: string; readonly value: unknown }
  | { readonly op: "layout"; readonly id: string; readonly layout: Readonly<Record<string, unknown>> }
  /// undefined: no handler.
  | { readonly op: "event"; readonly id: string; readonly event: string; readonly handler: string | undefined }
  | { readonly op: "bind"; readonly id: string; readonly bindings: readonly Binding[] }
  | { readonly op: "rename"; readonly id: string; readonly name: string }
  | { readonly op: "type"; readonly id: string; readonly type: string }
  /// A property or an event that its component calls otherwise now.
  | {
      readonly op: "key";
      readonly id: string;
      readonly of: "properties" | "event_bindings";
      readonly from: string;
      readonly to: string;
    }
  /// What the template says of the form itself, at a path of keys; undefined takes it out.
  | { readonly op: "own"; readonly path: Path; readonly value: unknown }
  /// A key of that which is called otherwise now.
  | { readonly op: "own key"; readonly path: Path; readonly to: string };

/// A template that no form can be read from.
export class TemplateProblem extends Error {}

type Json = Readonly<Record<string, unknown>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const RENAMED: Readonly<Record<string, string>> = { HtmlPanel: "HtmlTemplate" };

/// Immutable: an operation returns another template.
export class Template {
  readonly #yaml: YamlText;
  readonly #said: Json;
  /// The form's container with everything in it.
  readonly root: Part;
  readonly #parts = new Map<string, Part>();
  readonly #paths = new Map<string, Path>();
  #own: OwnComponent | undefined;

  /// YamlProblem or TemplateProblem for text that describes no form.
  constructor(text: string | YamlText) {
    this.#yaml = typeof text === "string" ? new YamlText(text) : text;
    const said = this.#yaml.value();
    if (!isMapping(said)) throw new TemplateProblem("The template is not a mapping: it has no container.");
    this.#said = said;
    this.root = this.#read();
  }

  get text(): string {
    return this.#yaml.text;
  }

  /// Another text of it, typed or undone; YamlProblem or TemplateProblem as for any.
  as(text: string): Template {
    return text === this.text ? this : new Template(text);
  }

  /// Whether the form fills the slots of a layout; its components then say which (`layout.slot`).
  get layout(): string | undefined {
    const { layout } = this.#said;
    return isMapping(layout) && typeof layout.type === "string" ? layout.type : undefined;
  }

  /// What it says beside its components: properties of its own, its layout.
  get rest(): Json {
    const { container: _, components: _c, components_by_slot: _s, ...rest } = this.#said;
    return rest;
  }

  part(id: string): Part | undefined {
    return this.#parts.get(id);
  }

  /// Every component in the order of the design, the container first.
  get parts(): Iterable<Part> {
    return this.#parts.values();
  }

  /// Names that are taken.
  get names(): ReadonlySet<string> {
    return new Set([...this.parts].map(({ name }) => name));
  }

  /// What the form is as a component for others.
  get own(): OwnComponent {
    this.#own ??= readOwn(this.#said);
    return this.#own;
  }

  /// A component as the template writes it, for a copy of it.
  source(id: string): Source {
    return this.#at(this.#path(id)) as Source;
  }

  /// The form as pages know it; `typeOf` makes "form:Package.Row" of "form:Row".
  form(name: string, typeOf: (said: string) => string): Form {
    const made = (part: Part): Node => ({
      ...part,
      type: part.type.startsWith("form:") ? typeOf(part.type) : part.type,
      children: part.children.map(made),
    });
    const { layout } = this.#said;
    const root = made(this.root);
    if (!this.layout || !isMapping(layout)) return { name, root };
    return { name, root, layout: { type: typeOf(this.layout), properties: mapping(layout.properties) } };
  }

  /// Return the template after an operation; Error for one that names what is not there.
  apply(operation: Operation): Template {
    return new Template(this.#edited(operation));
  }

  #edited(operation: Operation): YamlText {
    switch (operation.op) {
      case "insert":
        return this.#inserted(operation.parent, operation.index, operation.source);
      case "remove": {
        const { list, at } = this.#place(operation.id);
        return this.#yaml.remove(list, at);
      }
      case "move":
        return this.#moved(operation.id, operation.parent, operation.index, operation.layout);
      case "set":
        return this.#keyed(operation.id, "properties", operation.property, operation.value);
      case "layout":
        return this.#yaml.set([...this.#path(operation.id), "layout_properties"], operation.layout);
      case "event":
        return this.#keyed(operation.id, this.#eventsOf(operation), operation.event, operation.handler);
      case "bind":
        return this.#yaml.set([...this.#path(operation.id), "data_bindings"], operation.bindings);
      case "rename":
        return this.#yaml.set([...this.#path(operation.id), "name"], operation.name);
      case "type":
        return this.#yaml.set([...this.#path(operation.id), "type"], operation.type);
      case "key":
        return this.#yaml.rename([...this.#path(operation.id), operation.of, operation.from], operation.to);
      case "own":
        return this.#saidOfForm(operation.path, operation.value);
      case "own key":
        return this.#yaml.rename(operation.path, operation.to);
    }
  }

  #saidOfForm(path: Path, value: unknown): YamlText {
    const list = path.slice(0, -1);
    const key = path[path.length - 1] as string | number;
    if (typeof key === "string") return value === undefined ? this.#yaml.without(path) : this.#yaml.set(path, value);
    if (value === undefined) return this.#yaml.remove(list, key);
    const items = this.#at(list);
    return Array.isArray(items) && key < items.length
      ? this.#yaml.set(path, value)
      : this.#yaml.insert(list, key, value);
  }

  /// Where a handler is written: of a form that fills a layout, those of the layout's events are kept apart.
  #eventsOf({ id, event }: { readonly id: string; readonly event: string }): string {
    const isOfLayout = id !== "" || !this.layout || event in mapping(mapping(this.#said.layout).event_bindings);
    return isOfLayout ? "event_bindings" : "form_event_bindings";
  }

  #keyed(id: string, where: string, key: string, value: unknown): YamlText {
    const path = [...this.#path(id), where];
    if (value === undefined) return this.#yaml.without([...path, key]);
    return isMapping(this.#at(path)) ? this.#yaml.set([...path, key], value) : this.#yaml.set(path, { [key]: value });
  }

  #inserted(parent: string, index: number, source: Source): YamlText {
    const { list, at } = this.#target(parent, index, mapping(source.layout_properties));
    return this.#yaml.insert(list, at, source);
  }

  #moved(id: string, parent: string, index: number, layout: Json | undefined): YamlText {
    const part = this.#known(id);
    const { list: from, at } = this.#place(id);
    const target = this.#target(parent, index, layout ?? part.layout, part);
    if (target.list.length > from.length && [...from, at].every((step, depth) => step === target.list[depth])) {
      throw new Error(`${part.name || part.type} can't be put into itself.`);
    }
    const to = shifted(target.list, from, at);
    const moved = this.#yaml.move(from, at, to, target.at);
    return layout ? moved.set([...to, target.at, "layout_properties"], layout) : moved;
  }

  /// The list that a container's new child goes into, and the place in it.
  #target(parent: string, index: number, layout: Json, without?: Part): { list: Path; at: number } {
    const container = this.#known(parent);
    const others = container.children.filter((child) => child !== without);
    if (parent !== "") return { list: [...this.#path(parent), "components"], at: index };
    if (!this.layout) return { list: ["components"], at: index };
    const slot = String(layout.slot ?? "default");
    const before = others.slice(0, index).filter((child) => String(child.layout.slot) === slot);
    return { list: ["components_by_slot", slot], at: before.length };
  }

  /// The list that a component is in, and its place in it.
  #place(id: string): { list: Path; at: number } {
    const path = this.#path(id);
    if (path.length === 0 || id === "") throw new Error("The form's own container stays where it is.");
    return { list: path.slice(0, -1), at: path[path.length - 1] as number };
  }

  #known(id: string): Part {
    const part = this.#parts.get(id);
    if (!part) throw new Error(`There is no component ${id} in this form.`);
    return part;
  }

  /// Where a component is written; the container's properties are in a mapping of its own.
  #path(id: string): Path {
    const path = this.#paths.get(id);
    if (!path) throw new Error(`There is no component ${id} in this form.`);
    return path;
  }

  #at(path: Path): unknown {
    return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)?.[key], this.#said);
  }

  #read(): Part {
    const names = new Map<string, number>();
    const count = (items: unknown): void => {
      for (const item of sources(items)) {
        names.set(String(item.name), (names.get(String(item.name)) ?? 0) + 1);
        count(item.components);
      }
    };
    const { components, components_by_slot: bySlot } = this.#said;
    count(components);
    const slots = this.layout && isMapping(bySlot) ? Object.entries(bySlot) : [];
    for (const [, items] of slots) count(items);
    const container = this.#container();
    const reading = { names, slots, components };
    const type = typeof container.type === "string" ? container.type : "ColumnPanel";
    // Registered first: the container is the first of `parts`.
    const root: Part & { children: Part[] } = { ...read("", "", null, 0, { ...container, type }), children: [] };
    this.#parts.set("", root);
    this.#paths.set("", [this.layout ? "layout" : "container"]);
    root.children.push(...this.#children(reading.components, ["components"], "", reading.names, 0));
    for (const [slot, items] of reading.slots) {
      const made = this.#children(items, ["components_by_slot", slot], "", reading.names, root.children.length);
      root.children.push(...made.map((part) => this.#slotted(part, slot)));
    }
    return root;
  }

  /// What holds everything: a container, or the layout that the form fills, with the form's own events.
  #container(): Json {
    if (!this.layout) return mapping(this.#said.container);
    const layout = mapping(this.#said.layout);
    return { ...layout, event_bindings: { ...mapping(layout.event_bindings), ...mapping(layout.form_event_bindings) } };
  }

  #slotted(part: Part, slot: string): Part {
    const made = { ...part, layout: { ...part.layout, slot } };
    this.#parts.set(part.id, made);
    return made;
  }

  #children(
    items: unknown,
    path: Path,
    parent: string,
    names: ReadonlyMap<string, number>,
    first: number,
  ): readonly Part[] {
    if (!Array.isArray(items)) return [];
    const found: Part[] = [];
    for (const [at, item] of items.entries()) {
      if (!isMapping(item)) continue;
      const name = typeof item.name === "string" && NAME.test(item.name) ? item.name : "";
      const place = [...path, at];
      const id = name && names.get(name) === 1 ? name : `#${place.filter((step) => step !== "components").join(".")}`;
      const type = typeof item.type === "string" ? item.type : "Label";
      const part: Part & { children: Part[] } = {
        ...read(id, name, parent, first + found.length, { ...item, type }),
        children: [],
      };
      this.#parts.set(id, part);
      this.#paths.set(id, place);
      part.children.push(...this.#children(item.components, [...place, "components"], id, names, 0));
      found.push(part);
    }
    return found;
  }
}

function read(id: string, name: string, parent: string | null, index: number, item: Json): Part {
  const type = String(item.type);
  const events = Object.entries(mapping(item.event_bindings)).filter(([, method]) => method);
  return {
    id,
    name,
    parent,
    index,
    type: RENAMED[type] ?? type,
    properties: mapping(item.properties),
    layout: mapping(item.layout_properties),
    events: Object.fromEntries(events.map(([event, method]) => [event, String(method)])),
    bindings: Array.isArray(item.data_bindings) ? item.data_bindings.filter(isBinding) : [],
    children: [],
  };
}

/// A path after what stood at `list[at]` is gone.
function shifted(path: Path, list: Path, at: number): Path {
  const isBelow = path.length > list.length && list.every((step, depth) => step === path[depth]);
  const step = path[list.length];
  if (!isBelow || typeof step !== "number" || step < at) return path;
  return [...path.slice(0, list.length), step - 1, ...path.slice(list.length + 1)];
}

function sources(value: unknown): readonly Source[] {
  return Array.isArray(value) ? value.filter(isMapping).map((item) => item as unknown as Source) : [];
}

function isMapping(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isBinding(value: unknown): value is Binding {
  return isMapping(value) && typeof value.property === "string" && typeof value.code === "string";
}

function mapping(value: unknown): Json {
  return isMapping(value) ? value : {};
}
