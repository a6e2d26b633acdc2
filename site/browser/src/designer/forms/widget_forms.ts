/// Every form of a widget as its template has it, and which of them uses which.
import type { Form, Slot } from "../../gui/app.ts";
import { ownSpecs, specOfOwn } from "../specs.ts";
import { type Part, type Source, Template } from "../texts/template.ts";
import { formsOf } from "./form_place.ts";
import type { OwnComponent } from "./own_component.ts";

interface Files {
  text(path: string): string | null;
  paths(): readonly string[];
}

/// That a form needs another one.
export interface Use {
  /// The form that is used.
  readonly form: string;
  readonly how: "component" | "layout" | "item template";
  /// The id of the component that needs it; "" for the form itself.
  readonly id: string;
}

const FORM = "form:";

/// Reads the templates of a widget, each again only when its text has changed.
export class WidgetForms {
  readonly #files: Files;
  readonly #read = new Map<string, { readonly text: string; readonly template: Template }>();
  readonly #drawn = new WeakMap<Template, { readonly owner: string; readonly form: Form }>();

  constructor(files: Files) {
    this.#files = files;
  }

  /// Name → template; `known` is one that was read already. What can't be read is as it was when it could.
  all(known?: { readonly name: string; readonly template: Template }): ReadonlyMap<string, Template> {
    const found = new Map<string, Template>();
    for (const { name, template: path } of formsOf(this.#files.paths())) {
      const text = this.#files.text(path) ?? "";
      const before = this.#read.get(path);
      const template = before?.text === text ? before.template : (this.#again(name, text, known) ?? before?.template);
      if (!template) continue;
      this.#read.set(path, { text, template });
      found.set(name, template);
    }
    return found;
  }

  #again(name: string, text: string, known?: { readonly name: string; readonly template: Template }): Template | null {
    if (known?.name === name && known.template.text === text) return known.template;
    try {
      return new Template(text);
    } catch {
      return null;
    }
  }

  /// The forms as pages know them, in a package of that name.
  drawn(owner: string, templates: ReadonlyMap<string, Template>): Readonly<Record<string, Form>> {
    const made: Record<string, Form> = {};
    for (const [name, template] of templates) {
      const before = this.#drawn.get(template);
      const form = before?.owner === owner ? before.form : drawnForm(name, template, owner);
      this.#drawn.set(template, { owner, form });
      made[name] = form;
    }
    return made;
  }
}

function drawnForm(name: string, template: Template, owner: string): Form {
  const form = template.form(name, (said) => wholeType(said, owner));
  const { own } = template;
  return own.isComponent || own.properties.length > 0 || own.slots.length > 0
    ? { ...form, component: { properties: own.properties.map(shown), events: own.events, slots: slotsOf(own) } }
    : form;
}

function shown({ name, type, default_value }: OwnComponent["properties"][number]) {
  return { name, type, default: default_value };
}

/// Slots as pages know them.
function slotsOf(own: OwnComponent): readonly Slot[] {
  return own.slots.map(({ name, isInLayout, target, index, isForOne, layout }) => ({
    name,
    path: target ? [target] : [],
    is_slot: isInLayout,
    layout,
    index,
    one: isForOne,
  }));
}

/// "form:Row" → "form:Package.Row"; a dependency's has its package already.
export function wholeType(said: string, owner: string): string {
  const [, first = "", second] = said.split(":");
  if (second !== undefined) return `${FORM}${second}`;
  return first.startsWith(`${owner}.`) ? said : `${FORM}${owner}.${first}`;
}

/// The name of a form of the widget, as "form:Row", "form:Package.Row", "Row" or "Package.Row" says it; "" for others.
export function localName(said: string, names: ReadonlySet<string>): string {
  const bare = said.startsWith(FORM) ? said.slice(FORM.length) : said;
  if (bare.includes(":")) return "";
  const inside = bare.slice(bare.indexOf(".") + 1);
  return names.has(bare) ? bare : names.has(inside) ? inside : "";
}

/// What a template needs other forms of the widget for.
export function usesOf(template: Template, names: ReadonlySet<string>): readonly Use[] {
  const found: Use[] = [];
  const add = (said: unknown, how: Use["how"], id: string): void => {
    const form = typeof said === "string" ? localName(said, names) : "";
    if (form) found.push({ form, how, id });
  };
  add(template.layout, "layout", "");
  for (const part of template.parts) {
    if (part.id !== "" && part.type.startsWith(FORM)) add(part.type, "component", part.id);
    if (part.type === "RepeatingPanel") add(part.properties.item_template, "item template", part.id);
  }
  return found;
}

/// Whether a form is drawn with another one in it, at any depth; rows of lists are not: they end with their items.
export function contains(outer: string, inner: string, templates: ReadonlyMap<string, Template>): boolean {
  const names = new Set(templates.keys());
  const seen = new Set<string>();
  const visit = (name: string): boolean => {
    if (name === inner) return true;
    const template = templates.get(name);
    if (seen.has(name) || !template) return false;
    seen.add(name);
    return usesOf(template, names).some(({ form, how }) => how !== "item template" && visit(form));
  };
  return visit(outer);
}

/// The forms of the widget that a component brings with it: itself and those in its panels.
export function formsWithin({ type, components = [] }: Source): readonly string[] {
  const own = type.startsWith(FORM) ? [type.slice(FORM.length)] : [];
  return [...own, ...components.flatMap(formsWithin)];
}

/// The RepeatingPanel that a component is, and the form that it shows for each item; null for others.
export function templateOf(part: Part, names: ReadonlySet<string>): string | null {
  const said = part.type === "RepeatingPanel" ? part.properties.item_template : null;
  return typeof said === "string" ? localName(said, names) || null : null;
}

/// Let the toolbox and the inspector know the widget's forms as components.
export function showOwn(templates: ReadonlyMap<string, Template>): void {
  ownSpecs.value = Object.fromEntries(
    [...templates].map(([name, template]) => {
      const type = `${FORM}${name}`;
      return [type, specOfOwn(type, template.own, template.root.type)];
    }),
  );
}
