/// A new form of a widget: an empty panel, and its class.
import { nameFault } from "../texts/python_names.ts";
import { formsOf } from "./form_place.ts";

/// Why a form can't be called so, or null when it can.
export function formNameProblem(name: string, paths: readonly string[]): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return "A form is a Python class: letters, digits and _, with no digit at the start, like RowTemplate.";
  }
  const fault = nameFault(name);
  if (fault) return fault;
  const folder = `client_code/${name}`;
  const isTaken = formsOf(paths).some((form) => form.name === name);
  const others = paths.some((path) => path === `${folder}.py` || path.startsWith(`${folder}/`));
  return isTaken || others ? `There is a ${name} already.` : null;
}

/// What a new form can begin with: a container's type, or the widget's forms that have slots, as layouts ("form:Frame").
export function beginnings(
  paths: readonly string[],
  text: (path: string) => string | null,
): readonly (readonly [begins: string, label: string])[] {
  const layouts = formsOf(paths).filter(({ template }) => /^slots:\s*(\S|\n\s+\S)/m.test(text(template) ?? ""));
  return [
    ["ColumnPanel", "An empty panel"],
    ["DataRowPanel", "A row of a table"],
    ["HtmlTemplate", "The theme's page, with its slots"],
    ...layouts.map(({ name }) => [`form:${name}`, `The layout ${name}`] as const),
  ];
}

/// The files of the form.
export function newForm(name: string, begins = "ColumnPanel"): Readonly<Record<string, string>> {
  const folder = `client_code/${name}`;
  return {
    [`${folder}/form_template.yaml`]: templateOf(begins),
    [`${folder}/__init__.py`]: `from ._anvil_designer import ${name}Template
from anvil import *


class ${name}(${name}Template):
    def __init__(self, **properties):
        self.init_components(**properties)
`,
  };
}

function templateOf(begins: string): string {
  if (begins.startsWith("form:")) return `layout: {type: "${begins}", properties: {}}\ncomponents_by_slot: {}\n`;
  const page = begins === "HtmlTemplate" ? ', properties: {html: "@theme:standard-page.html"}' : "";
  return `container: {type: ${begins}${page}}\ncomponents: []\n`;
}
