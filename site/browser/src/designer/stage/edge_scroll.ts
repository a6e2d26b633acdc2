/// Pixels from an edge within which what is dragged scrolls.
const EDGE = 36;
/// Pixels of a frame at the very edge.
const FASTEST = 14;

/// Scrolls an element while a pointer that drags is near its edge.
export class EdgeScroll {
  readonly #element: () => Element | null;
  readonly #scrolled: () => void;
  #point: readonly [number, number] | null = null;
  #frame = 0;

  /// `scrolled` is told after each step: what is under the pointer is another then.
  constructor(element: () => Element | null, scrolled: () => void) {
    this.#element = element;
    this.#scrolled = scrolled;
  }

  at(x: number, y: number): void {
    this.#point = [x, y];
  }

  begin(): void {
    this.#frame = requestAnimationFrame(() => this.#step());
  }

  end(): void {
    cancelAnimationFrame(this.#frame);
  }

  #step(): void {
    const element = this.#element();
    if (element && this.#point) {
      const [x, y] = this.#point;
      const { left, top, right, bottom } = element.getBoundingClientRect();
      const isOver = x >= left && x <= right && y >= top - EDGE && y <= bottom + EDGE;
      const before = [element.scrollLeft, element.scrollTop];
      if (isOver) element.scrollBy(speed(x, left, right), speed(y, top, bottom));
      if (element.scrollLeft !== before[0] || element.scrollTop !== before[1]) this.#scrolled();
    }
    this.begin();
  }
}

/// Pixels to scroll now: the nearer to an edge the faster.
export function speed(at: number, start: number, end: number): number {
  const part = (inside: number) => Math.min(Math.max((EDGE - inside) / EDGE, 0), 1) * FASTEST;
  return Math.round(part(end - at) - part(at - start));
}
