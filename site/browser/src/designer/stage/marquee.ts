import { useState } from "preact/hooks";
import type { Rect } from "../../gui/design/messages.ts";

type Point = readonly [number, number];

/// From where to where it is drawn.
export interface Band {
  readonly from: Point;
  readonly to: Point;
}

type At = (event: MouseEvent) => Point;
type BeginBand = (down: PointerEvent, at: At, chosen: (band: Band) => void, tap: () => void) => void;

/// Pixels that a pointer moves before a click is a band.
const SLACK = 4;

/// A band that a pointer draws around what it selects: the one there is, and how to begin one.
export function useBand(): readonly [Band | null, BeginBand] {
  const [band, setBand] = useState<Band | null>(null);
  const begin: BeginBand = (down, at, chosen, tap) => {
    const from = at(down);
    let drawn: Band | null = null;
    const ended = new AbortController();
    const { signal } = ended;
    const end = (): void => {
      ended.abort();
      setBand(null);
    };
    const move = (event: PointerEvent): void => {
      if (event.pointerId !== down.pointerId) return;
      if (!drawn && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < SLACK) return;
      drawn = { from, to: at(event) };
      setBand(drawn);
    };
    const up = (event: PointerEvent): void => {
      if (event.pointerId !== down.pointerId) return;
      end();
      if (drawn) chosen(drawn);
      else tap();
    };
    const stop = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end();
    };
    (down.currentTarget as HTMLElement).setPointerCapture(down.pointerId);
    addEventListener("pointermove", move, { signal });
    addEventListener("pointerup", up, { signal });
    addEventListener("pointercancel", end, { signal });
    addEventListener("keydown", stop, { signal, capture: true });
  };
  return [band, begin];
}

/// The rectangle of a band.
export function inBand({ from, to }: Band): Rect {
  const [left, top] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
  return [left, top, Math.abs(from[0] - to[0]), Math.abs(from[1] - to[1])];
}
