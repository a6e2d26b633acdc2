import { useEffect, useRef, useState } from "preact/hooks";
import type { Rect, Zone } from "../../gui/design/messages.ts";
import { type Designer, nameOf } from "../designer.ts";
import { shownSlot } from "../panel.ts";
import { specOf } from "../specs.ts";
import { pressedOnCanvas } from "./canvas_keys.ts";
import type { Drag } from "./drag.ts";
import { Grips } from "./grips.tsx";
import { InPlace, textOf } from "./in_place.tsx";
import { type Band, inBand, useBand } from "./marquee.ts";
import { Palette } from "./palette.tsx";

interface Props {
  readonly designer: Designer;
  readonly frame: { readonly current: HTMLIFrameElement | null };
  readonly drag: Drag;
}

type Point = readonly [number, number];

/// What lies over the canvas: marks what is selected, takes pointer and keys.
export function Overlay({ designer, frame, drag }: Props) {
  const [pointer, setPointer] = useState<Point | null>(null);
  const overlay = useRef<HTMLDivElement>(null);
  useEffect(() => (overlay.current ? drag.guard(overlay.current) : undefined), [drag]);
  const [band, beginBand] = useBand();
  const { value: boxes } = designer.boxes;
  const { selection } = designer;
  const all = selection.all.value;
  const zoom = designer.zoom.level.value;
  const zone = drag.zone.value;
  const at = (event: MouseEvent): Point => {
    const canvas = frame.current?.getBoundingClientRect();
    return [(event.clientX - (canvas?.x ?? 0)) / zoom, (event.clientY - (canvas?.y ?? 0)) / zoom];
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const [x, y] = at(event);
    const id = smallest(boxes, x, y);
    const [left = 0, top = 0] = boxes[id] ?? [];
    if (id.startsWith("slot:")) {
      const name = id.slice("slot:".length);
      const tap = () => showSlot(designer, name);
      drag.begin(
        event,
        { id, name, from: [x - left, y - top] },
        { tap, drop: (zone) => void dropSlot(designer, name, zone) },
      );
      return;
    }
    const adds = event.shiftKey || event.ctrlKey || event.metaKey;
    if (adds || (id === "" && event.pointerType !== "touch")) {
      const tap = () => (adds && id !== "" ? toggle(designer, id) : selection.only(id));
      beginBand(event, at, (drawn) => chooseIn(designer, id, drawn, adds), tap);
      return;
    }
    const tap = () => selection.only(id);
    // A finger that scrolls selects nothing.
    if (!selection.has(id) && event.pointerType !== "touch") tap();
    const part = designer.template.value?.part(id);
    const together = selection.has(id) ? selection.all.value : [id];
    // A finger on the form itself scrolls, and by a tap selects it.
    if (part && id !== "")
      drag.begin(event, { id, name: nameOf(part), from: [x - left, y - top], all: together }, { tap });
  };
  const hovered = pointer ? smallest(boxes, ...pointer) : "";
  const main = boxes[selection.main.value];
  const selected = `mark selected${drag.ghost.value?.isMoved ? " is-moving" : ""}`;
  return (
    <div
      ref={overlay}
      class="design-overlay"
      role="application"
      aria-roledescription="canvas"
      aria-label={`The form as it is drawn. Selected: ${selection.said}`}
      tabIndex={0}
      onPointerMove={(event) => event.pointerType !== "touch" && setPointer(at(event))}
      onPointerLeave={() => setPointer(null)}
      onPointerDown={down}
      onClick={(event) => {
        if ((event as unknown as PointerEvent).pointerType === "touch" && smallest(boxes, ...at(event)) === "")
          selection.only("");
      }}
      onDblClick={(event) => open(designer, smallest(boxes, ...at(event)))}
      onKeyDown={(event) => pressedOnCanvas(event, designer)}
    >
      {hovered !== "" && !all.includes(hovered) && boxes[hovered] && !zone && !band && (
        <div class="mark hovered" style={box(boxes[hovered], zoom)} />
      )}
      {all.map((id) => id !== "" && boxes[id] && <div key={id} class={selected} style={box(boxes[id], zoom)} />)}
      {!drag.ghost.value && <Grips designer={designer} pointer={pointer} />}
      {main && all.length === 1 && all[0] !== "" && !zone && !band && <Palette designer={designer} at={main} />}
      <Typing designer={designer} />
      {zone && <div class="mark target" style={box(zone.box, zoom)} />}
      {zone && <div class={`mark drop${zone.isFree ? " is-free" : ""}`} style={box(zone.line, zoom)} />}
      {band && <div class="mark band" style={box(inBand(band), zoom)} />}
    </div>
  );
}

/// The field in the place of a component's text, while there is one.
function Typing({ designer }: { readonly designer: Designer }) {
  const part = designer.template.value?.part(designer.typing.value);
  const property = part && textOf(part);
  const at = part && designer.boxes.value[part.id];
  if (!part || !property || !at) return null;
  const done = () => {
    designer.typing.value = "";
  };
  const zoom = designer.zoom.level.value;
  return (
    <InPlace key={part.id} designer={designer} part={part} property={property} at={scaled(at, zoom)} done={done} />
  );
}

/// A slot of the form is the form's: its fields are there.
function showSlot(designer: Designer, name: string): void {
  designer.selection.only("");
  shownSlot.value = name;
  designer.said.value = `Slot ${name}`;
}

async function dropSlot(designer: Designer, name: string, zone: Zone): Promise<void> {
  const { moveSlot } = await import("../forms/slot_edits.ts");
  const slot = designer.template.value?.own.slots.find((one) => one.name === name);
  if (slot) moveSlot(designer, slot, zone);
}

function toggle(designer: Designer, id: string): void {
  designer.selection.toggle(id);
  designer.said.value = designer.selection.said;
}

/// Select what a band is drawn around, among the components of what it began in.
function chooseIn(designer: Designer, id: string, band: Band, adds: boolean): void {
  const template = designer.template.value;
  const part = template?.part(id);
  const panel = part && part.id !== "" && part.children.length === 0 ? template?.part(part.parent ?? "") : part;
  const [left, top, width, height] = inBand(band);
  const met = (panel?.children ?? []).filter((child) => {
    const [x, y, w, h] = designer.boxes.value[child.id] ?? [0, 0, -1, -1];
    return w >= 0 && x < left + width && x + w > left && y < top + height && y + h > top;
  });
  const found = met.map((child) => child.id);
  const { selection } = designer;
  selection.take(adds ? [...selection.all.value.filter((one) => !found.includes(one)), ...found] : found);
  designer.said.value = selection.said;
}

/// A double click: to the text of what says something, to the handler of what does something.
function open(designer: Designer, id: string): void {
  const part = designer.template.value?.part(id);
  if (!part || designer.enter(id)) return;
  const { default_event: pressed } = specOf(part.type);
  // A button is for what it does, a text for what it says.
  if (part.type !== "Button" && textOf(part)) designer.typing.value = id;
  else if (pressed) designer.handle(id, pressed);
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

/// From the canvas's pixels to the page's.
export function scaled(rect: Rect, zoom: number): Rect {
  return rect.map((value) => value * zoom) as unknown as Rect;
}

/// A rectangle of the canvas as a style.
export function box(rect: Rect, zoom: number) {
  const [left, top, width, height] = scaled(rect, zoom);
  return { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` };
}
