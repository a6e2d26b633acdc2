import type { Said, Show } from "../frames/talk.ts";

export type FrameKind = "html" | "figure";

const LEAST = 24;
const MOST = { html: 1200, figure: 2000 } as const;

/// A sandboxed frame for what user code made. It has no origin: no cookies, no storage, no way to this page but a
/// message about its height, which is believed within bounds.
export function frameOf(kind: FrameKind, text: string, title: string): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.className = `shown-frame shown-${kind}`;
  frame.title = title;
  frame.loading = "lazy";
  frame.referrerPolicy = "no-referrer";
  frame.setAttribute("sandbox", "allow-scripts");
  frame.src = `/frames/${kind === "html" ? "output" : "figure"}`;
  frame.height = kind === "html" ? "80" : "420";
  addEventListener("message", function hear(event: MessageEvent) {
    if (!frame.isConnected && frame.dataset.ready) {
      removeEventListener("message", hear);
      return;
    }
    // A sandboxed document's origin is "null"; only its window tells which one it is.
    if (event.source === null || event.source !== frame.contentWindow || event.origin !== "null") return;
    const said = event.data as Said;
    if (said?.kind === "ready" && !frame.dataset.ready) {
      frame.dataset.ready = "1";
      const show: Show = { kind: "show", text, dark: isDark() };
      // An opaque origin can't be named; what it gets is its own anyway.
      frame.contentWindow?.postMessage(show, "*");
    } else if (said?.kind === "height" && Number.isFinite(said.height)) {
      frame.height = String(Math.round(Math.min(Math.max(said.height, LEAST), MOST[kind])));
    }
  });
  return frame;
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
