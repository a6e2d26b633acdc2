/// Forms within forms: those that fill the slots of a layout, and those that others put into the slots of a component.
import type { Form, Node } from "./app.ts";

const FORM = "form:";

/// Whether a component of a design is a form of a widget's own.
export function isForm(node: Node): boolean {
  return node.type.startsWith(FORM);
}

/// The whole name of that form.
export function formOf(node: Node): string {
  return node.type.slice(FORM.length);
}

/// A form with its layout, if it has one, as its one component: that is named "layout", and the form's own are in it.
export function whole(form: Form): Form {
  const { layout, root } = form;
  if (!layout?.type.startsWith(FORM)) return form;
  const { type, properties, events = {}, bindings = [] } = layout;
  const inside: Node = { name: "layout", type, properties, layout: {}, events, bindings, children: root.children };
  return { ...form, root: { ...root, type: "FormInLayout", children: [inside] } };
}

/// The components of a design in preorder, as they are numbered: forms have numbers of their own, what is put into their
/// slots is numbered here.
export function walk(node: Node, visit: (node: Node) => void): void {
  if (!isForm(node)) visit(node);
  for (const child of node.children) walk(child, visit);
}
