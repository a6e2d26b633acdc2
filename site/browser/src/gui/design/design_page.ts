/// The canvas of the designer: draws a form without any Python and says where things are and may go.
import type { Form, Node } from "../app.ts";
import { type Component, tag } from "../components/component.ts";
import { whole } from "../layouts.ts";
import { Media } from "../media.ts";
import { PageHost } from "../page_host.ts";
import { Scripts } from "../scripts.ts";
import { CanvasTheme } from "./canvas_theme.ts";
import type { CanvasBoot, FromCanvas, Json, Rect, ToCanvas, Zone } from "./messages.ts";
import { type Child, type Place, rect, takesOthers, tracksOf, zonesOf } from "./zones.ts";

/// A component of the form that is drawn, by its id in the design.
interface Drawn {
  readonly component: Component;
  readonly parent: string | null;
  readonly depth: number;
}

/// Room below the form, to drop things into.
const BELOW_PX = 96;

const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}") as CanvasBoot;
const app = document.getElementById("app") ?? document.body.appendChild(tag("div", ""));
const drawn = new Map<string, Drawn>();
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

/// The form's own components, as the design numbers them.
function draw(name: string): void {
  shown = name;
  drawn.clear();
  // Scripts of a theme would change what is drawn; they run where the widget runs.
  const scripts = Object.assign(new Scripts(boot.assets), { run: () => {} });
  const failed = (error: unknown) => tell({ kind: "failed", text: String(error) });
  const assets = `${boot.origin}/_/theme/`;
  // Nothing of a widget runs here, so there is nobody to call.
  const call = () => Promise.reject(new Error("The designer calls no server."));
  const host = new PageHost(find, theme.said, assets, { scripts, media: new Media(), call }, failed, boot.query);
  const address = host.address.bind(host);
  host.address = (value) => theme.picture(value) ?? address(value);
  const made = new Map<Node, Component>();
  const root = host.paint(`${boot.package}.${name}`, "", (node, component) => made.set(node, component));
  const form = forms[name];
  if (root === undefined || !form) return;
  remember(form.root, made, null, 0);
  if (!isTried) for (const [node, component] of made) sample(host, node, component);
  app.replaceChildren(host.component(root).element);
  report();
}

function remember(node: Node, made: ReadonlyMap<Node, Component>, parent: string | null, depth: number): void {
  const id = (node as Node & { readonly id?: string }).id ?? "";
  const component = made.get(node) ?? [...made].find(([one]) => parent === null && one.name === "")?.[1];
  if (component) {
    drawn.set(id, { component, parent, depth });
    if (!isTried) hint(node, component);
  }
  for (const child of node.children) remember(child, made, id, depth + 1);
}

/// What shows nothing yet says what it is: the expression that it will follow, else its name.
function hint(node: Node, component: Component): void {
  const property = SAYS[node.type];
  if (!property) return;
  const bound = node.bindings.find((one) => one.property === property);
  if (!bound && (node.properties[property] || node.properties.icon || node.children.length > 0)) return;
  component.set(property, bound?.code ?? node.name);
  component.element.classList.add("design-hint");
}

/// A list shows its template once, in the place of its items.
function sample(host: PageHost, node: Node, component: Component): void {
  const template = node.type === "RepeatingPanel" ? node.properties.item_template : undefined;
  if (typeof template !== "string" || !template) return;
  const name = template.startsWith(`${boot.package}.`) ? template : `${boot.package}.${template}`;
  const root = host.paint(name, `sample of ${node.name}`, hint);
  if (root === undefined) return;
  host.component(root).element.classList.add("design-sample");
  component.insert(host.component(root), {}, -1);
}

const SAYS: Readonly<Record<string, string>> = { Label: "text", Link: "text", Button: "text", RichText: "content" };

function report(): void {
  const boxes: Record<string, Rect> = {};
  for (const [id, { component }] of drawn) if (component.element.isConnected) boxes[id] = rect(component.element);
  const tracks = [...drawn.keys()].flatMap((id) => tracksOf(placeOf(id)));
  tell({ kind: "layout", height: Math.ceil(app.getBoundingClientRect().bottom) + BELOW_PX, boxes, tracks });
}

function isWithin(id: string, other: string): boolean {
  let at: string | null = id;
  while (at !== null && at !== other) at = drawn.get(at)?.parent ?? null;
  return at === other;
}

function everywhere(): Rect {
  return [0, 0, innerWidth, innerHeight];
}

/// A component with those in it, without some.
function placeOf(id: string, without: readonly string[] = []): Place {
  const { component, depth } = drawn.get(id) as Drawn;
  const children: Child[] = [];
  for (const [childId, child] of drawn) {
    if (child.parent === id && !without.includes(childId)) children.push({ id: childId, component: child.component });
  }
  return { id, component, depth, children };
}

function zones(moving: readonly string[]): readonly Zone[] {
  const found: Zone[] = [];
  for (const [id, { component }] of drawn) {
    if (!takesOthers(component) || moving.some((one) => isWithin(id, one))) continue;
    const own = zonesOf(placeOf(id, moving));
    // Beside and below the form means the form.
    found.push(...(id === "" ? own.map((zone) => ({ ...zone, box: everywhere() })) : own));
  }
  return found;
}

/// As it would be with other values.
function preview(id: string, properties: Json = {}, layout?: Json): void {
  const { component } = drawn.get(id) ?? {};
  if (!component) return;
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
  if (shown) draw(shown);
  if (isOn) focus();
}

addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== boot.editor_origin) return;
  const message = event.data as ToCanvas;
  try {
    if (message.kind === "draw") {
      forms = message.forms;
      shown = message.form;
      draw(shown);
    } else if (message.kind === "theme") {
      if (theme.take(message) && shown) draw(shown);
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
