/// What a frame and the page around it say to each other. A frame is sandboxed: its origin is opaque, it reaches
/// neither the page nor its cookies, and all that it can do is say how high it wants to be.

/// From the page: what to show.
export interface Show {
  readonly kind: "show";
  /// HTML, or a figure of plotly as JSON text.
  readonly text: string;
  readonly dark: boolean;
}

/// From the frame.
export type Said = { readonly kind: "ready" } | { readonly kind: "height"; readonly height: number };

/// Wait for what the page around this frame says, and for nobody else.
export function listen(onShow: (show: Show) => void): void {
  addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== location.origin) return;
    const said = event.data as Show;
    if (said?.kind === "show" && typeof said.text === "string") onShow(said);
  });
  say({ kind: "ready" });
}

export function say(said: Said): void {
  parent.postMessage(said, location.origin);
}

/// Tell the page whenever what is shown gets another height.
export function tellHeight(of: Element): void {
  const tell = () => say({ kind: "height", height: Math.ceil(of.getBoundingClientRect().height) });
  new ResizeObserver(tell).observe(of);
  tell();
}

/// Browsers draw a frame's background by its scheme: the page's shows through where both are alike.
export function setScheme(dark: boolean): void {
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
}
