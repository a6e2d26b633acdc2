import { batch, signal } from "@preact/signals";
import type { Rect, Zone } from "../gui/design/messages.ts";
import type { Designer } from "./designer.ts";

/// What is dragged: something new, or a component.
export type Dragged =
  | { readonly type: string }
  /// `from` is where in the component it was taken, in pixels.
  | { readonly id: string; readonly name: string; readonly from: readonly [number, number] };

/// Pixels that a pointer moves before a click is a drag.
const SLACK = 5;
/// Who points so near a container's edge still means it.
const NEAR = 6;

/// One drag at a time, by mouse, pen or finger.
export class Drag {
  /// Where it would go now.
  readonly zone = signal<Zone | null>(null);
  /// What follows the pointer, in pixels of the page.
  readonly ghost = signal<{ readonly x: number; readonly y: number; readonly label: string } | null>(null);
  readonly #designer: Designer;
  readonly #canvas: () => DOMRect | undefined;

  /// `canvas` is where the canvas is on the page now.
  constructor(designer: Designer, canvas: () => DOMRect | undefined) {
    this.#designer = designer;
    this.#canvas = canvas;
  }

  /// A pointer went down on `dragged`; it is a drag once it moves.
  begin(down: PointerEvent, dragged: Dragged): void {
    if (down.button !== 0) return;
    const source = down.currentTarget as HTMLElement;
    let zones: readonly Zone[] = [];
    let isLive = false;
    const ended = new AbortController();
    const { signal: until } = ended;
    const move = (event: PointerEvent): void => {
      if (event.pointerId !== down.pointerId) return;
      if (!isLive) {
        if (Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < SLACK) return;
        isLive = true;
        source.setPointerCapture(down.pointerId);
        void this.#designer.zones("id" in dragged ? dragged.id : null).then((found) => {
          zones = found;
        });
      }
      this.#show(event, zones, dragged);
    };
    const end = (isDropped: boolean): void => {
      ended.abort();
      const zone = this.zone.value;
      batch(() => {
        this.zone.value = null;
        this.ghost.value = null;
      });
      if (isLive && isDropped && zone) this.#drop(zone, dragged);
      else if (isLive) this.#designer.said.value = "Nothing was moved.";
    };
    addEventListener("pointermove", move, { signal: until });
    addEventListener("pointerup", (event) => event.pointerId === down.pointerId && end(true), { signal: until });
    addEventListener("pointercancel", () => end(false), { signal: until });
    const stop = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end(false);
    };
    addEventListener("keydown", stop, { signal: until, capture: true });
  }

  #show(event: PointerEvent, zones: readonly Zone[], dragged: Dragged): void {
    const canvas = this.#canvas();
    if (!canvas) return;
    const x = event.clientX - canvas.x;
    const y = event.clientY - canvas.y;
    const isOver = x >= 0 && y >= 0 && x <= canvas.width && y <= canvas.height;
    batch(() => {
      const zone = isOver ? nearest(zones, x, y) : null;
      this.zone.value = zone?.isFree ? placed(zone, x, y, dragged) : zone;
      this.ghost.value = { x: event.clientX, y: event.clientY, label: "type" in dragged ? dragged.type : dragged.name };
    });
  }

  #drop(zone: Zone, dragged: Dragged): void {
    if ("type" in dragged) this.#designer.insert(dragged.type, zone);
    else this.#designer.move(dragged.id, zone);
  }
}

/// The zone that a point means: of the deepest container there, the nearest.
export function nearest(zones: readonly Zone[], x: number, y: number): Zone | null {
  const there = zones.filter(({ box: [left, top, width, height] }) => {
    return x >= left - NEAR && y >= top - NEAR && x <= left + width + NEAR && y <= top + height + NEAR;
  });
  const depth = Math.max(...there.map((zone) => zone.depth));
  let found: Zone | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const zone of there) {
    const away = distance(zone.line, x, y);
    if (zone.depth === depth && away < least) {
      found = zone;
      least = away;
    }
  }
  return found;
}

function distance([left, top, width, height]: Rect, x: number, y: number): number {
  const across = Math.max(left - x, 0, x - left - width);
  const along = Math.max(top - y, 0, y - top - height);
  return across * across + along * along;
}

/// A free place, with the corner of what is dragged where it is now.
function placed(zone: Zone, x: number, y: number, dragged: Dragged): Zone {
  const [dx, dy] = "from" in dragged ? dragged.from : [0, 0];
  const [left, top, width, height] = zone.box;
  const at = (value: number, most: number) => Math.round(Math.min(Math.max(value, 0), most));
  const layout = { x: at(x - dx - left, width), y: at(y - dy - top, height) };
  return { ...zone, layout, line: [left + layout.x, top + layout.y, 24, 24] };
}
