/// Empty slots, which are drawn by their names so that something can be put there: parts of a design that is only drawn.
import type { Form, Node, Slot } from "../app.ts";
import { isForm } from "../layouts.ts";
import { slotId } from "./messages.ts";

/// A component that stands for a slot.
export interface Hole extends Node {
  readonly hole: {
    readonly slot: string;
    /// The id of the component whose slot it is; null for a slot that the form itself has for others.
    readonly of: string | null;
  };
}

export type Identified = Node & { readonly id?: string };

/// The slots of a form by a component's type ("form:Package.Card").
export type SlotsOf = (type: string) => readonly Slot[];

export function isHole(node: Node): node is Hole {
  return "hole" in node;
}

/// The form with what stands for its own slots, for the empty ones of its layout and of the forms in it, and for forms
/// that are not there.
export function withHoles(form: Form, slotsOf: SlotsOf, isThere: (type: string) => boolean = () => true): Form {
  const root = inside(form.root, slotsOf, isThere);
  return { ...form, root: (form.component?.slots ?? []).reduceRight(withOwn, root) };
}

function inside(node: Identified, slotsOf: SlotsOf, isThere: (type: string) => boolean): Node {
  if (isForm(node) && node.name !== "" && !isThere(node.type)) {
    const text = `${node.name}: there is no form ${node.type.replace(/^form:([^.]+\.)?/, "")}.`;
    return {
      ...node,
      type: "Label",
      properties: { text, icon: "fa:warning", role: "error" },
      bindings: [],
      children: [],
    };
  }
  const children = node.children.map((child) => inside(child, slotsOf, isThere));
  const empty = isForm(node) ? emptySlots(node.id ?? "", node, slotsOf(node.type)) : [];
  return { ...node, children: [...children, ...empty] };
}

/// A hole for each slot that nothing is in.
function emptySlots(of: string, node: Node, slots: readonly Slot[]): readonly Hole[] {
  return slots
    .filter(({ name }) => !node.children.some((child) => child.layout.slot === name))
    .map(({ name }) => hole(name, of, { slot: name }));
}

/// The design with a hole where one of the form's own slots is.
function withOwn(root: Node, slot: Slot): Node {
  const [target = ""] = slot.path;
  const isInRoot = slot.is_slot || !target;
  const put = (node: Node, isRoot: boolean): Node => {
    const children = node.children.map((child) => put(child, false));
    if (isRoot ? !isInRoot : isInRoot || node.name !== target) return { ...node, children };
    const layout = slot.is_slot ? { slot: target } : (slot.layout ?? {});
    return { ...node, children: withChild(children, slot.index ?? -1, hole(slot.name, null, layout)) };
  };
  return put(root, true);
}

/// Before the child of that index, not counting holes.
function withChild(children: readonly Node[], index: number, made: Hole): readonly Node[] {
  const real = children.filter((child) => !isHole(child));
  const before = index >= 0 ? real[index] : undefined;
  const at = before ? children.indexOf(before) : children.length;
  return [...children.slice(0, at), made, ...children.slice(at)];
}

function hole(slot: string, of: string | null, layout: Node["layout"]): Hole {
  const nothing = { events: {}, bindings: [], children: [] };
  const properties = { text: slot, align: "center" };
  return { name: slotId(slot), type: "Label", properties, layout, ...nothing, hole: { slot, of } };
}
