/// What another name of a component changes.
import { specOf } from "../specs.ts";
import { isMember, nameFault } from "./python_names.ts";
import type { Operation, Part, Template } from "./template.ts";

/// Why a component of a form can't be called so; "" when it can.
export function nameProblem(template: Template, name: string): string {
  const fault = nameFault(name);
  if (fault) return fault;
  if (template.names.has(name)) return `There is a ${name} already.`;
  const properties = [...template.own.properties, ...specOf(template.root.type).properties];
  const isTaken = isMember(name) || properties.some((property) => property.name === name);
  return isTaken ? `The form has a ${name} of its own: self.${name}.` : "";
}

/// Another name for a component, with the names of its own handlers: what to do to the template, and old names → new.
export function renaming(template: Template, part: Part, name: string) {
  const renames = new Map([[part.name, name]]);
  const operations: Operation[] = [];
  for (const [event, handler] of Object.entries(part.events)) {
    if (!part.name || !handler.startsWith(`${part.name}_`)) continue;
    const fresh = name + handler.slice(part.name.length);
    renames.set(handler, fresh);
    operations.push({ op: "event", id: part.id, event, handler: fresh });
  }
  operations.push({ op: "rename", id: part.id, name });
  for (const slot of template.own.slots.filter(
    ({ target, isInLayout }) => !isInLayout && part.name && target === part.name,
  ))
    operations.push({ op: "own", path: ["slots", slot.name, "target", "name"], value: name });
  return { renames, operations };
}

/// Slots go with the component that they are in.
export function slotsGone(template: Template, parts: readonly Part[]): readonly Operation[] {
  const names = new Set<string>();
  const visit = (part: Part): void => {
    if (part.name) names.add(part.name);
    part.children.forEach(visit);
  };
  parts.forEach(visit);
  const gone = template.own.slots.filter(({ isInLayout, target }) => !isInLayout && names.has(target));
  return gone.map(({ name }) => ({ op: "own", path: ["slots", name], value: undefined }));
}

/// A slot stays before the component that it was before, whatever comes or goes around it.
export function slotsKept(before: Template, after: Template, done: readonly Operation[]): readonly Operation[] {
  if (!done.some(({ op }) => op === "insert" || op === "remove" || op === "move")) return [];
  return before.own.slots.flatMap(({ name, isInLayout, target, index }) => {
    const now = after.own.slots.find((one) => one.name === name);
    const panel = isInLayout || index < 0 ? undefined : before.part(target);
    if (!panel || now?.target !== target || now.index !== index) return [];
    const inside = after.part(target)?.children ?? [];
    const rest = new Set(panel.children.slice(index).map(({ id }) => id));
    const at = inside.findIndex(({ id }) => rest.has(id));
    if (at === index) return [];
    return [{ op: "own", path: ["slots", name, "index"], value: at < 0 ? undefined : at }];
  });
}

export function applied(template: Template, operations: readonly Operation[]): Template {
  return operations.reduce((made, operation) => made.apply(operation), template);
}
