/// Widths that can be pulled: what is between columns and at the sides of components, and what pulling it changes.
import type { Json, Rect, Track } from "../../gui/design/messages.ts";
import { cellOf } from "../many.ts";
import type { Operation, Part, Template } from "../texts/template.ts";

/// A line that is pulled to the left and to the right.
export interface Grip {
  /// The same for as long as it is the same line.
  readonly key: string;
  /// Whom it makes wider when it goes to the right: a component.
  readonly of: string;
  readonly label: string;
  /// In the canvas's pixels.
  readonly line: Rect;
  /// Where it is now and can be, in units.
  readonly now: number;
  readonly least: number;
  readonly most: number;
  /// It rests at multiples of so many units.
  readonly snap: number;
  readonly unit_px: number;
  readonly shown: (value: number) => string;
  readonly made: (value: number) => Change;
}

/// What a value of a grip means for the design.
export interface Change {
  /// The component that is drawn otherwise meanwhile.
  readonly id: string;
  readonly properties?: Json;
  readonly layout?: Json;
}

/// The parts that the widths of a row's columns sum up to: real designs say twelfths and sixtieths.
const SHARES = 60;
const TWELFTH = SHARES / 12;
/// A GridPanel's columns.
const COLUMNS = 12;
/// Widths of the page from which on a GridPanel looks at what is said for it.
const SIZES = [
  ["lg", 1200],
  ["md", 992],
  ["sm", 768],
  ["xs", 0],
] as const;
const LEAST_PX = 16;

/// The grips of a row.
export function gripsOf(template: Template, track: Track, canvas_px: number): readonly Grip[] {
  const panel = template.part(track.panel);
  if (!panel) return [];
  if (track.kind === "columns") return columnGrips(panel, track);
  return track.cells.flatMap((_, at) => gridGrips(template, track, at, canvas_px));
}

/// The right side of a component at a free place.
export function freeGrip(part: Part, [left, top, width, height]: Rect): Grip {
  return {
    key: `free ${part.id}`,
    of: part.id,
    label: `Width of ${part.name || part.type}`,
    line: [left + width, top, 0, height],
    now: Math.round(width),
    least: LEAST_PX,
    most: 4000,
    snap: 1,
    unit_px: 1,
    shown: (value) => `${value} px`,
    made: (value) => ({ id: part.id, layout: { ...part.layout, width: value } }),
  };
}

/// The operations that keep a change.
export function operationsOf({ id, properties, layout }: Change): readonly Operation[] {
  if (layout) return [{ op: "layout", id, layout }];
  return Object.entries(properties ?? {}).map(([property, value]): Operation => ({ op: "set", id, property, value }));
}

// --- columns of a ColumnPanel

/// Shares by column, as the panel says them; {} where it says none that can be read.
export function sharesOf(panel: Part): Readonly<Record<string, number>> {
  try {
    const said: unknown = JSON.parse(String(panel.properties.col_widths || "{}"));
    return typeof said === "object" && said !== null ? (said as Record<string, number>) : {};
  } catch {
    return {};
  }
}

/// The same proportions in whole sixtieths.
export function inSixtieths(shares: readonly number[]): readonly number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  let left = SHARES;
  let rest = sum;
  return shares.map((share) => {
    const whole = rest > 0 ? Math.round((share * left) / rest) : 0;
    left -= whole;
    rest -= share;
    return whole;
  });
}

function columnGrips(panel: Part, { box, cells }: Track): readonly Grip[] {
  const said = sharesOf(panel);
  const shares = inSixtieths(cells.map(({ key }) => said[key] ?? 1));
  return cells.slice(0, -1).map((cell, at) => {
    const [left, right] = [shares[at] ?? 0, shares[at + 1] ?? 0];
    const next = cells[at + 1] as typeof cell;
    const least = Math.min(TWELFTH, left, right);
    return {
      key: `column ${panel.id} ${cell.key} ${next.key}`,
      of: cell.ids[0] ?? "",
      label: `Between ${cell.ids.join(", ")} and ${next.ids.join(", ")}`,
      line: [next.box[0], box[1], 0, box[3]],
      now: left,
      least,
      most: left + right - least,
      snap: TWELFTH,
      unit_px: box[2] / SHARES,
      shown: (value) => `${twelfths(value)} | ${twelfths(left + right - value)}`,
      made: (value) => {
        const made = shares.map((share, of) => (of === at ? value : of === at + 1 ? left + right - value : share));
        const row = Object.fromEntries(cells.map(({ key }, of) => [key, made[of]]));
        return { id: panel.id, properties: { col_widths: JSON.stringify({ ...said, ...row }) } };
      },
    };
  });
}

/// "5" of twelve, as people say it; what lies between in one decimal.
function twelfths(shares: number): string {
  return `${Number((shares / TWELFTH).toFixed(1))}/12`;
}

/// What else to set when something comes into a row that has widths: without one of its own it would be a sixtieth.
export function shareFor(template: Template, parent: string, layout: Json): readonly Operation[] {
  const panel = template.part(parent);
  const [row, column] = cellOf(layout);
  if (!panel || !row) return [];
  const said = sharesOf(panel);
  const columns = panel.children.map((child) => cellOf(child.layout)).filter(([its]) => its === row);
  const shares = [...new Set(columns.map(([, its]) => its))].map((its) => said[its]).filter((one) => one !== undefined);
  if (shares.length === 0 || column in said) return [];
  const mean = Math.max(1, Math.round(shares.reduce((total, one) => total + one, 0) / shares.length));
  return [{ op: "set", id: parent, property: "col_widths", value: JSON.stringify({ ...said, [column]: mean }) }];
}

// --- cells of a GridPanel

/// The size whose place counts at a width of the page: the largest that is said.
export function sizeAt(layout: Json, page_px: number): string {
  const found = SIZES.find(
    ([size, least]) => page_px >= least && (`col_${size}` in layout || `width_${size}` in layout),
  );
  return found?.[0] ?? "xs";
}

/// Where a component begins and ends in its row, in twelfths.
export function spanOf(layout: Json, page_px: number): readonly [number, number] {
  const size = sizeAt(layout, page_px);
  const first = whole(layout[`col_${size}`], 0, COLUMNS - 1, 0);
  return [first, first + whole(layout[`width_${size}`], 1, COLUMNS - first, COLUMNS - first)];
}

function whole(value: unknown, least: number, most: number, otherwise: number): number {
  const number = Number.parseInt(String(value), 10);
  return Number.isNaN(number) ? otherwise : Math.min(Math.max(number, least), most);
}

/// Both sides of a cell, as far as its neighbours let it.
function gridGrips(template: Template, track: Track, at: number, page_px: number): readonly Grip[] {
  const spans = track.cells.map(({ key }) => spanOf(template.part(key)?.layout ?? {}, page_px));
  const cell = track.cells[at];
  const part = template.part(cell?.key ?? "");
  const span = spans[at];
  if (!cell || !part || !span) return [];
  const [first, end] = span;
  const before = Math.max(0, ...spans.map(([, its]) => its).filter((its) => its <= first));
  const after = Math.min(COLUMNS, ...spans.map(([its]) => its).filter((its) => its >= end));
  const [left, top, width, height] = cell.box;
  const size = sizeAt(part.layout, page_px);
  const name = part.name || part.type;
  const made = (from: number, to: number): Change => ({
    id: part.id,
    layout: { ...part.layout, [`col_${size}`]: from, [`width_${size}`]: to - from },
  });
  const shared = { of: part.id, snap: 1, unit_px: track.box[2] / COLUMNS };
  const right: Grip = {
    ...shared,
    key: `end ${part.id}`,
    label: `End of ${name}`,
    line: [left + width, top, 0, height],
    now: end,
    least: first + 1,
    most: after,
    shown: (value) => `${value - first} of 12`,
    made: (value) => made(first, value),
  };
  const begin: Grip = {
    ...shared,
    key: `begin ${part.id}`,
    label: `Beginning of ${name}`,
    line: [left, top, 0, height],
    now: first,
    least: before,
    most: end - 1,
    shown: (value) => `${end - value} of 12, from ${value + 1}`,
    made: (value) => made(value, end),
  };
  return [begin, right];
}

// --- by keys

/// The next value to the right (1) or left (-1): at the next mark, or a unit further.
export function stepped(grip: Grip, by: number, isFine: boolean): number {
  const step = isFine ? 1 : grip.snap;
  const next = by > 0 ? Math.floor(grip.now / step) * step + step : Math.ceil(grip.now / step) * step - step;
  return Math.min(Math.max(next, grip.least), grip.most);
}

/// A component as it is drawn.
interface Shown {
  readonly part: Part;
  readonly at: Rect | undefined;
  readonly tracks: readonly Track[];
  readonly page_px: number;
}

/// Make a component wider (1) or narrower (-1): the grip to pull and where to; undefined where it has none.
export function widened(template: Template, { part, at, tracks, page_px }: Shown, by: 1 | -1): Change | undefined {
  const parent = part.parent === null ? undefined : template.part(part.parent);
  if (parent?.type === "XYPanel" && at) {
    const grip = freeGrip(part, at);
    return grip.made(Math.max(grip.now + by * 10, grip.least));
  }
  const track = tracks.find(({ cells }) => cells.some(({ ids }) => ids.includes(part.id)));
  if (!track) return undefined;
  const grips = gripsOf(template, track, page_px);
  if (track.kind === "grid")
    return pulledBy(
      grips.find(({ key }) => key === `end ${part.id}`),
      by,
    );
  const cell = track.cells.findIndex(({ ids }) => ids.includes(part.id));
  // The last column has its grip at its left.
  return cell < grips.length ? pulledBy(grips[cell], by) : pulledBy(grips[cell - 1], -by);
}

function pulledBy(grip: Grip | undefined, by: number): Change | undefined {
  return grip?.made(stepped(grip, by, false));
}
