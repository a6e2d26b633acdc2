import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Icon } from "../../editor/parts.tsx";
import type { FromCanvas } from "../../gui/design/messages.ts";
import type { Designer } from "../designer.ts";
import { Drag } from "./drag.ts";
import { Overlay } from "./overlay.tsx";
import { TryBar } from "./try_bar.tsx";

interface Props {
  readonly designer: Designer;
  readonly slug: string;
  readonly frame: { readonly current: HTMLIFrameElement | null };
  readonly drag: Drag;
  /// Run the app with its code.
  readonly run: () => void;
  /// It is looked at, not drawn.
  readonly isStill: boolean;
  /// What is shown on a form that has nothing yet.
  readonly children: ComponentChildren;
}

/// A drag over the canvas that is shown in a frame.
export function useDrag(designer: Designer): { frame: { current: HTMLIFrameElement | null }; drag: Drag } {
  const frame = useRef<HTMLIFrameElement>(null);
  const drag = useMemo(() => new Drag(designer, () => frame.current), [designer]);
  return { frame, drag };
}

/// The form as it is drawn, with what marks, selects and drags laid over it.
export function Stage({ designer, slug, frame, drag, run, isStill, children }: Props) {
  useEffect(() => {
    const hear = (event: MessageEvent) => {
      if (event.source === frame.current?.contentWindow) designer.hear(event.data as FromCanvas);
    };
    addEventListener("message", hear);
    // The canvas has no origin of its own that could be named.
    designer.attach((message) => frame.current?.contentWindow?.postMessage(message, "*"));
    return () => {
      removeEventListener("message", hear);
      designer.attach(null);
      designer.isTried.value = false;
    };
  }, [designer, frame]);
  const stage = useStage(designer);
  const zoom = designer.zoom.level.value;
  const page_px = designer.page_px.value;
  const height = Math.max(designer.height.value, 200);
  const isTried = designer.isTried.value;
  return (
    <div class="design-stage-frame">
      {isTried && <TryBar designer={designer} run={run} />}
      {isStill && !isTried && (
        <p class="design-still">
          You see the form as it is drawn. A window this narrow has no room for the tools: to change the form, use a
          wider one, or its text under Code.
        </p>
      )}
      <div ref={stage} class="design-stage">
        <div
          class={`design-paper${isTried ? " is-tried" : ""}`}
          style={{ height: `${height * zoom}px`, width: page_px ? `${page_px * zoom}px` : "100%" }}
        >
          <iframe
            ref={frame}
            title="The form"
            src={`/w/${slug}/canvas`}
            sandbox="allow-scripts"
            tabIndex={isTried ? 0 : -1}
            style={{
              width: page_px ? `${page_px}px` : "100%",
              height: `${height}px`,
              // A transform that changes nothing would still blur text.
              transform: zoom === 1 ? undefined : `scale(${zoom})`,
            }}
          />
          {!isTried && !isStill && <Overlay designer={designer} frame={frame} drag={drag} />}
          {!isTried && isStill && <div class="design-cover" />}
          {!isTried && !isStill && !drag.ghost.value && designer.template.value?.root.children.length === 0 && children}
        </div>
      </div>
      <Ghost drag={drag} />
    </div>
  );
}

/// The element that the form is scrolled in: says how much room it has, and zooms with the wheel.
function useStage(designer: Designer): { readonly current: HTMLDivElement | null } {
  const stage = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const measure = () => {
      const { paddingLeft, paddingRight } = getComputedStyle(element);
      const borders_px = 2;
      designer.zoom.room.value = Math.floor(
        element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight) - borders_px,
      );
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    const turn = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomAt(designer, element, event);
    };
    // Else the browser zooms the whole page.
    element.addEventListener("wheel", turn, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", turn);
    };
  }, [designer]);
  return stage;
}

/// What is under the pointer stays there.
function zoomAt({ zoom }: Designer, stage: HTMLElement, event: WheelEvent): void {
  const paper = stage.querySelector(".design-paper");
  const before = paper?.getBoundingClientRect();
  const from = zoom.level.value;
  zoom.turn(event.deltaY);
  if (!before) return;
  const [x, y] = [(event.clientX - before.x) / from, (event.clientY - before.y) / from];
  requestAnimationFrame(() => {
    const after = (paper as Element).getBoundingClientRect();
    const to = zoom.level.value;
    stage.scrollBy(after.x + x * to - event.clientX, after.y + y * to - event.clientY);
  });
}

function Ghost({ drag }: { readonly drag: Drag }) {
  const ghost = drag.ghost.value;
  if (!ghost) return null;
  const isHomeless = !drag.zone.value;
  return (
    <div
      class={`design-ghost${isHomeless ? " is-homeless" : ""}`}
      style={{ transform: `translate(${ghost.x + 16}px, ${ghost.y + 16}px)` }}
    >
      {ghost.icon && <Icon name={ghost.icon} />} {ghost.label}
    </div>
  );
}
