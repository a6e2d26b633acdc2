import { useState } from "preact/hooks";
import type { Track } from "../../gui/design/messages.ts";
import type { Designer } from "../designer.ts";
import { parentOf } from "../places.ts";
import type { Template } from "../texts/template.ts";
import { box } from "./overlay.tsx";
import { freeGrip, type Grip, gripsOf, operationsOf, stepped } from "./widths.ts";

type Point = readonly [number, number];

/// What is pulled to make columns and components wider: of what is selected, and of the row under the pointer.
export function Grips({ designer, pointer }: { readonly designer: Designer; readonly pointer: Point | null }) {
  const [pulled, setPulled] = useState<{ readonly grip: Grip; readonly value: number } | null>(null);
  const template = designer.template.value;
  if (!template) return null;
  const grips = shownGrips(designer, template, pointer);
  const zoom = designer.zoom.level.value;
  return (
    <>
      {pulled && <Marks grip={pulled.grip} zoom={zoom} />}
      {grips.map((grip) => (
        <GripLine
          key={grip.key}
          designer={designer}
          grip={grip}
          value={pulled?.grip.key === grip.key ? pulled.value : null}
          pulled={(from, value) => setPulled(from && value !== null ? { grip: from, value } : null)}
        />
      ))}
    </>
  );
}

/// The grips that are there now.
function shownGrips(designer: Designer, template: Template, pointer: Point | null): readonly Grip[] {
  const selected = designer.selection.main.value;
  const page_px = designer.page_px.value;
  const found = new Map<string, Grip>();
  for (const track of designer.tracks.value) {
    const isOwn = track.panel === selected || track.cells.some(({ ids }) => ids.includes(selected));
    if (!isOwn && !(pointer && track.kind === "columns" && isIn(track, pointer))) continue;
    for (const grip of gripsOf(template, track, page_px)) {
      // Each cell of a grid has two: those of what is selected are enough.
      if (track.kind === "columns" || grip.of === selected) found.set(grip.key, grip);
    }
  }
  const part = designer.part.value;
  const at = designer.boxes.value[selected];
  if (part && at && parentOf(template, part)?.type === "XYPanel") found.set("free", freeGrip(part, at));
  return [...found.values()];
}

function isIn({ box: [left, top, width, height] }: Track, [x, y]: Point): boolean {
  return x >= left && x <= left + width && y >= top && y <= top + height;
}

/// Where it can rest.
function Marks({ grip, zoom }: { readonly grip: Grip; readonly zoom: number }) {
  const { line, now, least, most, snap, unit_px } = grip;
  if (snap * unit_px < 4) return null;
  const rests: number[] = [];
  for (let value = Math.ceil(least / snap) * snap; value <= most; value += snap) rests.push(value);
  return (
    <>
      {rests.map((value) => (
        <div
          key={value}
          class="mark snap"
          style={box([line[0] + (value - now) * unit_px, line[1], 0, line[3]], zoom)}
        />
      ))}
    </>
  );
}

interface LineProps {
  readonly designer: Designer;
  readonly grip: Grip;
  /// While it is pulled.
  readonly value: number | null;
  readonly pulled: (grip: Grip | null, value: number | null) => void;
}

function GripLine({ designer, grip, value, pulled }: LineProps) {
  const zoom = designer.zoom.level.value;
  const keep = (made: number): void => {
    designer.change(`${grip.label}: ${grip.shown(made)}`, operationsOf(grip.made(made)), grip.key);
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.stopPropagation();
    pull(event, grip, zoom, {
      moved: (made) => {
        pulled(grip, made);
        const { id, ...change } = grip.made(made);
        designer.preview(id, change);
      },
      ended: (made) => {
        pulled(null, null);
        if (made === null || made === grip.now) designer.redraw();
        else keep(made);
      },
    });
  };
  const press = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    keep(stepped(grip, by, event.shiftKey));
  };
  return (
    <div
      class={`design-grip${value === null ? "" : " is-pulled"}`}
      style={box(grip.line, zoom)}
      role="separator"
      aria-orientation="vertical"
      aria-label={grip.label}
      aria-valuenow={grip.now}
      aria-valuemin={grip.least}
      aria-valuemax={grip.most}
      aria-valuetext={grip.shown(grip.now)}
      tabIndex={0}
      onPointerDown={down}
      onDblClick={(event) => event.stopPropagation()}
      onKeyDown={press}
    >
      {value !== null && <output>{grip.shown(value)}</output>}
    </div>
  );
}

interface Pull {
  readonly moved: (value: number) => void;
  /// null: given up.
  readonly ended: (value: number | null) => void;
}

/// Follow a pointer that pulls a grip; Alt leaves the marks where it rests.
function pull(down: PointerEvent, grip: Grip, zoom: number, { moved, ended }: Pull): void {
  const over = new AbortController();
  const { signal } = over;
  let value = grip.now;
  const end = (made: number | null): void => {
    over.abort();
    ended(made);
  };
  const move = (event: PointerEvent): void => {
    if (event.pointerId !== down.pointerId) return;
    const wanted = grip.now + (event.clientX - down.clientX) / zoom / grip.unit_px;
    const step = event.altKey ? 1 : grip.snap;
    const next = Math.min(Math.max(Math.round(wanted / step) * step, grip.least), grip.most);
    if (next === value) return;
    value = next;
    moved(value);
  };
  const stop = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    end(null);
  };
  (down.currentTarget as HTMLElement).setPointerCapture(down.pointerId);
  moved(value);
  addEventListener("pointermove", move, { signal });
  addEventListener("pointerup", (event) => event.pointerId === down.pointerId && end(value), { signal });
  addEventListener("pointercancel", () => end(null), { signal });
  addEventListener("keydown", stop, { signal, capture: true });
}
