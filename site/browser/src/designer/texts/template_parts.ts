/// Parts of templates, compared.
import type { Part, Template } from "./template.ts";

/// Whether two values of JSON say the same, whatever the order of their keys.
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => sameJson(one[key], other[key]));
}

/// Where in `onto` a part of `from` goes: behind the nearest of its siblings there that stands before it.
export function neighbourIn(onto: Template, from: Template, part: Part): number {
  const siblings = from.part(part.parent ?? "")?.children ?? [];
  for (const sibling of siblings.slice(0, part.index).reverse()) {
    const there = onto.part(sibling.id);
    if (there && there.parent === part.parent) return there.index + 1;
  }
  return 0;
}
