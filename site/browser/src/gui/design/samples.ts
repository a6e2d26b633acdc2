/// What of a form is drawn beside its components: what shows nothing yet, rows of lists, what belongs to its layout.
import type { Form, Node } from "../app.ts";
import type { Component } from "../components/component.ts";
import { formOf, isForm } from "../layouts.ts";
import type { Identified } from "./holes.ts";

const SAYS: Readonly<Record<string, string>> = { Label: "text", Link: "text", Button: "text", RichText: "content" };
const SLOTS = "[anvil-slot], [anvil-slot-repeat]";
/// Rows that a list shows while its template is drawn in the first of them.
const ROWS = 3;
/// Lists within rows of lists are drawn so deep.
const DEEPEST = 4;

/// What shows nothing yet says what it is: the expression that it will follow, else its name.
export function hint(node: Node, component: Component): void {
  // A slot of a page with nothing but room in it is empty, too.
  for (const slot of component.element.matches(".anvil-html-template") ? component.element.querySelectorAll(SLOTS) : [])
    if (slot.childElementCount === 0 && !slot.textContent?.trim()) slot.replaceChildren();
  const property = SAYS[node.type];
  if (!property) return;
  const bound = node.bindings.find((one) => one.property === property);
  if (!bound && (node.properties[property] || node.properties.icon || node.children.length > 0)) return;
  component.set(property, bound?.code ?? node.name);
  component.element.classList.add("design-hint");
}

/// In a form that another uses: what is bound to one of its own properties shows that.
export function showOwn(node: Node, component: Component, user: Node, form: Form | undefined): void {
  const defaults = new Map(form?.component?.properties.map((one) => [one.name, one.default]));
  let isShown = false;
  for (const { property, code } of node.bindings) {
    const own = /^\s*self\.(\w+)\s*$/.exec(code)?.[1] ?? "";
    const value = own in user.properties ? user.properties[own] : defaults.get(own);
    if (value === undefined || value === null || value === "") continue;
    component.set(property, value);
    isShown ||= property === SAYS[node.type];
  }
  if (!isShown) hint(node, component);
}

/// A form that was painted, with its components by what the design says of them.
export interface Painted {
  readonly root: Component;
  readonly made: ReadonlyMap<Node, Component>;
}

/// Paints a form once more.
export type Paint = (form: string) => Painted | undefined;

/// Show in each list what a row will be. Along `inside` (ids of lists, each in the template of the one before) the first
/// row is the one that is edited: what was painted for it is returned.
export function rows(
  paint: Paint,
  made: ReadonlyMap<Node, Component>,
  inside: readonly string[],
  depth = 1,
): Painted | undefined {
  let live: Painted | undefined;
  for (const [node, list] of made) {
    const template = templateOf(node);
    if (!template) continue;
    const isEntered = inside.length > 0 && inside[0] === (node as Identified).id;
    for (let row = 0; row < (isEntered ? ROWS : 1); row += 1) {
      const painted = paint(template);
      if (!painted) break;
      const isLive = isEntered && row === 0;
      if (!isLive) painted.root.element.classList.add("design-sample");
      list.insert(painted.root, {}, -1);
      const within = isLive ? inside.slice(1) : [];
      const deeper = depth < DEEPEST ? rows(paint, painted.made, within, depth + 1) : undefined;
      if (isLive) live = within.length > 0 ? deeper : painted;
    }
  }
  return live;
}

/// The template of a list, by its name in the widget or its whole one.
export function templateOf(node: Node): string {
  const said = node.type === "RepeatingPanel" ? node.properties.item_template : undefined;
  return typeof said === "string" ? said : "";
}

/// The ways in which a form would be drawn within itself; none for a form that can be drawn.
export function circle(name: string, find: (name: string) => Form | undefined, above: readonly string[] = []): string {
  if (above.includes(name)) return [...above.slice(above.indexOf(name)), name].join(" → ");
  const form = find(name);
  if (!form) return "";
  for (const used of usedBy(form.root)) {
    const found = circle(used, find, [...above, name]);
    if (found) return found;
  }
  return "";
}

function usedBy(node: Node): readonly string[] {
  const own = isForm(node) ? [formOf(node)] : [];
  return [...new Set([...own, ...node.children.flatMap(usedBy)])];
}

/// Show what is the layout's, and not the form's own, as what can't be changed here.
export function dim(layout: Element, own: ReadonlySet<Element>): void {
  for (const element of layout.children) {
    if (own.has(element)) continue;
    if ([...own].some((one) => element.contains(one))) dim(element, own);
    else element.classList.add("design-outer");
  }
}
