/// What another name of a component changes.
import type { Operation, Part } from "./template.ts";

/// Another name for a component, with the names of its own handlers: what to do to the template, and old names → new.
export function renaming(part: Part, name: string) {
  const renames = new Map([[part.name, name]]);
  const operations: Operation[] = [];
  for (const [event, handler] of Object.entries(part.events)) {
    if (!part.name || !handler.startsWith(`${part.name}_`)) continue;
    const fresh = name + handler.slice(part.name.length);
    renames.set(handler, fresh);
    operations.push({ op: "event", id: part.id, event, handler: fresh });
  }
  operations.push({ op: "rename", id: part.id, name });
  return { renames, operations };
}
