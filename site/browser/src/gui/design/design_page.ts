/// The canvas of the designer: draws a form without any Python and says where things are and may go.
import type { Form, Node, Slot } from "../app.ts";
import { tag } from "../components/component.ts";
import { isForm, whole } from "../layouts.ts";
import { Media } from "../media.ts";
import { PageHost } from "../page_host.ts";
import { Scripts } from "../scripts.ts";
import { CanvasTheme } from "./canvas_theme.ts";
import { Drawing, type Drawn } from "./drawing.ts";
import { type Identified, withHoles } from "./holes.ts";
import {
  type CanvasBoot,
  type FromCanvas,
  type Json,
  type Rect,
  slotId,
  type ToCanvas,
  type Zone,
} from "./messages.ts";
import { circle, templateOf } from "./samples.ts";
import { formZones, type SlotChild, type SlotPlace } from "./slot_zones.ts";
import { hasTracks, rect, takesOthers, tracksOf, zonesOf } from "./zones.ts";

/// Room below the form, to drop things into.
const BELOW_PX = 96;

const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}") as CanvasBoot;
const app = document.getElementById("app") ?? document.body.appendChild(tag("div", ""));
const theme = new CanvasTheme(boot.library);
let forms: Readonly<Record<string, Form>> = {};
/// The form that is drawn, and the lists in it whose rows are edited.
let shown = "";
let inside: readonly string[] = [];
/// The form whose components are edited, as it is drawn.
let edited: Form | undefined;
/// Somebody tries what the form answers.
let isTried = false;

function tell(message: FromCanvas): void {
  parent.postMessage(message, boot.editor_origin);
}

function find(name: string): Form | undefined {
  const own = edited ? { ...forms, [edited.name]: edited } : forms;
  const all = { [boot.package]: { forms: own }, ...boot.dependencies };
  for (const [packageName, one] of Object.entries(all)) {
    if (!name.startsWith(`${packageName}.`)) continue;
    const found = one.forms[name.slice(packageName.length + 1)];
    return found && whole(found);
  }
  return undefined;
}

function isThere(type: string): boolean {
  return find(type.replace(/^form:/, "")) !== undefined;
}

function slotsOf(type: string): readonly Slot[] {
  return find(type.replace(/^form:/, ""))?.component?.slots ?? [];
}

/// The template of the last list; else the form that is drawn.
function formInside(): Form | undefined {
  let at = forms[shown];
  for (const id of isTried ? [] : inside) {
    const list = at && nodesOf(at.root).find((node) => (node as Identified).id === id);
    const name = list && templateOf(list);
    if (name) at = forms[name] ?? forms[name.slice(boot.package.length + 1)];
  }
  return at;
}

function nodesOf(node: Node): readonly Node[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

// Scripts of a theme would change what is drawn; they run where the widget runs.
const scripts = Object.assign(new Scripts(boot.assets), { run: () => {} });
const failed = (error: unknown) => tell({ kind: "failed", text: String(error) });
// Nothing of a widget runs here, so there is nobody to call.
const call = () => Promise.reject(new Error("The designer calls no server."));
const page = { scripts, media: new Media(), call };
const drawing = new Drawing(hostOf, boot.package, find);

/// With the theme as it is now.
function hostOf(): PageHost {
  const host = new PageHost(find, theme.said, `${boot.origin}/_/theme/`, page, failed, boot.query);
  const address = host.address.bind(host);
  host.address = (value) => theme.picture(value) ?? address(value);
  return host;
}

function draw(): void {
  edited = undefined;
  const circular = circle(`${boot.package}.${shown}`, find);
  if (circular) throw new Error(`This form is in itself, so it can't be drawn: ${circular}.`);
  const form = formInside();
  edited = form && !isTried ? withHoles(form, slotsOf, isThere) : form;
  const whole = shown === edited?.name ? edited : forms[shown];
  if (!whole || !edited) return;
  const root = drawing.draw({ form: whole, edited, inside: isTried ? [] : inside }, isTried);
  if (!root) return;
  if (app.firstElementChild !== root.element) app.replaceChildren(root.element);
  report();
}

/// Draw everything, as something other than a form changed.
function drawAnew(): void {
  drawing.spoil();
  draw();
}

function change({ form, forms: changed, gone, inside: lists }: Extract<ToCanvas, { readonly kind: "draw" }>): void {
  shown = form;
  inside = lists;
  forms = Object.fromEntries(Object.entries({ ...forms, ...changed }).filter(([name]) => !gone.includes(name)));
  // Others may be in it.
  if (gone.length > 0 || Object.keys(changed).some((name) => name !== form)) drawing.spoil();
  draw();
}

function report(): void {
  const boxes: Record<string, Rect> = {};
  for (const [id, { component }] of drawing.all) if (component.element.isConnected) boxes[id] = rect(component.element);
  for (const { of, slot, component } of drawing.holes) if (of === null) boxes[slotId(slot)] = rect(component.element);
  const tracks = [...drawing.all].flatMap(([id, { component }]) => (hasTracks(component) ? tracksOf(placeOf(id)) : []));
  tell({ kind: "layout", height: Math.ceil(app.getBoundingClientRect().bottom) + BELOW_PX, boxes, tracks });
}

function isWithin(id: string, other: string): boolean {
  let at: string | null = id;
  while (at !== null && at !== other) at = drawing.all.get(at)?.parent ?? null;
  return at === other;
}

function everywhere(): Rect {
  return [0, 0, innerWidth, innerHeight];
}

/// A component with those in it, without some.
function placeOf(id: string, without: readonly string[] = []): SlotPlace {
  const { component, depth } = drawing.all.get(id) as Drawn;
  const children: SlotChild[] = [];
  for (const [childId, child] of drawing.all) {
    if (child.parent !== id || without.includes(childId)) continue;
    children.push({ id: childId, component: child.component, slot: child.node.layout.slot });
  }
  return { id, component, depth, children };
}

function zones(moving: readonly string[]): readonly Zone[] {
  const found: Zone[] = [];
  for (const [id, { node }] of drawing.all) {
    if (moving.some((one) => isWithin(id, one))) continue;
    const own = zonesIn(placeOf(id, moving), node, moving);
    // Beside and below the form means the form.
    found.push(...(id === "" && inside.length === 0 ? own.map((zone) => ({ ...zone, box: everywhere() })) : own));
  }
  return found;
}

/// In the slots of a form or of a layout, or where the container itself says.
function zonesIn(place: SlotPlace, node: Node, moving: readonly string[]): readonly Zone[] {
  const layout = place.id === "" ? edited?.layout?.type : undefined;
  const type = layout ?? (isForm(node) ? node.type : undefined);
  if (type === undefined) return takesOthers(place.component) ? zonesOf(place) : [];
  return formZones(place, slotsOf(type), (slot) => {
    const hole = drawing.holes.find((one) => one.of === place.id && one.slot === slot);
    // It is not empty yet while what moves is still drawn there.
    const lone = moving
      .map((id) => drawing.all.get(id))
      .find((one) => one?.parent === place.id && one.node.layout.slot === slot);
    const component = hole?.component ?? lone?.component;
    return component && rect(component.element);
  });
}

/// As it would be with other values.
function preview(id: string, properties: Json = {}, layout?: Json): void {
  const { component } = drawing.all.get(id) ?? {};
  if (!component) return;
  drawing.spoil();
  for (const [name, value] of Object.entries(properties)) component.set(name, value);
  const { parent: panel } = component;
  if (layout && panel) {
    const index = panel.children.indexOf(component);
    component.leave();
    panel.insert(component, layout, index);
  }
  report();
}

/// The form answers as it does for visitors, but for what its code would do.
function tryOut(isOn: boolean): void {
  isTried = isOn;
  document.body.classList.toggle("design", !isOn);
  drawAnew();
  if (isOn) focus();
}

addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== boot.editor_origin) return;
  const message = event.data as ToCanvas;
  try {
    if (message.kind === "draw") {
      change(message);
    } else if (message.kind === "theme") {
      if (theme.take(message)) drawAnew();
    } else if (message.kind === "zones") tell({ kind: "zones", id: message.id, zones: zones(message.moving) });
    else if (message.kind === "preview") preview(message.id, message.properties, message.layout);
    else tryOut(message.isOn);
  } catch (error) {
    tell({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
  }
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && isTried) tell({ kind: "tried" });
});
// A link would leave the canvas for good.
addEventListener(
  "click",
  (event) => {
    if (event.target instanceof Element && event.target.closest("a[href]")) event.preventDefault();
  },
  true,
);
// Pictures and fonts that come later move things.
new ResizeObserver(report).observe(app);
document.addEventListener("load", report, true);
tell({ kind: "ready", package: boot.package, library: boot.library });
