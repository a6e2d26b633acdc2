/// The canvas of the designer: draws a form without any Python and says where things are and may go.
import type { Form } from "../app.ts";
import { tag } from "../components/component.ts";
import { whole } from "../layouts.ts";
import { Media } from "../media.ts";
import { PageHost } from "../page_host.ts";
import { Scripts } from "../scripts.ts";
import { CanvasTheme } from "./canvas_theme.ts";
import { Drawing, type Drawn } from "./drawing.ts";
import type { CanvasBoot, FromCanvas, Json, Rect, ToCanvas, Zone } from "./messages.ts";
import { type Child, type Place, rect, takesOthers, tracksOf, zonesOf } from "./zones.ts";

/// Room below the form, to drop things into.
const BELOW_PX = 96;

const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}") as CanvasBoot;
const app = document.getElementById("app") ?? document.body.appendChild(tag("div", ""));
const theme = new CanvasTheme(boot.library);
let forms: Readonly<Record<string, Form>> = {};
/// The form that is drawn.
let shown = "";
/// Somebody tries what the form answers.
let isTried = false;

function tell(message: FromCanvas): void {
  parent.postMessage(message, boot.editor_origin);
}

function find(name: string): Form | undefined {
  const all = { [boot.package]: { forms }, ...boot.dependencies };
  for (const [packageName, one] of Object.entries(all)) {
    if (!name.startsWith(`${packageName}.`)) continue;
    const found = one.forms[name.slice(packageName.length + 1)];
    return found && whole(found);
  }
  return undefined;
}

// Scripts of a theme would change what is drawn; they run where the widget runs.
const scripts = Object.assign(new Scripts(boot.assets), { run: () => {} });
const failed = (error: unknown) => tell({ kind: "failed", text: String(error) });
// Nothing of a widget runs here, so there is nobody to call.
const call = () => Promise.reject(new Error("The designer calls no server."));
const page = { scripts, media: new Media(), call };
const drawing = new Drawing(hostOf, boot.package);

/// With the theme as it is now.
function hostOf(): PageHost {
  const host = new PageHost(find, theme.said, `${boot.origin}/_/theme/`, page, failed, boot.query);
  const address = host.address.bind(host);
  host.address = (value) => theme.picture(value) ?? address(value);
  return host;
}

function draw(): void {
  const form = forms[shown];
  const root = form && drawing.draw(form, isTried);
  if (!root) return;
  if (app.firstElementChild !== root.element) app.replaceChildren(root.element);
  report();
}

/// Draw everything, as something other than a form changed.
function drawAnew(): void {
  drawing.spoil();
  draw();
}

function change({ form, forms: changed, gone }: Extract<ToCanvas, { readonly kind: "draw" }>): void {
  shown = form;
  forms = Object.fromEntries(Object.entries({ ...forms, ...changed }).filter(([name]) => !gone.includes(name)));
  // Others may be in it.
  if (gone.length > 0 || Object.keys(changed).some((name) => name !== form)) drawing.spoil();
  draw();
}

function report(): void {
  const boxes: Record<string, Rect> = {};
  for (const [id, { component }] of drawing.all) if (component.element.isConnected) boxes[id] = rect(component.element);
  const tracks = [...drawing.all.keys()].flatMap((id) => tracksOf(placeOf(id)));
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
function placeOf(id: string, without: readonly string[] = []): Place {
  const { component, depth } = drawing.all.get(id) as Drawn;
  const children: Child[] = [];
  for (const [childId, child] of drawing.all) {
    if (child.parent === id && !without.includes(childId)) children.push({ id: childId, component: child.component });
  }
  return { id, component, depth, children };
}

function zones(moving: readonly string[]): readonly Zone[] {
  const found: Zone[] = [];
  for (const [id, { component }] of drawing.all) {
    if (!takesOthers(component) || moving.some((one) => isWithin(id, one))) continue;
    const own = zonesOf(placeOf(id, moving));
    // Beside and below the form means the form.
    found.push(...(id === "" ? own.map((zone) => ({ ...zone, box: everywhere() })) : own));
  }
  return found;
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
