/// The Python files that an engine is given: the widget's modules, its libraries', and those made of their forms.
import type { App, Form, Node } from "./app.ts";
import { whole } from "./layouts.ts";

type Package = Pick<App, "package" | "modules" | "forms">;

/// Path → source of all modules, below the name of their package.
export function pythonFiles(app: App): Record<string, string> {
  const files: Record<string, string> = {};
  for (const one of [app as Package, ...Object.values(app.dependencies)]) Object.assign(files, packageFiles(one));
  return files;
}

function packageFiles(one: Package): Record<string, string> {
  const files: Record<string, string> = { [`${one.package}/__init__.py`]: "" };
  for (const [path, source] of Object.entries(one.modules)) files[`${one.package}/${path}`] = source;
  for (const [name, form] of Object.entries(one.forms)) {
    const path = `${one.package}/${name.replaceAll(".", "/")}`;
    const short = name.slice(name.lastIndexOf(".") + 1);
    const isFlat = `${path}.py` in files;
    const folder = isFlat ? path.slice(0, path.lastIndexOf("/")) : path;
    if (!isFlat) files[`${path}/__init__.py`] ??= formWithoutCode(short);
    const module = isFlat ? `${path}.py` : `${path}/__init__.py`;
    files[module] = withTemplate(files[module] ?? "", short);
    const designer = `${folder}/_anvil_designer.py`;
    files[designer] =
      (files[designer] ?? "from anvil import *\nfrom anvil._forms import form_template\n") +
      template(`${one.package}.${name}`, short, whole(form));
  }
  for (const path of Object.keys(files)) addPackages(files, path);
  return files;
}

/// A folder of modules is a package.
function addPackages(files: Record<string, string>, path: string): void {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    files[`${path.slice(0, end)}/__init__.py`] ??= "";
  }
}

/// Code may leave out the import of its form's template. The lines keep their numbers where that can be.
function withTemplate(source: string, name: string): string {
  if (!source.includes(`${name}Template`) || source.includes("_anvil_designer")) return source;
  const line = `from ._anvil_designer import ${name}Template`;
  const future = /^from __future__ import [^\n;(#]*/m.exec(source)?.[0];
  if (future) return source.replace(future, `${future.trimEnd()}; ${line} `);
  return /^(class|def|if|for|while|with|try|async)\b|^@/.test(source) ? `${line}\n${source}` : `${line}; ${source}`;
}

function formWithoutCode(name: string): string {
  return `from ._anvil_designer import ${name}Template\n\n\nclass ${name}(${name}Template):\n    def __init__(self, **properties):\n        self.init_components(**properties)\n`;
}

/// What Python can assign to: attributes and items of something, whatever calls come before the last of them.
function assignment(code: string): string {
  let bare = code.replace(/"[^"]*"|'[^']*'/g, "text");
  for (let before = ""; before !== bare; ) {
    before = bare;
    bare = bare.replace(/\[[^[\]()]+\]/, ".item").replace(/\([^[\]()]*\)/, ".call");
  }
  if (/^[A-Za-z_]\w*(\.\w+)+$/.test(bare) && !bare.endsWith(".call")) return `${code} = value`;
  return `raise TypeError(${JSON.stringify(`A data binding can't write back to: ${code}`)})`;
}

/// The base class of a form, with its data bindings as functions: neither engine needs eval for them.
function template(whole: string, short: string, form: Form): string {
  const lines: string[] = [];
  const bindings: string[] = [];
  const visit = (node: Node): void => {
    for (const { property, code, writeback } of node.bindings) {
      const index = bindings.length;
      const name = `_${short}_${index}`;
      lines.push(`def ${name}_read(self):\n    return (\n${code}\n    )`);
      if (writeback) lines.push(`def ${name}_write(self, value):\n    ${assignment(code.trim())}`);
      bindings.push(
        `(${JSON.stringify(node.name)}, ${JSON.stringify(property)}, ${name}_read, ${writeback ? `${name}_write` : "None"})`,
      );
    }
    for (const child of node.children) visit(child);
  };
  visit(form.root);
  const listed = bindings.map((binding) => `    ${binding},\n`).join("");
  return `${lines.map((line) => `${line}\n`).join("")}${short}Template = form_template(${JSON.stringify(whole)}, [\n${listed}])\n`;
}
