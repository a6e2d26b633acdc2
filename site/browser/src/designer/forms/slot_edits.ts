/// What is done to the slots that a form has for others, and what follows in the forms that fill them.
import type { Zone } from "../../gui/design/messages.ts";
import type { Designer } from "../designer.ts";
import type { Edit } from "../texts/history.ts";
import type { Operation, Part, Template } from "../texts/template.ts";
import { type OwnSlot, ownNameProblem, writtenSlot } from "./own_component.ts";
import { localName } from "./widget_forms.ts";

/// Give the form a slot for what others put into it, at the end of its container.
export function addSlot(designer: Designer): void {
  const own = designer.template.value?.own;
  if (!own) return;
  let count = 1;
  while (own.slots.some(({ name }) => name === `slot_${count}`)) count += 1;
  const slot: OwnSlot = {
    name: `slot_${count}`,
    isInLayout: false,
    target: "",
    index: -1,
    isForOne: false,
    layout: {},
  };
  sayOfSlot(designer, slot, {});
}

/// Say something else of a slot.
export function sayOfSlot(designer: Designer, slot: OwnSlot, change: Partial<OwnSlot>): void {
  const value = writtenSlot({ ...slot, ...change });
  designer.change(`Slot ${slot.name}`, [{ op: "own", path: ["slots", slot.name], value }]);
}

/// Put it elsewhere in the form: among the components of one with a name, or in a slot of the form's own layout.
export function moveSlot(
  designer: Designer,
  slot: OwnSlot,
  { parent, index, layout }: Omit<Zone, "line" | "box" | "depth">,
): void {
  const panel = designer.template.value?.part(parent);
  if (!panel) return;
  if (parent !== "" && !panel.name) {
    designer.said.value = "Give the panel a name first: a slot says by name where it is.";
    return;
  }
  const { slot: inSlot, ...rest } = layout;
  const isInLayout = parent === "" && designer.template.value?.layout !== undefined;
  const target = isInLayout ? String(inSlot ?? "") : parent;
  const at = isInLayout ? -1 : beforeOf(panel, index);
  const value = writtenSlot({
    ...slot,
    isInLayout,
    target,
    index: at,
    layout: isInLayout ? {} : { ...rest, ...(parent !== "" && inSlot !== undefined && { slot: inSlot }) },
  });
  designer.change(`Moved slot ${slot.name}`, [{ op: "own", path: ["slots", slot.name], value }]);
}

/// -1 for behind all.
function beforeOf(panel: Part, index: number): number {
  return index >= panel.children.length ? -1 : index;
}

/// Call it otherwise, here and in the forms that fill it; "" or why not.
export function renameSlot(designer: Designer, slot: OwnSlot, name: string): string {
  const own = designer.template.value?.own;
  if (!own || name === slot.name) return "";
  const problem = ownNameProblem(
    name,
    own.slots.map((one) => one.name),
  );
  if (problem) return problem;
  designer.change(
    `Renamed slot ${slot.name} to ${name}`,
    [{ op: "own key", path: ["slots", slot.name], to: name }],
    undefined,
    undefined,
    fillers(designer, slot.name, name),
  );
  return "";
}

/// What changes in the forms that put something into the slot.
function fillers(designer: Designer, old: string, fresh: string): readonly Edit[] {
  const names = new Set(designer.templates.value.keys());
  return designer.places.flatMap((place) => {
    const template = designer.templates.value.get(place.name);
    if (!template || place.template === designer.form.template) return [];
    const isOurs = (type: string | undefined) => type !== undefined && localName(type, names) === designer.form.name;
    const operations = [
      ...(isOurs(template.layout) ? asLayout(template, old, fresh) : []),
      ...[...template.parts]
        .filter(({ type, id }) => id !== "" && isOurs(type))
        .flatMap((part) => inside(part, old, fresh)),
    ];
    const after = operations.reduce((made, operation) => made.apply(operation), template);
    return [{ path: place.template, before: template.text, after: after.text }];
  });
}

/// A form that fills the slot as one of its layout, and may hand it on as a slot of its own.
function asLayout({ own }: Template, old: string, fresh: string): readonly Operation[] {
  const handed = own.slots.filter(({ isInLayout, target }) => isInLayout && target === old);
  return [
    { op: "own key", path: ["components_by_slot", old], to: fresh },
    ...handed.map(({ name }): Operation => ({ op: "own", path: ["slots", name, "target", "name"], value: fresh })),
  ];
}

function inside({ children }: Part, old: string, fresh: string): readonly Operation[] {
  return children
    .filter(({ layout }) => layout.slot === old)
    .map(({ id, layout }) => ({ op: "layout", id, layout: { ...layout, slot: fresh } }));
}

export function removeSlot(designer: Designer, { name }: OwnSlot): void {
  designer.change(`Deleted slot ${name}`, [{ op: "own", path: ["slots", name], value: undefined }]);
}
