/// Where components go in slots of forms, in cells of tables, and between words.

import type { Slot } from "../app.ts";
import type { Component } from "../components/component.ts";
import { DataGrid, rowOf } from "../components/data_grid.ts";
import { DataRowPanel } from "../components/data_row_panel.ts";
import { RichText } from "../components/rich_text.ts";
import type { Rect, Zone } from "./messages.ts";
import { type Child, type Place, rect, stacked } from "./zones.ts";

/// A child with the slot that the design says it is in.
export interface SlotChild extends Child {
  readonly slot: unknown;
}

export type SlotPlace = Omit<Place, "children"> & { readonly children: readonly SlotChild[] };

/// In each slot of a form that others use or fill; `emptyAt` is where one is drawn that nothing is in.
export function formZones(
  place: SlotPlace,
  slots: readonly Slot[],
  emptyAt: (slot: string) => Rect | undefined,
): readonly Zone[] {
  return slots.flatMap(({ name, one }) => {
    const inside = place.children.filter(({ slot }) => slot === name);
    if (one && inside.length > 0) return [];
    const first = inside[0] ? place.children.indexOf(inside[0]) : place.children.length;
    const within = inside.length > 0 ? around(inside) : emptyAt(name);
    // An empty slot is marked as it is drawn.
    if (!within) return [];
    return stacked(place, inside, first, { slot: name }, within);
  });
}

/// The zones of a table, of one of its rows, or of a text; undefined for what is none of these.
export function cellZones(place: Place): readonly Zone[] | undefined {
  const { component } = place;
  if (component instanceof DataRowPanel) return columnsOf(place);
  if (component instanceof DataGrid) return rowsOf(place);
  if (component instanceof RichText) return wordsOf(place);
  return undefined;
}

export function takesInCells(component: Component): boolean {
  return [DataRowPanel, DataGrid, RichText].some((kind) => component instanceof kind);
}

function columnsOf(place: Place): readonly Zone[] {
  const cells = place.component.element.querySelectorAll<HTMLElement>(":scope > [data-grid-col-id]");
  const ids = [...cells].map((cell) => cell.dataset.gridColId);
  const rest = place.children.filter(({ component }) => !ids.includes(String(component.layout.column)));
  const zones = [...cells].flatMap((cell) => {
    const column = cell.dataset.gridColId;
    const inside = place.children.filter((child) => child.component.layout.column === column);
    const first = inside[0] ? place.children.indexOf(inside[0]) : place.children.length;
    return stacked(place, inside, first, { column }, rect(cell));
  });
  if (cells.length > 0 && rest.length === 0) return zones;
  const at = rest[0] ? place.children.indexOf(rest[0]) : 0;
  return [...zones, ...stacked(place, rest, at, {}, rest.length > 0 ? around(rest) : rect(place.component.element))];
}

/// Between the rows of a table; its header is drawn by itself.
function rowsOf(place: Place): readonly Zone[] {
  const rows = place.children.map((child) => ({ ...child, box: rect(rowOf(child.component)) }));
  const [x, y, width, height] = rect(place.component.element);
  const at = (top: number): Rect => [x, top, width, 2];
  const lines = rows.map(({ box }) => at(box[1]));
  const last = rows.at(-1)?.box;
  lines.push(at(last ? last[1] + last[3] : y + height - 2));
  return lines.map((line, index) => ({
    parent: place.id,
    index,
    layout: {},
    line,
    box: [x, y, width, height],
    depth: place.depth,
  }));
}

/// In each `{slot}` of a text that nothing is in.
function wordsOf(place: Place): readonly Zone[] {
  const taken = new Set(place.children.map(({ component }) => component.layout.slot));
  const slots = place.component.element.querySelectorAll<HTMLElement>(".anvil-rich-slot");
  const free = [...slots].filter((slot) => !taken.has(slot.dataset.slot));
  return free.flatMap((slot) => stacked(place, [], place.children.length, { slot: slot.dataset.slot }, rect(slot)));
}

function around(children: readonly Child[]): Rect {
  const boxes = children.map(({ component }) => rect(component.element));
  const left = Math.min(...boxes.map(([x]) => x));
  const top = Math.min(...boxes.map(([, y]) => y));
  const right = Math.max(...boxes.map(([x, , width]) => x + width));
  const bottom = Math.max(...boxes.map(([, y, , height]) => y + height));
  return [left, top, right - left, bottom - top];
}
