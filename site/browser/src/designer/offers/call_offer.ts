/// A server function put onto a form: a button that calls it, with an input for each thing that it takes.
import type { Designer } from "../designer.ts";
import { className } from "../forms/form_place.ts";
import { ahead, type Target } from "../places.ts";
import { handlersOf, withHandler, withImports } from "../texts/form_code.ts";
import type { Part, Source } from "../texts/template.ts";
import { freeName, type Offer, wordsOf } from "./offers.ts";
import type { InputKind, Parameter, ServerFunction } from "./server_functions.ts";

const INPUTS: Readonly<Record<InputKind, { readonly type: string; readonly value: string; readonly end: string }>> = {
  text: { type: "TextBox", value: "text", end: "box" },
  number: { type: "TextBox", value: "text", end: "box" },
  check: { type: "CheckBox", value: "checked", end: "check" },
  date: { type: "DatePicker", value: "date", end: "picker" },
  file: { type: "FileLoader", value: "file", end: "loader" },
};

interface Input {
  readonly parameter: Parameter;
  readonly source: Source & { readonly name: string };
}

export function callOffer(designer: Designer, called: ServerFunction): Offer {
  const title = `${called.name}(${called.parameters.map(({ name }) => name).join(", ")}): a button that calls it`;
  return {
    type: `call:${called.name}`,
    label: called.name,
    icon: "component-Button",
    title,
    put: (target) => put(designer, called, target),
    takes: (part) => part.type === "Button" && part.name !== "" && !part.events.click,
    give: (part) => give(designer, called, part),
  };
}

function put(designer: Designer, called: ServerFunction, target: Target): void {
  const taken = new Set(designer.template.value?.names);
  const inputs = inputsOf(called, taken);
  const name = freeName(`${stem(called)}_button`, taken);
  const method = freeName(`${name}_click`, methodsOf(designer));
  const properties = { text: wordsOf(called.name), role: "primary-color" };
  const button = { name, type: "Button", properties, event_bindings: { click: method } };
  const source = inputs.length === 0 ? button : panelOf(called, [...inputs.map(({ source }) => source), button], taken);
  designer.add([source], target, `Added ${name}, which calls ${called.name}`, {
    code: (text) => withCall(text, designer, method, called, inputs),
  });
  designer.selected.value = name;
}

/// An existing button calls it; the inputs stand before the button.
function give(designer: Designer, called: ServerFunction, button: Part): void {
  const taken = new Set(designer.template.value?.names);
  const inputs = inputsOf(called, taken);
  const method = freeName(`${button.name}_click`, methodsOf(designer));
  const label = `${button.name} calls ${called.name}`;
  const code = (text: string) => withCall(text, designer, method, called, inputs);
  const operation = { op: "event", id: button.id, event: "click", handler: method } as const;
  if (inputs.length === 0) designer.change(label, [operation], undefined, code);
  else {
    const panel = panelOf(
      called,
      inputs.map(({ source }) => source),
      taken,
    );
    const template = designer.template.value;
    if (template) designer.add([panel], ahead(template, button), label, { code, operations: [operation] });
  }
  designer.selected.value = button.id;
}

function panelOf(called: ServerFunction, components: readonly Source[], taken: Iterable<string>): Source {
  return { name: freeName(`${stem(called)}_panel`, taken), type: "LinearPanel", components };
}

function inputsOf({ parameters }: ServerFunction, taken: Set<string>): readonly Input[] {
  // What has a default need not be given, unless nothing else is.
  return parameters.map((parameter) => {
    const { type, end } = INPUTS[parameter.kind];
    const name = freeName(`${parameter.name}_${end}`, taken);
    taken.add(name);
    return { parameter, source: { name, type, properties: propertiesOf(parameter) } };
  });
}

function propertiesOf({ name, kind, fallback }: Parameter): Readonly<Record<string, unknown>> {
  const words = wordsOf(name);
  switch (kind) {
    case "text": {
      const text = /^(["'])([^"'\\]*)\1$/.exec(fallback ?? "")?.[2];
      return { placeholder: words, ...(text && { text }) };
    }
    case "number":
      return { type: "number", placeholder: words, ...(fallback && /^-?[\d.]+$/.test(fallback) && { text: fallback }) };
    case "check":
      return { text: words, ...(fallback === "True" && { checked: true }) };
    case "date":
      return { placeholder: words };
    case "file":
      return { text: words };
  }
}

function withCall(
  code: string,
  designer: Designer,
  method: string,
  called: ServerFunction,
  inputs: readonly Input[],
): string {
  const given = inputs.map(({ parameter, source }) => {
    const value = `self.${source.name}.${INPUTS[parameter.kind].value}`;
    return parameter.isKeyword ? `${parameter.name}=${value}` : value;
  });
  const call = `anvil.server.call(${[JSON.stringify(called.name), ...given].join(", ")})`;
  const body = called.hasResult
    ? [`result = ${call}`, "alert(str(result))"]
    : [call, `Notification(${JSON.stringify(`${wordsOf(called.name)}: done.`)}).show()`];
  const says = `Call the server function ${called.name}.`;
  const made = withHandler(code, className(designer.form.name), method, says, body).text;
  const shows = called.hasResult ? "alert" : "Notification";
  return withImports(made, ["import anvil.server", `from anvil import ${shows}`]);
}

function methodsOf(designer: Designer): readonly string[] {
  return handlersOf(designer.code, className(designer.form.name)).map(({ name }) => name);
}

function stem({ name }: ServerFunction): string {
  const made = name.replace(/\W+/g, "_").replace(/^_+|_+$/g, "");
  return /^[A-Za-z_]/.test(made) ? made : `call_${made}`;
}
