/// The canvas of the designer: draws a form without any Python and says where things are and may go.
import type { Form, Node } from "../app.ts";
import { type Component, tag } from "../components/component.ts";
import { whole } from "../layouts.ts";
import { Media } from "../media.ts";
import { PageHost, variable } from "../page_host.ts";
import { Scripts } from "../scripts.ts";
import type { CanvasBoot, FromCanvas, Rect, ToCanvas, Zone } from "./messages.ts";
import { type Child, rect, takesOthers, zonesOf } from "./zones.ts";

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
let forms: Readonly<Record<string, Form>> = {};

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
  drawn.clear();
  // Scripts of a theme would change what is drawn; they run where the widget runs.
  const scripts = Object.assign(new Scripts(boot.assets), { run: () => {} });
  const failed = (error: unknown) => tell({ kind: "failed", text: String(error) });
  const theme = `${boot.origin}/_/theme/`;
  // Nothing of a widget runs here, so there is nobody to call.
  const call = () => Promise.reject(new Error("The designer calls no server."));
  const host = new PageHost(find, boot.theme, theme, { scripts, media: new Media(), call }, failed, boot.query);
  const made = new Map<Node, Component>();
  const root = host.paint(`${boot.package}.${name}`, "", (node, component) => made.set(node, component));
  const form = forms[name];
  if (root === undefined || !form) return;
  remember(form.root, made, null, 0);
  for (const [node, component] of made) sample(host, node, component);
  app.replaceChildren(host.component(root).element);
  report();
}

function remember(node: Node, made: ReadonlyMap<Node, Component>, parent: string | null, depth: number): void {
  const id = (node as Node & { readonly id?: string }).id ?? "";
  const component = made.get(node) ?? [...made].find(([one]) => parent === null && one.name === "")?.[1];
  if (component) {
    drawn.set(id, { component, parent, depth });
    hint(node, component);
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
  tell({ kind: "layout", height: Math.ceil(app.getBoundingClientRect().bottom) + BELOW_PX, boxes });
}

function isWithin(id: string, other: string): boolean {
  let at: string | null = id;
  while (at !== null && at !== other) at = drawn.get(at)?.parent ?? null;
  return at === other;
}

function everywhere(): Rect {
  return [0, 0, innerWidth, innerHeight];
}

function zones(moving: string | null): readonly Zone[] {
  const found: Zone[] = [];
  for (const [id, { component, depth }] of drawn) {
    if (!takesOthers(component) || (moving !== null && isWithin(id, moving))) continue;
    const children: Child[] = [];
    for (const [childId, child] of drawn) {
      if (child.parent === id && childId !== moving) children.push({ id: childId, component: child.component });
    }
    const own = zonesOf({ id, component, depth, children });
    // Beside and below the form means the form.
    found.push(...(id === "" ? own.map((zone) => ({ ...zone, box: everywhere() })) : own));
  }
  return found;
}

addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== boot.editor_origin) return;
  const message = event.data as ToCanvas;
  try {
    if (message.kind === "draw") {
      forms = message.forms;
      draw(message.form);
    } else if (message.kind === "zones") tell({ kind: "zones", id: message.id, zones: zones(message.moving) });
  } catch (error) {
    tell({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
  }
});
for (const [name, value] of Object.entries(boot.theme.colors)) {
  document.documentElement.style.setProperty(variable(name), value);
}
// Pictures and fonts that come later move things.
new ResizeObserver(report).observe(app);
document.addEventListener("load", report, true);
tell({ kind: "ready", package: boot.package, colors: boot.theme.colors });
