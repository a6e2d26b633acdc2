/// What another name of a component changes.
import type { Operation, Part, Template } from "./template.ts";

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
