/// Two designs that began as one, brought together component by component where their texts can't be line by line.

import { type Operation, type Part, type Source, Template } from "./template.ts";
import { neighbourIn, sameJson } from "./template_parts.ts";

type Json = Readonly<Record<string, unknown>>;

/// The design with both sides' changes; null where they meet, or where it can't be known.
export function mergeTemplates(base: string, mine: string, theirs: string): string | null {
  try {
    const [b, m, t] = [new Template(base), new Template(mine), new Template(theirs)];
    if ([b, m, t].some(hasNameless)) return null;
    // What was moved stays moved: the other side's changes go there.
    if (isInPlace(b, t)) return brought(b, t, m);
    return isInPlace(b, m) ? brought(b, m, t) : null;
  } catch {
    return null;
  }
}

/// What `from` changed since `base`, done to `onto`, too; null where that changed the same.
function brought(base: Template, from: Template, onto: Template): string | null {
  let merged = onto;
  for (const part of from.parts) {
    const before = base.part(part.id);
    const made = before ? changed(before, part, onto.part(part.id)) : inserted(part, { base, from, onto, merged });
    if (made === null) return null;
    merged = made.reduce((template, operation) => template.apply(operation), merged);
  }
  for (const part of base.parts) {
    if (from.part(part.id) || (part.parent !== null && !from.part(part.parent))) continue;
    const there = onto.part(part.id);
    if (!there) continue;
    // Deleted here and changed there: who deleted did not see that.
    if (!sameJson(base.source(part.id), onto.source(part.id))) return null;
    merged = merged.apply({ op: "remove", id: part.id });
  }
  return merged.text;
}

/// A component that is new; null when the other side has one of its name that is another.
function inserted(
  part: Part,
  { base, from, onto, merged }: Readonly<Record<"base" | "from" | "onto" | "merged", Template>>,
): readonly Operation[] | null {
  const source: Source = from.source(part.id);
  if (onto.part(part.id)) return sameJson(onto.source(part.id), source) ? [] : null;
  const parent = part.parent ?? "";
  // It comes with the panel that is new, too.
  if (!base.part(parent)) return onto.part(parent) ? null : [];
  if (!onto.part(parent)) return null;
  const index = neighbourIn(merged, from, part);
  return [{ op: "insert", parent, index, source: withLayout(source, part) }];
}

/// What a component in a layout's slot says of it stands above it, not in it.
function withLayout(source: Source, part: Part): Source {
  return "slot" in part.layout ? { ...source, layout_properties: part.layout } : source;
}

function changed(before: Part, after: Part, there: Part | undefined): readonly Operation[] | null {
  const id = after.id;
  const keys = [
    ...differing(before.properties, after.properties).map((key) => ["properties", key] as const),
    ...differing(before.events, after.events).map((key) => ["events", key] as const),
  ];
  const isLaid = !sameJson(before.layout, after.layout);
  const isBound = !sameJson(before.bindings, after.bindings);
  if (keys.length === 0 && !isLaid && !isBound) return [];
  if (!there) return null;
  const operations: Operation[] = [];
  for (const [where, key] of keys) {
    const [was, is, other] = [before, after, there].map((part) => (part[where] as Json)[key]);
    if (sameJson(other, is)) continue;
    if (!sameJson(other, was)) return null;
    if (where === "properties") operations.push({ op: "set", id, property: key, value: is });
    else operations.push({ op: "event", id, event: key, handler: is as string | undefined });
  }
  if (isLaid && !sameJson(there.layout, after.layout)) {
    if (!sameJson(there.layout, before.layout)) return null;
    operations.push({ op: "layout", id, layout: after.layout });
  }
  if (isBound && !sameJson(there.bindings, after.bindings)) {
    if (!sameJson(there.bindings, before.bindings)) return null;
    operations.push({ op: "bind", id, bindings: after.bindings });
  }
  return operations;
}

function differing(before: Json, after: Json): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => !sameJson(before[key], after[key]));
}

/// Whether every component is still where it was, among the others that were there, and is of the same type.
function isInPlace(base: Template, side: Template): boolean {
  if (!sameJson(base.rest, side.rest)) return false;
  for (const part of base.parts) {
    const now = side.part(part.id);
    if (!now) continue;
    if (now.parent !== part.parent || now.type !== part.type) return false;
    const order = (one: Part, other: Template) => one.children.map(({ id }) => id).filter((id) => other.part(id));
    if (!sameJson(order(part, side), order(now, base))) return false;
  }
  return true;
}

function hasNameless(template: Template): boolean {
  return [...template.parts].some(({ id }) => id.startsWith("#"));
}
