/// Where components may be dropped: each kind of container says so for itself.
import { ColumnPanel } from "../components/column_panel.ts";
import { type Component, string } from "../components/component.ts";
import { FlowPanel } from "../components/flow_panel.ts";
import { FormInLayout } from "../components/form_in_layout.ts";
import { GridPanel } from "../components/grid_panel.ts";
import { HtmlTemplate } from "../components/html_template.ts";
import { LinearPanel } from "../components/linear_panel.ts";
import { XYPanel } from "../components/xy_panel.ts";
import type { Json, Rect, Track, Zone } from "./messages.ts";
import { cellZones, takesInCells } from "./slot_zones.ts";

/// A container of the form that is drawn.
export interface Place {
  readonly id: string;
  readonly component: Component;
  readonly depth: number;
  /// Its children without the one that moves.
  readonly children: readonly Child[];
}

export interface Child {
  readonly id: string;
  readonly component: Component;
}

const THICK = 2;
const EDGE = 4;

/// The zones of a container; none for one that takes no components.
export function zonesOf(place: Place): readonly Zone[] {
  const { component } = place;
  if (component instanceof ColumnPanel) return columnZones(place);
  if (component instanceof FlowPanel) return flowZones(place);
  if (component instanceof GridPanel) return gridZones(place);
  if (component instanceof XYPanel) return [zone(place, place.children.length, {}, inside(place), { isFree: true })];
  if (component instanceof HtmlTemplate) return slotZones(place);
  if (component instanceof LinearPanel) return stacked(place, place.children, 0, {}, rect(component.element));
  return cellZones(place) ?? [];
}

/// Whether a component takes others.
export function takesOthers(component: Component): boolean {
  const kinds = [ColumnPanel, FlowPanel, GridPanel, XYPanel, HtmlTemplate, LinearPanel];
  const isOne = takesInCells(component) || kinds.some((kind) => component instanceof kind);
  return isOne && !(component instanceof FormInLayout);
}

function zone(place: Place, index: number, layout: Json, line: Rect, more: Partial<Zone> = {}): Zone {
  return { parent: place.id, index, layout, line, box: rect(place.component.element), depth: place.depth, ...more };
}

export function rect(element: Element): Rect {
  const { x, y, width, height } = element.getBoundingClientRect();
  return [x + scrollX, y + scrollY, width, height].map((value) => Math.round(value * 10) / 10) as unknown as Rect;
}

/// The place itself, for a container with nothing in it.
function inside({ component }: Place): Rect {
  const [x, y, width, height] = rect(component.element);
  return [x + EDGE, y + EDGE, Math.max(width - 2 * EDGE, EDGE), Math.max(height - 2 * EDGE, EDGE)];
}

/// Between components that stand below each other, the first of which has this index.
export function stacked(
  place: Place,
  children: readonly Child[],
  first: number,
  layout: Json,
  within: Rect,
): readonly Zone[] {
  const [x, y, width, height] = within;
  if (children.length === 0) {
    const line: Rect = [x + EDGE, y + EDGE, Math.max(width - 2 * EDGE, EDGE), Math.max(height - 2 * EDGE, EDGE)];
    return [zone(place, first, layout, line)];
  }
  const boxes = children.map(({ component }) => rect(component.element));
  return [...boxes, null].map((_, at) => {
    const line: Rect = [x + EDGE, between(boxes[at - 1], boxes[at], 1) - THICK / 2, width - 2 * EDGE, THICK];
    return zone(place, first + at, layout, line);
  });
}

/// The middle between two boxes along an axis (0: x, 1: y); beside the one that there is.
function between(before: Rect | undefined, after: Rect | undefined, axis: 0 | 1): number {
  const end = before && (before[axis] as number) + (before[axis + 2] as number);
  if (end !== undefined && after) return (end + after[axis]) / 2;
  return end === undefined ? (after?.[axis] ?? 0) - EDGE : end + EDGE;
}

function flowZones(place: Place): readonly Zone[] {
  const boxes = place.children.map(({ component }) => rect(component.element));
  if (boxes.length === 0) return [zone(place, 0, {}, inside(place))];
  return [...boxes, null].map((box, at) => {
    const before = boxes[at - 1];
    // The end of one line and the start of the next are two places: what follows counts.
    const isSameLine = before && box && Math.abs(before[1] - box[1]) < before[3];
    const beside = box ?? (before as Rect);
    const x = isSameLine || !box ? between(before, box ?? undefined, 0) : box[0] - EDGE;
    return zone(place, at, {}, [x - THICK / 2, beside[1], THICK, Math.max(beside[3], 16)]);
  });
}

interface Row {
  readonly key: string;
  readonly first: number;
  readonly box: Rect;
  readonly cells: { readonly key: string; readonly box: Rect; readonly children: Child[]; readonly first: number }[];
}

/// Whether widths of what is in it can be changed.
export function hasTracks(component: Component): boolean {
  return component instanceof ColumnPanel || component instanceof GridPanel;
}

/// The rows of a container that have widths to change, as they are drawn.
export function tracksOf(place: Place): readonly Track[] {
  const { id: panel, component } = place;
  if (component instanceof ColumnPanel) {
    return rowsOf(place)
      .filter(
        ({ cells }) => cells.length > 1 && cells.every(({ box }) => Math.abs(box[1] - (cells[0]?.box[1] ?? 0)) < 2),
      )
      .map(({ box, cells }) => {
        const shown = cells.map(({ key, box, children }) => ({ key, box, ids: children.map(({ id }) => id) }));
        return { panel, kind: "columns", box, cells: shown };
      });
  }
  if (!(component instanceof GridPanel)) return [];
  return [...gridRows(place)].map(([row, children]) => {
    const cells = children.map(({ id, component: { element } }) => {
      return { key: id, box: rect(element.closest(".grid-panel-cell") ?? element), ids: [id] };
    });
    return { panel, kind: "grid", box: rect(row), cells };
  });
}

function gridRows(place: Place): ReadonlyMap<Element, readonly Child[]> {
  const rows = new Map<Element, Child[]>();
  for (const child of place.children) {
    const row = child.component.element.closest(".grid-panel-row");
    if (row) rows.set(row, [...(rows.get(row) ?? []), child]);
  }
  return rows;
}

/// The rows of a ColumnPanel as they are drawn: by the sections of the page.
function rowsOf(place: Place): readonly Row[] {
  const rows = new Map<Element, Row>();
  for (const [index, child] of place.children.entries()) {
    const { element, layout } = child.component;
    const cell = element.closest(".anvil-panel-col");
    const section = element.closest(".anvil-panel-section");
    if (!cell || !section) continue;
    const [key = "", column = ""] = string(layout.grid_position).split(" ")[0]?.split(",") ?? [];
    const row = rows.get(section) ?? { key, first: index, box: rect(section), cells: [] };
    rows.set(section, row);
    const known = row.cells.find((one) => one.key === column);
    if (known) known.children.push(child);
    else row.cells.push({ key: column, box: rect(cell), children: [child], first: index });
  }
  return [...rows.values()];
}

/// Above and below each row, beside each column of it, and within columns.
function columnZones(place: Place): readonly Zone[] {
  const rows = rowsOf(place);
  if (rows.length === 0) return [zone(place, 0, { grid_position: `${fresh()},${fresh()}` }, inside(place))];
  const [x, , width] = rect(place.component.element);
  const found: Zone[] = [];
  for (let at = 0; at <= rows.length; at += 1) {
    const y = between(rows[at - 1]?.box, rows[at]?.box, 1) - THICK / 2;
    const index = rows[at]?.first ?? place.children.length;
    found.push(zone(place, index, { grid_position: `${fresh()},${fresh()}` }, [x + EDGE, y, width - 2 * EDGE, THICK]));
  }
  return [...found, ...rows.flatMap((row) => rowZones(place, row))];
}

function rowZones(place: Place, row: Row): readonly Zone[] {
  const found: Zone[] = [];
  const key = row.key || fresh();
  const [, top, , height] = row.box;
  // A component without a place of its own gets one, so that something can stand beside it.
  const named = row.cells.flatMap((cell) => (row.key ? [] : cell.children.map((child) => ({ child, cell: fresh() }))));
  const also = named.map(({ child, cell }) => ({
    id: child.id,
    layout: { ...child.component.layout, grid_position: `${key},${cell}` },
  }));
  for (let at = 0; at <= row.cells.length; at += 1) {
    const before = row.cells[at - 1];
    const x = between(before?.box, row.cells[at]?.box, 0);
    const index = row.cells[at]?.first ?? (before ? before.first + before.children.length : row.first);
    const layout = { grid_position: `${key},${fresh()}` };
    found.push(zone(place, index, layout, [x - THICK / 2, top, THICK, height], { also }));
  }
  for (const cell of row.cells) {
    if (row.cells.length === 1 && cell.children.length === 1) continue;
    const layout = { grid_position: `${row.key},${cell.key}` };
    found.push(...stacked(place, cell.children, cell.first, layout, cell.box));
  }
  return found;
}

/// A name for a row or a column that no other has.
function fresh(): string {
  const letters = crypto.getRandomValues(new Uint8Array(6));
  return String.fromCharCode(...letters.map((letter) => 65 + (letter % 26)));
}

const COLUMNS = 12;

/// A row above each and below all, and what is left of a row's twelve columns.
function gridZones(place: Place): readonly Zone[] {
  const { element } = place.component;
  const rows = gridRows(place);
  const whole = { row: fresh(), col_xs: 0, width_xs: COLUMNS };
  if (rows.size === 0) return [zone(place, 0, whole, inside(place))];
  const [x, y, width, height] = rect(element);
  const found = [zone(place, place.children.length, whole, [x + EDGE, y + height - EDGE, width - 2 * EDGE, THICK])];
  for (const [row, children] of rows) {
    const above = children[0] ? place.children.indexOf(children[0]) : 0;
    found.push(zone(place, above, whole, [x + EDGE, rect(row)[1], width - 2 * EDGE, THICK]));
    const taken = Math.max(...children.map(({ component: { layout } }) => endOf(layout)));
    const last = children.at(-1);
    if (taken >= COLUMNS || !last) continue;
    const [left, top, room, high] = rect(row);
    const layout = { row: last.component.layout.row, col_xs: taken, width_xs: COLUMNS - taken };
    const start = left + (room * taken) / COLUMNS;
    const line: Rect = [start, top, left + room - start, high];
    found.push(zone(place, place.children.indexOf(last) + 1, layout, line));
  }
  return found;
}

function endOf(layout: Json): number {
  const column = Number.parseInt(string(layout.col_xs), 10) || 0;
  const width = Number.parseInt(string(layout.width_xs), 10);
  return Math.min(column + (Number.isNaN(width) ? COLUMNS : width), COLUMNS);
}

/// In each slot of an HTML form, between what is in it.
function slotZones(place: Place): readonly Zone[] {
  const all = [...place.component.element.querySelectorAll<HTMLElement>("[anvil-slot], [anvil-slot-repeat]")];
  const own = all.filter((slot) => slot.closest(".anvil-html-template") === place.component.element);
  return own.flatMap((slot) => {
    const name = slot.getAttribute("anvil-slot") || slot.getAttribute("anvil-slot-repeat") || "default";
    const children = place.children.filter(({ component }) => slot.contains(component.element));
    const first = children[0] ? place.children.indexOf(children[0]) : place.children.length;
    return stacked(place, children, first, { slot: name }, rect(slot));
  });
}
