/// The form on the canvas. After an edit only what changed is made anew, and the panels around it.
import type { Form, Node } from "../app.ts";
import type { Component } from "../components/component.ts";
import { formOf, isForm } from "../layouts.ts";
import type { FindForm, Made, PageHost } from "../page_host.ts";
import { type Hole, isHole } from "./holes.ts";
import { dim, hint, type Paint, rows, showOwn } from "./samples.ts";

/// A component of the form that is drawn.
export interface Drawn {
  readonly component: Component;
  readonly parent: string | null;
  readonly depth: number;
  readonly node: Node;
}

/// What is drawn: a form as a whole, and the one in it that is edited, which is itself where there are no lists.
export interface Scene {
  readonly form: Form;
  readonly edited: Form;
  /// Ids of lists, each in the template of the one before: the last one's template is edited, in its first row.
  readonly inside: readonly string[];
}

/// A component with what it was made from.
interface Piece extends Drawn {
  /// What it looks like by itself, without what is in it.
  readonly said: string;
}

export class Drawing {
  readonly #hostOf: () => PageHost;
  #host: PageHost;
  /// The name that libraries and other forms know the form by begins with it.
  readonly #package: string;
  readonly #find: FindForm;
  #scene: Scene | null = null;
  #pieces = new Map<string, Piece>();
  /// Whether everything is as the form says, so that it can be kept.
  #isTrue = false;
  /// How many forms were painted within it, so that each has a place of its own.
  #others = 0;
  /// What stands for slots.
  holes: readonly (Hole["hole"] & { readonly component: Component })[] = [];

  /// `hostOf` makes what everything is drawn with, when all of it is made anew.
  constructor(hostOf: () => PageHost, packageName: string, find: FindForm) {
    this.#find = find;
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
  draw(scene: Scene, isPlain = false): Component | undefined {
    const before = this.#isTrue && this.#scene?.form.name === scene.form.name ? this.#scene : null;
    const keeps = before !== null && canBeKept(before) && canBeKept(scene);
    const root = keeps ? this.#patched(scene.form.root) : this.#painted(scene, isPlain);
    this.#scene = scene;
    this.#isTrue = root !== undefined && !isPlain;
    return root;
  }

  #painted({ form, edited, inside }: Scene, isPlain: boolean): Component | undefined {
    this.#host = this.#hostOf();
    const made = new Map<Node, Component>();
    const root = this.#host.paint(`${this.#package}.${form.name}`, "", this.#into(made, isPlain));
    if (root === undefined) return undefined;
    if (!isPlain) for (const [node, component] of made) hint(node, component);
    const live = isPlain ? undefined : rows(this.#paint, made, inside);
    live?.root.element.classList.add("design-live");
    document.body.classList.toggle("design-inside", live !== undefined);
    this.#keep(edited.root, live?.made ?? made);
    const layout = [...(live?.made ?? made)].find(([node]) => node.name === "layout" && isForm(node))?.[1];
    if (edited.layout && layout && !isPlain) dim(layout.element, this.#own());
    return this.#host.component(root);
  }

  /// Know the components of the form that is edited by their ids, and what stands for slots.
  #keep(top: Node, made: ReadonlyMap<Node, Component>): void {
    this.#pieces = new Map();
    const holes: (Hole["hole"] & { readonly component: Component })[] = [];
    // The container of a form with a layout is another than the one that the form has.
    const container = [...made].find(([node]) => node.name === "")?.[1];
    const keep = (node: Node, parent: string | null, depth: number): void => {
      const component = made.get(node) ?? (parent === null ? container : undefined);
      if (component && isHole(node)) {
        component.element.classList.add("design-slot");
        component.element.classList.toggle("is-own", node.hole.of === null);
        holes.push({ ...node.hole, component });
      } else if (component) this.#pieces.set(idOf(node), { component, parent, depth, node, said: saidOf(node) });
      for (const child of node.children) keep(child, idOf(node), depth + 1);
    };
    keep(top, null, 0);
    this.holes = holes;
  }

  /// Notes what is made for a design; forms in it show what they are given.
  #into(made: Map<Node, Component>, isPlain = false): Made {
    return (node, component, user) => {
      if (!user) made.set(node, component);
      else if (!isPlain) showOwn(node, component, user, this.#find(formOf(user)));
    };
  }

  /// Paints rows of lists.
  readonly #paint: Paint = (template) => {
    const name = template.startsWith(`${this.#package}.`) ? template : `${this.#package}.${template}`;
    const made = new Map<Node, Component>();
    this.#others += 1;
    const root = this.#host.paint(name, `row ${this.#others}`, this.#into(made));
    if (root === undefined) return undefined;
    for (const [node, component] of made) hint(node, component);
    return { root: this.#component(root), made };
  };

  /// The elements of what can be edited.
  #own(): ReadonlySet<Element> {
    const own = [...this.#pieces].filter(([id]) => id !== "").map(([, { component }]) => component.element);
    return new Set([...own, ...this.holes.map(({ component }) => component.element)]);
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
    rows(this.#paint, new Map([[node, component]]), []);
    return component;
  }

  #formIn(node: Node): Component | undefined {
    this.#others += 1;
    const tell: Made = (part, made, user = node) => showOwn(part, made, user, this.#find(formOf(user)));
    const root = this.#host.paint(formOf(node), `part ${this.#others}`, tell);
    if (root === undefined) return undefined;
    const component = this.#component(root);
    for (const [name, value] of Object.entries(node.properties)) component.set(name, value);
    return component;
  }

  #component(id: number): Component {
    return this.#host.component(id);
  }

  /// Let go of a component, and of what is still in it.
  #drop(component: Component): void {
    component.parent = undefined;
    for (const child of component.children) if (child.parent === component) this.#drop(child);
    this.#host.drop(component.id);
  }
}

/// Whether its components stand in each other as the design says: what is in slots of other forms does not, and what
/// stands for a slot is in nobody's design.
function canBeKept({ form: { root, layout }, inside }: Scene): boolean {
  const isPlain = (node: Node): boolean =>
    !isHole(node) && !(isForm(node) && node.children.length > 0) && node.children.every(isPlain);
  return inside.length === 0 && !layout && isPlain(root);
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
