/// The form on the canvas. After an edit only what changed is made anew, and the panels around it.
import type { Form, Node } from "../app.ts";
import type { Component } from "../components/component.ts";
import { formOf, isForm } from "../layouts.ts";
import type { PageHost } from "../page_host.ts";

/// A component of the form that is drawn.
export interface Drawn {
  readonly component: Component;
  readonly parent: string | null;
  readonly depth: number;
}

/// A component with what it was made from.
interface Piece extends Drawn {
  readonly node: Node;
  /// What it looks like by itself, without what is in it.
  readonly said: string;
}

export class Drawing {
  readonly #hostOf: () => PageHost;
  #host: PageHost;
  /// The name that libraries and other forms know the form by begins with it.
  readonly #package: string;
  #form: Form | null = null;
  #pieces = new Map<string, Piece>();
  /// Whether everything is as the form says, so that it can be kept.
  #isTrue = false;
  /// How many forms were painted within it, so that each has a place of its own.
  #others = 0;

  /// `hostOf` makes what everything is drawn with, when all of it is made anew.
  constructor(hostOf: () => PageHost, packageName: string) {
    this.#hostOf = hostOf;
    this.#host = hostOf();
    this.#package = packageName;
  }

  /// Every component of the form that is shown, by its id in the design, containers before what is in them.
  get all(): ReadonlyMap<string, Drawn> {
    return this.#pieces;
  }

  /// Something was drawn otherwise than the form has it, or what is around it changed: next time all is made anew.
  spoil(): void {
    this.#isTrue = false;
  }

  /// Draw a form and return its container. `isPlain`: without what only designers see.
  draw(form: Form, isPlain = false): Component | undefined {
    const keeps = this.#isTrue && this.#form?.name === form.name && canBeKept(form) && canBeKept(this.#form);
    const root = keeps ? this.#patched(form.root) : this.#painted(form, isPlain);
    this.#form = form;
    this.#isTrue = root !== undefined && !isPlain;
    return root;
  }

  #painted(form: Form, isPlain: boolean): Component | undefined {
    this.#host = this.#hostOf();
    this.#pieces = new Map();
    const made = new Map<Node, Component>();
    const root = this.#host.paint(`${this.#package}.${form.name}`, "", (node, component) => made.set(node, component));
    if (root === undefined) return undefined;
    // The container of a form with a layout is another than the one that the form has.
    const container = [...made].find(([node]) => node.name === "")?.[1];
    const keep = (node: Node, parent: string | null, depth: number): void => {
      const component = made.get(node) ?? (parent === null ? container : undefined);
      if (component) this.#pieces.set(idOf(node), { component, parent, depth, node, said: saidOf(node) });
      for (const child of node.children) keep(child, idOf(node), depth + 1);
    };
    keep(form.root, null, 0);
    if (!isPlain) for (const { node, component } of this.#pieces.values()) hint(node, component);
    if (!isPlain) for (const [node, component] of made) this.#sample(node, component);
    return this.#host.component(root);
  }

  /// What is as it was stays; around what is not, each panel is made anew and takes over what was in it.
  #patched(root: Node): Component | undefined {
    const found = new Map<string, Piece>();
    const visit = (node: Node, parent: string | null, depth: number): Component | undefined => {
      const id = idOf(node);
      const inside = node.children.map((child) => visit(child, id, depth + 1));
      const said = saidOf(node);
      const known = this.#pieces.get(id);
      const isSame = known?.said === said && this.#holds(known, node, inside);
      const component = isSame ? known.component : this.#made(node, inside);
      if (component) found.set(id, { component, parent, depth, node, said });
      return component;
    };
    const made = visit(root, null, 0);
    const gone = [...this.#pieces.values()];
    this.#pieces = new Map(preorder(root).flatMap((id) => (found.has(id) ? [[id, found.get(id) as Piece]] : [])));
    const kept = new Set([...found.values()].map(({ component }) => component));
    for (const { component } of gone) if (!kept.has(component)) this.#drop(component);
    return made;
  }

  /// Whether a component has these in it, laid out as they are to be.
  #holds({ node: { children } }: Piece, node: Node, inside: readonly (Component | undefined)[]): boolean {
    return (
      children.length === inside.length &&
      children.every((child, at) => {
        const layout = node.children[at]?.layout;
        return (
          this.#pieces.get(idOf(child))?.component === inside[at] &&
          JSON.stringify(child.layout) === JSON.stringify(layout)
        );
      })
    );
  }

  #made(node: Node, inside: readonly (Component | undefined)[]): Component | undefined {
    const component = isForm(node)
      ? this.#formIn(node)
      : this.#component(this.#host.create(node.type, node.properties));
    if (!component) return undefined;
    for (const [at, child] of inside.entries()) {
      if (!child) continue;
      // The panel that it was in goes, too: there is nothing to be drawn in that.
      child.parent = undefined;
      component.insert(child, node.children[at]?.layout ?? {}, -1);
    }
    hint(node, component);
    this.#sample(node, component);
    return component;
  }

  #formIn(node: Node): Component | undefined {
    this.#others += 1;
    const root = this.#host.paint(formOf(node), `part ${this.#others}`);
    if (root === undefined) return undefined;
    const component = this.#component(root);
    for (const [name, value] of Object.entries(node.properties)) component.set(name, value);
    return component;
  }

  #component(id: number): Component {
    return this.#host.component(id);
  }

  /// A list shows its template once, in the place of its items.
  #sample(node: Node, component: Component): void {
    const template = node.type === "RepeatingPanel" ? node.properties.item_template : undefined;
    if (typeof template !== "string" || !template) return;
    const name = template.startsWith(`${this.#package}.`) ? template : `${this.#package}.${template}`;
    this.#others += 1;
    const root = this.#host.paint(name, `sample ${this.#others}`, hint);
    if (root === undefined) return;
    this.#component(root).element.classList.add("design-sample");
    component.insert(this.#component(root), {}, -1);
  }

  /// Let go of a component, and of what is still in it.
  #drop(component: Component): void {
    component.parent = undefined;
    for (const child of component.children) if (child.parent === component) this.#drop(child);
    this.#host.drop(component.id);
  }
}

/// Whether its components stand in each other as the design says: what is in slots of other forms does not.
function canBeKept({ root, layout }: Form): boolean {
  const isPlain = (node: Node): boolean => !(isForm(node) && node.children.length > 0) && node.children.every(isPlain);
  return !layout && isPlain(root);
}

function idOf(node: Node): string {
  return (node as Node & { readonly id?: string }).id ?? "";
}

function preorder(node: Node): readonly string[] {
  return [idOf(node), ...node.children.flatMap(preorder)];
}

function saidOf({ type, name, properties, bindings }: Node): string {
  return JSON.stringify([type, name, properties, bindings]);
}

/// What shows nothing yet says what it is: the expression that it will follow, else its name.
function hint(node: Node, component: Component): void {
  const property = SAYS[node.type];
  if (!property) return;
  const bound = node.bindings.find((one) => one.property === property);
  if (!bound && (node.properties[property] || node.properties.icon || node.children.length > 0)) return;
  component.set(property, bound?.code ?? node.name);
  component.element.classList.add("design-hint");
}

const SAYS: Readonly<Record<string, string>> = { Label: "text", Link: "text", Button: "text", RichText: "content" };
