/// The examples of the components' reference: each drawn on a canvas of its own, with fields for its properties.
import { helpOf } from "../designer/inspector/help.ts";
import { beginningOf, type Property, specOf } from "../designer/specs.ts";
import type { Source } from "../designer/texts/template.ts";
import type { Node as Drawn, Form } from "../gui/app.ts";
import type { FromCanvas, ToCanvas } from "../gui/design/messages.ts";

type Values = Readonly<Record<string, unknown>>;

/// Room that the designer has below the form.
const BELOW_PX = 96;
/// What shows nothing by itself, or needs something of a widget.
const WITHOUT: ReadonlySet<string> = new Set(["Timer", "GoogleMap", "HtmlTemplate", "HtmlPanel", "DataRowPanel"]);
const INSIDE: readonly Source[] = ["One", "Two", "Three"].map((text) => ({ type: "Button", properties: { text } }));
/// What examples have that new components do not, so that there is something to see.
const SAID: Readonly<Record<string, Values>> = {
  TextBox: { placeholder: "Type here" },
  TextArea: { placeholder: "Type here" },
  DropDown: { items: ["Red", "Green", "Blue"] },
  LinearProgress: { value: 40 },
  CircularProgress: { value: 40 },
};

function node(source: Source, id: string): Drawn & { id: string } {
  const children = (source.components ?? []).map((child, at) => node(child, `${id}-${at}`));
  const own = { name: id, type: source.type, properties: source.properties ?? {} };
  return { ...own, id, layout: { grid_position: `${id},A`, x: 8, y: 8 }, events: {}, bindings: [], children };
}

/// A form with the component alone in it; panels have something in them.
function example(type: string, values: Values): Form {
  const begun = beginningOf(type);
  const isPanel = specOf(type).isContainer && !begun.components && type !== "DataGrid";
  const source = { ...begun, ...(isPanel && { components: INSIDE }), properties: values };
  const root = { ...node({ type: "ColumnPanel" }, ""), children: [node(source, "example")] };
  return { name: "Example", root };
}

/// The element that a property is changed with; null for what needs more than a line.
function field(property: Property, label: string, change: (value: unknown) => void): HTMLElement | null {
  if (property.type === "boolean") {
    const box = Object.assign(document.createElement("input"), {
      type: "checkbox",
      checked: property.default === true,
    });
    box.onchange = () => change(box.checked);
    return named(box, label);
  }
  if (property.of) {
    const choice = document.createElement("select");
    choice.append(...property.of.map((one) => new Option(one, one, false, one === property.default)));
    choice.onchange = () => change(choice.value);
    return named(choice, label);
  }
  if (!["string", "number", "color", "url", "html"].includes(property.type)) return null;
  const text = Object.assign(document.createElement("input"), { type: property.type === "number" ? "number" : "text" });
  text.oninput = () =>
    change(property.type === "number" ? (text.value === "" ? null : Number(text.value)) : text.value);
  return named(text, label);
}

function named<E extends HTMLElement>(element: E, label: string): E {
  element.setAttribute("aria-label", label);
  return element;
}

/// A value of JSON as Python writes it.
function python(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value).map((pair) => pair.map(python).join(": "))}}`;
}

function codeOf(type: string, values: Values): string {
  const said = Object.entries(values).map(([name, value]) => `${name}=${python(value)}`);
  return `${type}(${said.join(", ")})`;
}

function explain(section: HTMLElement, type: string): void {
  for (const place of section.querySelectorAll<HTMLElement>("[data-help]"))
    place.textContent = helpOf(type, place.dataset.help ?? "");
}

function show(section: HTMLElement): void {
  const type = section.dataset.component ?? "";
  explain(section, type);
  const place = section.querySelector<HTMLElement>(".component-live");
  if (!place || WITHOUT.has(type)) return;
  let values: Values = { ...beginningOf(type).properties, ...SAID[type] };
  const frame = document.createElement("iframe");
  Object.assign(frame, { title: `${type}: an example`, loading: "lazy", src: "/docs/canvas" });
  frame.setAttribute("sandbox", "allow-scripts");
  const send = (message: ToCanvas) => frame.contentWindow?.postMessage(message, "*");
  const code = document.createElement("code");
  const draw = () => {
    code.textContent = codeOf(type, values);
    send({ kind: "draw", form: "Example", forms: { Example: example(type, values) }, gone: [], inside: [] });
    send({ kind: "try", isOn: true });
  };
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow) return;
    const said = event.data as FromCanvas;
    if (said.kind === "ready") {
      send({ kind: "theme", colors: {}, html: {}, css: "", files: {} });
      draw();
    } else if (said.kind === "layout") frame.style.height = `${Math.max(said.height - BELOW_PX, 48)}px`;
  });
  place.append(frame, code);
  for (const property of specOf(type).properties) {
    const cell = section.querySelector(`[data-property="${property.name}"]`);
    const made = field(property, `${type}: ${property.name}`, (value) => {
      values = { ...values, [property.name]: value };
      draw();
    });
    const first = values[property.name];
    if (made instanceof HTMLInputElement && typeof first === "string") made.value = first;
    if (made instanceof HTMLInputElement && typeof first === "number") made.value = String(first);
    if (made) cell?.append(made);
  }
}

for (const section of document.querySelectorAll<HTMLElement>("section.component")) show(section);
