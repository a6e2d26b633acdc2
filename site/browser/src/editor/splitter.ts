export interface SplitterOptions {
  readonly handle: HTMLElement;
  readonly root: HTMLElement;
  /// The CSS custom property that holds the size.
  readonly property: string;
  readonly axis: "x" | "y";
  /// +1 when a bigger coordinate makes the pane bigger.
  readonly sign: 1 | -1;
  readonly min_px: number;
  readonly max_px: () => number;
  readonly initial_px: number;
}

/// Makes a handle that resizes a pane by pointer and by arrow keys; the size is remembered in this browser.
export function split(o: SplitterOptions): void {
  const key = `editor${o.property}`;
  let size = Number(localStorage.getItem(key)) || o.initial_px;
  const set = (wanted: number): void => {
    size = Math.round(Math.min(Math.max(wanted, o.min_px), Math.max(o.min_px, o.max_px())));
    o.root.style.setProperty(o.property, `${size}px`);
    o.handle.setAttribute("aria-valuenow", String(size));
    o.handle.setAttribute("aria-valuemin", String(o.min_px));
    o.handle.setAttribute("aria-valuemax", String(Math.round(o.max_px())));
    localStorage.setItem(key, String(size));
  };
  set(size);
  o.handle.addEventListener("pointerdown", (event) => {
    o.handle.setPointerCapture(event.pointerId);
    const from = o.axis === "x" ? event.clientX : event.clientY;
    const before = size;
    const move = (now: PointerEvent): void =>
      set(before + o.sign * ((o.axis === "x" ? now.clientX : now.clientY) - from));
    const end = (): void => o.handle.removeEventListener("pointermove", move);
    o.handle.addEventListener("pointermove", move);
    o.handle.addEventListener("lostpointercapture", end, { once: true });
  });
  o.handle.addEventListener("keydown", (event) => {
    const [less, more] = o.axis === "x" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    set(size + o.sign * (event.key === more ? 24 : -24));
  });
}
