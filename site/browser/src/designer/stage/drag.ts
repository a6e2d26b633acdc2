import { batch, signal } from "@preact/signals";
import type { Rect, Zone } from "../../gui/design/messages.ts";
import type { Designer } from "../designer.ts";
import { taker } from "../offers/offers.ts";
import { iconOf } from "../specs.ts";
import { EdgeScroll } from "./edge_scroll.ts";

/// What is dragged: something new, or components.
export type Dragged =
  | { readonly type: string }
  /// `id` is the one that was taken, `from` where in it, in pixels of the canvas; `all` are those that come along, too.
  | {
      readonly id: string;
      readonly name: string;
      readonly from: readonly [number, number];
      readonly all?: readonly string[];
    };

export interface Ghost {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly icon: string;
  /// It leaves where it is.
  readonly isMoved: boolean;
}

/// How a drag begins.
export interface Begin {
  /// It was a click: nothing moved.
  readonly tap?: () => void;
  /// What is done instead of moving a component there.
  readonly drop?: (zone: Zone) => void;
  /// Fingers that move sideways drag at once; what they may scroll goes up and down.
  readonly isSideways?: boolean;
}

/// Pixels that a pointer moves before a click is a drag.
const SLACK = 5;
/// A finger is never quite still.
const SLACK_OF_FINGER = 10;
/// How long a finger rests on what it will drag: before that it scrolls.
const HOLD_MS = 350;
/// How large the mark is of what has no size yet.
const NEW_PX = 24;
/// Who points so near a container's edge still means it.
const NEAR = 6;

/// One drag at a time, by mouse, pen or finger.
export class Drag {
  /// Where it would go now.
  readonly zone = signal<Zone | null>(null);
  /// What follows the pointer, in pixels of the page.
  readonly ghost = signal<Ghost | null>(null);
  readonly #designer: Designer;
  readonly #canvas: () => Element | null;
  #isLive = false;

  /// `canvas` is what the form is drawn in.
  constructor(designer: Designer, canvas: () => Element | null) {
    this.#designer = designer;
    this.#canvas = canvas;
  }

  /// What the canvas is scrolled in.
  get #stage(): Element | null {
    return this.#canvas()?.closest(".design-stage") ?? null;
  }

  /// What a finger drags does not scroll: for an element that drags begin on, from the first. Returns how to stop.
  guard(element: HTMLElement): () => void {
    const hold = (event: Event): void => {
      // A form that is still on its way from a swipe can't be held.
      if (this.#isLive && event.cancelable) event.preventDefault();
    };
    element.addEventListener("touchmove", hold, { passive: false });
    // The menu of a long press would end the drag that it begins.
    const quiet = (event: Event): void => {
      if ((event as PointerEvent).pointerType === "touch") event.preventDefault();
    };
    element.addEventListener("contextmenu", quiet);
    return () => {
      element.removeEventListener("touchmove", hold);
      element.removeEventListener("contextmenu", quiet);
    };
  }

  /// A pointer went down on `dragged`; it is a drag once it moves, or for a finger once it has rested.
  begin(down: PointerEvent, dragged: Dragged, { tap, drop, isSideways = false }: Begin = {}): void {
    // A second finger begins no second drag.
    if (down.button !== 0 || this.#isLive) return;
    const source = down.currentTarget as HTMLElement;
    const isFinger = down.pointerType === "touch";
    let zones: readonly Zone[] = [];
    let last: PointerEvent = down;
    let hasMoved = false;
    const ended = new AbortController();
    const show = () => this.#show(last, zones, dragged);
    const edges = new EdgeScroll(() => this.#stage, show);
    const live = (): void => {
      this.#isLive = true;
      source.setPointerCapture(down.pointerId);
      edges.begin();
      if (isFinger) navigator.vibrate?.(8);
      void this.#designer.zones("id" in dragged ? (dragged.all ?? [dragged.id]) : []).then((found) => {
        zones = found;
        if (this.#isLive) show();
      });
      show();
    };
    const held = isFinger ? setTimeout(live, HOLD_MS) : undefined;
    const move = (event: PointerEvent): void => {
      if (event.pointerId !== down.pointerId) return;
      last = event;
      edges.at(event.clientX, event.clientY);
      const [dx, dy] = [Math.abs(event.clientX - down.clientX), Math.abs(event.clientY - down.clientY)];
      hasMoved ||= Math.hypot(dx, dy) >= (isFinger ? SLACK_OF_FINGER : SLACK);
      if (this.#isLive) show();
      else if (hasMoved && (!isFinger || (isSideways && dx > dy))) live();
      else if (hasMoved) end(false);
    };
    const end = (isDropped: boolean): void => {
      ended.abort();
      clearTimeout(held);
      edges.end();
      const wasLive = this.#isLive;
      this.#isLive = false;
      // A finger that rested and went up again meant to select.
      const put = drop ?? ((zone: Zone) => this.#drop(zone, dragged));
      if (hasMoved || !isDropped) this.#finish(wasLive, isDropped ? put : null);
      else this.#finish(false, null, tap);
    };
    this.#watch(down, ended.signal, move, end);
  }

  /// Until it ends: the pointer's ways, and Escape.
  #watch(
    { pointerId }: PointerEvent,
    signal: AbortSignal,
    move: (event: PointerEvent) => void,
    end: (isDropped: boolean) => void,
  ): void {
    addEventListener("pointermove", move, { signal });
    addEventListener("pointerup", (event) => event.pointerId === pointerId && end(true), { signal });
    addEventListener("pointercancel", () => end(false), { signal });
    const stop = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end(false);
    };
    addEventListener("keydown", stop, { signal, capture: true });
  }

  #finish(wasLive: boolean, put: ((zone: Zone) => void) | null, tap?: () => void): void {
    const zone = this.zone.value;
    batch(() => {
      this.zone.value = null;
      this.ghost.value = null;
    });
    tap?.();
    if (wasLive && put && zone) put(zone);
    else if (wasLive) this.#designer.said.value = "Nothing was moved.";
  }

  #show(event: PointerEvent, zones: readonly Zone[], dragged: Dragged): void {
    const canvas = this.#canvas()?.getBoundingClientRect();
    const stage = this.#stage?.getBoundingClientRect();
    if (!canvas || !stage) return;
    const zoom = this.#designer.zoom.level.value;
    // Beside and below the paper means its edge.
    const x = Math.min(Math.max(event.clientX - canvas.x, 0), canvas.width) / zoom;
    const y = Math.min(Math.max(event.clientY - canvas.y, 0), canvas.height) / zoom;
    const isOver = isIn(stage, event.clientX, event.clientY);
    batch(() => {
      const itself = "type" in dragged ? taker(this.#designer, dragged.type, x, y) : null;
      const met = isOver ? (itself ?? nearest(zones, x, y)) : null;
      const zone = met?.isFree ? placed(met, x, y, dragged, this.#sizeOf(dragged)) : met;
      this.zone.value = zone;
      this.ghost.value = {
        x: event.clientX,
        y: event.clientY,
        label: labelOf(dragged, zone),
        icon: this.#iconOf(dragged),
        isMoved: "id" in dragged,
      };
    });
  }

  #sizeOf(dragged: Dragged): readonly [number, number] {
    const [, , width = NEW_PX, height = NEW_PX] = "id" in dragged ? (this.#designer.boxes.value[dragged.id] ?? []) : [];
    return [width, height];
  }

  #iconOf(dragged: Dragged): string {
    if ("type" in dragged) return this.#designer.offers.value.get(dragged.type)?.icon ?? iconOf(dragged.type);
    return iconOf(this.#designer.template.value?.part(dragged.id)?.type ?? "");
  }

  #drop(zone: Zone, dragged: Dragged): void {
    if ("type" in dragged) this.#designer.insert(dragged.type, zone);
    else this.#designer.move(dragged.all ?? [dragged.id], zone, dragged.id);
  }
}

function isIn({ left, top, right, bottom }: DOMRect, x: number, y: number): boolean {
  return x >= left && x <= right && y >= top && y <= bottom;
}

function labelOf(dragged: Dragged, zone: Zone | null): string {
  const count = "id" in dragged ? (dragged.all?.length ?? 1) : 1;
  const name = "type" in dragged ? dragged.type.replace(/^(?:form|call|table):/, "") : dragged.name;
  const place = zone?.isFree ? ` ${zone.layout.x}, ${zone.layout.y}` : "";
  return (count > 1 ? `${count} components` : name) + place;
}

/// The zone that a point means: of the deepest container there, the nearest. Between two containers it is what they are
/// in, unless a place in one of them is nearer.
export function nearest(zones: readonly Zone[], x: number, y: number): Zone | null {
  const inside = deepest(zones, x, y, 0);
  const near = deepest(zones, x, y, NEAR);
  return inside && near && distance(inside.line, x, y) <= distance(near.line, x, y) ? inside : near;
}

/// `slack` is how far from a container a point still is in it.
function deepest(zones: readonly Zone[], x: number, y: number, slack: number): Zone | null {
  const there = zones.filter(({ box: [left, top, width, height] }) => {
    return x >= left - slack && y >= top - slack && x <= left + width + slack && y <= top + height + slack;
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
function placed(zone: Zone, x: number, y: number, dragged: Dragged, size: readonly [number, number]): Zone {
  const [dx, dy] = "from" in dragged ? dragged.from : [0, 0];
  const [left, top, width, height] = zone.box;
  const at = (value: number, most: number) => Math.round(Math.min(Math.max(value, 0), most));
  const layout = { x: at(x - dx - left, width), y: at(y - dy - top, height) };
  return { ...zone, layout, line: [left + layout.x, top + layout.y, ...size] };
}
