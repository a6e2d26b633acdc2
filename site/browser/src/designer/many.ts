/// What is done to several components at once: the operations, and how a panel lays out those that come together.
import { freshName } from "./specs.ts";
import { shareFor } from "./stage/widths.ts";
import type { Operation, Part, Source, Template } from "./texts/template.ts";

type Json = Readonly<Record<string, unknown>>;

/// Where they go, and how what they go into lays out the one that was taken.
export interface Spot {
  readonly parent: string;
  readonly index: number;
  readonly layout: Json;
  /// Others that are laid out anew for it.
  readonly also?: readonly { readonly id: string; readonly layout: Json }[];
}

/// Those of them that none of the others contains, in the order of the design; the form is none.
export function topmost(template: Template, ids: readonly string[]): readonly Part[] {
  const wanted = new Set(ids);
  const isInside = (part: Part): boolean => {
    for (let at = part.parent; at; at = template.part(at)?.parent ?? null) if (wanted.has(at)) return true;
    return false;
  };
  return [...template.parts].filter((part) => part.id !== "" && wanted.has(part.id) && !isInside(part));
}

/// The last first: places before them stay what they are.
export function removals(parts: readonly Part[]): readonly Operation[] {
  return parts.map((part): Operation => ({ op: "remove", id: part.id })).reverse();
}

/// What is selected when these are gone.
export function neighbour(template: Template, part: Part, gone: ReadonlySet<Part>): string {
  const siblings = template.part(part.parent ?? "")?.children ?? [];
  const before = siblings.slice(0, part.index).reverse();
  const others = [...siblings.slice(part.index + 1), ...before].filter((one) => !gone.has(one));
  return others[0]?.id ?? part.parent ?? "";
}

/// Move them, together and in their order; `index` counts the children that stay.
export function moves(template: Template, parts: readonly Part[], spot: Spot, taken: string): readonly Operation[] {
  const { parent, index } = spot;
  if (parts.length > 1 && [parent, ...parts.map((part) => part.id)].some((id) => id.startsWith("#"))) {
    throw new Error("Components without a name of their own are moved one at a time.");
  }
  const layouts = laidOut(template, parts, spot, taken);
  const moving = new Set(parts.map((part) => part.id));
  let order = (template.part(parent)?.children ?? []).map((child) => child.id);
  const next = order.filter((id) => !moving.has(id))[index];
  return parts.map((part, at): Operation => {
    const others = order.filter((id) => id !== part.id);
    const place = next === undefined ? others.length : others.indexOf(next);
    order = [...others.slice(0, place), part.id, ...others.slice(place)];
    return { op: "move", id: part.id, parent, index: place, layout: layouts[at] as Json };
  });
}

/// Put them there, one behind the other.
export function insertions(template: Template, sources: readonly Source[], spot: Spot): readonly Operation[] {
  const parts = sources.map((source) => ({ id: source.name ?? "", layout: source.layout_properties ?? {} }));
  const layouts = laidOut(template, parts, spot, parts[0]?.id ?? "");
  return sources.map((source, at): Operation => {
    const laid = { ...source, layout_properties: layouts[at] as Json };
    return { op: "insert", parent: spot.parent, index: spot.index + at, source: laid };
  });
}

type Laid = Pick<Part, "id" | "layout">;

/// The layout of each: what stood side by side still does, and free ones keep their distances.
function laidOut(template: Template, parts: readonly Laid[], spot: Spot, taken: string): readonly Json[] {
  const { layout } = spot;
  const first = parts.find(({ id }) => id === taken) ?? parts[0];
  if ("grid_position" in layout) return inColumns(template, parts, spot);
  if ("row" in layout) return parts.map((part) => (part === parts[0] ? layout : { ...layout, row: letters() }));
  if ("x" in layout && "y" in layout) {
    const areFree = parts.every((part) => "x" in part.layout && "y" in part.layout);
    return parts.map((part, at) => ({
      ...(areFree && part.layout),
      ...layout,
      x: Number(layout.x) + (areFree ? Number(part.layout.x) - Number(first?.layout.x) : 10 * at),
      y: Number(layout.y) + (areFree ? Number(part.layout.y) - Number(first?.layout.y) : 40 * at),
    }));
  }
  return parts.map(() => layout);
}

/// In a panel of rows: into a column of a row, beside it in columns of their own, or in new rows as they were in old ones.
function inColumns(template: Template, parts: readonly Laid[], { parent, layout }: Spot): readonly Json[] {
  const [row, column] = cellOf(layout);
  const moving = new Set(parts.map(({ id }) => id));
  const there = (template.part(parent)?.children ?? [])
    .filter(({ id }) => !moving.has(id))
    .map((one) => cellOf(one.layout));
  if (there.some(([r, c]) => r === row && c === column)) return parts.map(() => layout);
  const isNew = there.every(([r]) => r !== row);
  const rows = new Map<string, string>();
  return parts.map((part, at) => {
    const [old, its] = cellOf(part.layout);
    if (!isNew) return { ...layout, grid_position: `${row},${at === 0 ? column : letters()}` };
    const known = old ? rows.get(old) : undefined;
    const fresh = known ?? (rows.size === 0 && at === 0 ? row : letters());
    if (old) rows.set(old, fresh);
    return { ...layout, grid_position: `${fresh},${its || (at === 0 ? column : letters())}` };
  });
}

/// The row and the column that a layout names; "" for none.
export function cellOf(layout: Json): readonly [string, string] {
  const [row = "", column = ""] =
    String(layout.grid_position ?? "")
      .split(" ")[0]
      ?.split(",") ?? [];
  return [row, column];
}

/// A name for a row or column that no other has.
export function letters(): string {
  return String.fromCharCode(...crypto.getRandomValues(new Uint8Array(6)).map((letter) => 65 + (letter % 26)));
}

/// A copy whose components have names that are free.
export function renamed(source: Source, taken: Set<string>): Source {
  const name = freshName(source.type, taken);
  taken.add(name);
  const inside = source.components?.map((child) => renamed(child, taken));
  // The name first, as people look for it.
  const { name: _, ...rest } = source;
  return { name, ...rest, ...(inside && { components: inside }) };
}

/// What else has to be laid out anew for a target.
export function besides(template: Template, { parent, layout: its, also = [] }: Spot): readonly Operation[] {
  const others = also.map(({ id, layout }): Operation => ({ op: "layout", id, layout }));
  return [...others, ...shareFor(template, parent, its)];
}

/// What several are called together.
export function listed(names: readonly string[]): string {
  return names.length > 2 ? `${names.length} components` : names.join(" and ");
}
