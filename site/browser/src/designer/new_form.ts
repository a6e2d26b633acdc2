/// A new form of a widget: an empty panel, and its class.
import { formsOf } from "./form_place.ts";

/// Why a form can't be called so, or null when it can.
export function formNameProblem(name: string, paths: readonly string[]): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return "A form is a Python class: letters, digits and _, with no digit at the start, like RowTemplate.";
  }
  const folder = `client_code/${name}`;
  const isTaken = formsOf(paths).some((form) => form.name === name);
  const others = paths.some((path) => path === `${folder}.py` || path.startsWith(`${folder}/`));
  return isTaken || others ? `There is a ${name} already.` : null;
}

/// The files of the form.
export function newForm(name: string): Readonly<Record<string, string>> {
  const folder = `client_code/${name}`;
  return {
    [`${folder}/form_template.yaml`]: "container: {type: ColumnPanel}\ncomponents: []\n",
    [`${folder}/__init__.py`]: `from ._anvil_designer import ${name}Template
from anvil import *


class ${name}(${name}Template):
    def __init__(self, **properties):
        self.init_components(**properties)
`,
  };
}
