import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import type { FromCanvas, Rect } from "../gui/design/messages.ts";
import type { Designer } from "./designer.ts";
import { Drag } from "./drag.ts";
import { InPlace, textOf } from "./in_place.tsx";
import { specOf } from "./specs.ts";

interface Props {
  readonly designer: Designer;
  readonly slug: string;
  readonly frame: { readonly current: HTMLIFrameElement | null };
  readonly drag: Drag;
}

/// A drag over the canvas that is shown in a frame.
export function useDrag(designer: Designer): { frame: { current: HTMLIFrameElement | null }; drag: Drag } {
  const frame = useRef<HTMLIFrameElement>(null);
  const drag = useMemo(() => new Drag(designer, () => frame.current?.getBoundingClientRect()), [designer]);
  return { frame, drag };
}

/// The form as it is drawn, with what marks, selects and drags laid over it.
export function Stage({ designer, slug, frame, drag }: Props) {
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
    };
  }, [designer, frame]);
  const width = designer.width.value;
  return (
    <div class="design-stage">
      <div
        class="design-paper"
        style={{ height: `${Math.max(designer.height.value, 200)}px`, width: width ? `${width}px` : "100%" }}
      >
        <iframe ref={frame} title="The form" src={`/w/${slug}/canvas`} sandbox="allow-scripts" tabIndex={-1} />
        <Overlay designer={designer} frame={frame} drag={drag} />
      </div>
      <Ghost drag={drag} />
    </div>
  );
}

function Overlay({ designer, frame, drag }: Omit<Props, "slug">) {
  const [hovered, setHovered] = useState("");
  const { value: boxes } = designer.boxes;
  const selected = designer.selected.value;
  const zone = drag.zone.value;
  const at = (event: PointerEvent): readonly [string, number, number] => {
    const canvas = frame.current?.getBoundingClientRect();
    const x = event.clientX - (canvas?.x ?? 0);
    const y = event.clientY - (canvas?.y ?? 0);
    return [smallest(boxes, x, y), x, y];
  };
  const down = (event: PointerEvent): void => {
    const [id, x, y] = at(event);
    designer.selected.value = id;
    const [left = 0, top = 0] = boxes[id] ?? [];
    const part = designer.template.value?.part(id);
    if (part && id !== "") drag.begin(event, { id, name: part.name || part.type, from: [x - left, y - top] });
  };
  const open = (event: MouseEvent): void => {
    const [id] = at(event as PointerEvent);
    const part = designer.template.value?.part(id);
    if (!part) return;
    const { default_event: pressed } = specOf(part.type);
    // A button is for what it does, a text for what it says.
    if (part.type !== "Button" && textOf(part)) designer.typing.value = id;
    else if (pressed) designer.handle(id, pressed);
  };
  const typing = designer.template.value?.part(designer.typing.value);
  const property = typing && textOf(typing);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and screen readers have the tree beside it.
    <div
      class="design-overlay"
      onPointerMove={(event) => setHovered(at(event)[0])}
      onPointerLeave={() => setHovered("")}
      onPointerDown={down}
      onDblClick={open}
    >
      {hovered !== "" && hovered !== selected && boxes[hovered] && (
        <div class="mark hovered" style={box(boxes[hovered])} />
      )}
      {boxes[selected] && selected !== "" && <Selection designer={designer} at={boxes[selected]} />}
      {typing && property && boxes[typing.id] && (
        <InPlace
          key={typing.id}
          designer={designer}
          part={typing}
          property={property}
          at={boxes[typing.id] as Rect}
          done={() => {
            designer.typing.value = "";
          }}
        />
      )}
      {zone && <div class="mark target" style={box(zone.box)} />}
      {zone && <div class="mark drop" style={box(zone.line)} />}
    </div>
  );
}

/// The frame around what is selected, with its name and the way to what it does.
function Selection({ designer, at }: { readonly designer: Designer; readonly at: Rect }) {
  const part = designer.part.value;
  if (!part) return null;
  const event = specOf(part.type).default_event;
  return (
    <div class="mark selected" style={box(at)}>
      <div class={`design-palette${at[1] < 30 ? " below" : ""}`}>
        <span>{part.name || part.type}</span>
        {event && (
          <button
            type="button"
            class="button small"
            onPointerDown={(pressed) => pressed.stopPropagation()}
            onDblClick={(pressed) => pressed.stopPropagation()}
            onClick={() => designer.handle(part.id, event)}
          >
            on {event} <Icon name="right" />
          </button>
        )}
      </div>
    </div>
  );
}

function Ghost({ drag }: { readonly drag: Drag }) {
  const ghost = drag.ghost.value;
  if (!ghost) return null;
  return (
    <div class="design-ghost" style={{ left: `${ghost.x + 18}px`, top: `${ghost.y + 18}px` }}>
      {ghost.label}
    </div>
  );
}

/// The id of the smallest component at a point; "" for the form.
export function smallest(boxes: Readonly<Record<string, Rect>>, x: number, y: number): string {
  let found = "";
  let least = Number.POSITIVE_INFINITY;
  for (const [id, [left, top, width, height]] of Object.entries(boxes)) {
    const isThere = x >= left && y >= top && x <= left + width && y <= top + height;
    // Later ones are drawn above or inside.
    if (id !== "" && isThere && width * height <= least) {
      found = id;
      least = width * height;
    }
  }
  return found;
}

function box([left, top, width, height]: Rect) {
  return { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` };
}
