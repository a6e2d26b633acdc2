import type { Designer } from "../designer.ts";
import { topmost } from "../many.ts";
import { parentOf } from "../places.ts";
import type { Operation } from "../texts/template.ts";

const FAR = 10;

/// Keys while the canvas has the focus: arrows go to neighbours, or move what is at a free place; zoom.
export function pressedOnCanvas(event: KeyboardEvent, designer: Designer): void {
  if (event.target !== event.currentTarget || event.altKey) return;
  const isDone = event.ctrlKey || event.metaKey ? zoomed(event, designer) : moved(event, designer);
  if (isDone) event.preventDefault();
}

function zoomed({ key }: KeyboardEvent, { zoom }: Designer): boolean {
  if (key === "+" || key === "=") zoom.by(1);
  else if (key === "-") zoom.by(-1);
  else if (key === "0") zoom.reset();
  else return false;
  return true;
}

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function moved({ key, shiftKey }: KeyboardEvent, designer: Designer): boolean {
  const way = WAYS[key];
  if (!way) return false;
  const by = shiftKey ? FAR : 1;
  return shifted(designer, way[0] * by, way[1] * by) || gone(designer, key);
}

/// Move what is selected in an XYPanel; false where it is in none.
function shifted(designer: Designer, dx: number, dy: number): boolean {
  const template = designer.template.value;
  const parts = template ? topmost(template, designer.selection.all.value) : [];
  if (!template || parts.length === 0) return false;
  if (parts.some((part) => parentOf(template, part)?.type !== "XYPanel")) return false;
  const places = parts.map(({ layout }) => [Number(layout.x ?? 0) + dx, Number(layout.y ?? 0) + dy] as const);
  const operations = parts.map((part, at): Operation => {
    const [x, y] = places[at] as readonly [number, number];
    return { op: "layout", id: part.id, layout: { ...part.layout, x, y } };
  });
  const [x, y] = places[0] as readonly [number, number];
  designer.change(`Moved to ${x}, ${y}`, operations, `nudge ${parts.map(({ id }) => id).join(" ")}`);
  return true;
}

/// Select a neighbour: up and down among siblings, left to what it is in, right to what is in it.
function gone(designer: Designer, key: string): boolean {
  const template = designer.template.value;
  const part = designer.part.value;
  if (!template || !part) return false;
  const parent = parentOf(template, part);
  const next = {
    ArrowLeft: parent,
    ArrowRight: part.children[0],
    ArrowUp: parent?.children[part.index - 1],
    ArrowDown: parent ? parent.children[part.index + 1] : part.children[0],
  }[key];
  if (next) {
    designer.selection.only(next.id);
    designer.said.value = designer.selection.said;
  }
  return true;
}
