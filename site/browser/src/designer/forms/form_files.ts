/// What is done with whole forms: renamed, duplicated, deleted, started with; each is a change of files.

import type { Operation, Template } from "../texts/template.ts";
import { YamlText } from "../texts/yaml_text.ts";
import { linesNaming, withFormRenamed } from "./form_names.ts";
import { className, type FormPlace, formsOf } from "./form_place.ts";
import { usesOf } from "./widget_forms.ts";

export interface Files {
  text(path: string): string | null;
  paths(): readonly string[];
}

/// Path → its new text; null: it goes.
export type Changes = Readonly<Record<string, string | null>>;

type Templates = ReadonlyMap<string, Template>;

const MANIFEST = "anvil.yaml";

/// Call a form otherwise, wherever the widget names it.
export function renamedForm(files: Files, templates: Templates, form: FormPlace, name: string): Changes {
  const fresh = [...form.name.split(".").slice(0, -1), name].join(".");
  const changes: Record<string, string | null> = {};
  for (const path of files.paths()) {
    const text = files.text(path);
    if (text === null) continue;
    const to = movedPath(path, form, name);
    const after = followed(path, text, files, templates, form, fresh);
    if (to !== path) changes[path] = null;
    if (to !== path || after !== text) changes[to] = after;
  }
  return changes;
}

/// A copy of a form with its code, under another name.
export function duplicatedForm(files: Files, form: FormPlace, name: string): Changes {
  const changes: Record<string, string> = {};
  for (const path of files.paths()) {
    const to = movedPath(path, form, name);
    const text = files.text(path);
    if (to === path || text === null) continue;
    changes[to] = path === form.code ? withFormRenamed(text, form.name, name, true) : text;
  }
  return changes;
}

export function deletedForm(files: Files, form: FormPlace): Changes {
  const gone = files.paths().filter((path) => movedPath(path, form, "") !== path);
  return Object.fromEntries(gone.map((path) => [path, null]));
}

/// Who needs a form, in words: "Main: list (item template)", "Main, line 12".
export function usersOf(files: Files, templates: Templates, form: FormPlace): readonly string[] {
  const names = new Set(templates.keys());
  const users: string[] = [];
  if (startOf(files) === form.name) users.push("The widget starts with it");
  for (const [name, template] of templates) {
    for (const use of usesOf(template, names)) {
      if (use.form === form.name && name !== form.name)
        users.push(`${name}: ${use.id ? `${use.id} (${use.how})` : use.how}`);
    }
  }
  for (const path of files.paths()) {
    if (!path.endsWith(".py") || movedPath(path, form, "") !== path) continue;
    const lines = linesNaming(files.text(path) ?? "", form.name);
    if (lines.length > 0) users.push(`${path}, line ${lines.join(", ")}`);
  }
  return users;
}

/// The name of the form that the widget starts with; "" when a module does.
export function startOf(files: Files): string {
  const { startup, startup_form: older } = manifestOf(files);
  if (typeof startup === "object" && startup !== null) {
    const { type, module } = startup as { readonly type?: unknown; readonly module?: unknown };
    return type === "form" && typeof module === "string" ? module : "";
  }
  return typeof older === "string" ? older : "";
}

/// Let the widget start with a form.
export function withStart(files: Files, name: string): Changes {
  const text = files.text(MANIFEST);
  if (text === null) throw new Error(`There is no ${MANIFEST} that could say what the widget starts with.`);
  return { [MANIFEST]: started(new YamlText(text), manifestOf(files), name) };
}

function started(yaml: YamlText, said: Readonly<Record<string, unknown>>, name: string): string {
  if (typeof said.startup === "object" && said.startup !== null)
    return yaml.set(["startup", "module"], name).set(["startup", "type"], "form").text;
  if ("startup_form" in said) return yaml.set(["startup_form"], name).text;
  return yaml.set(["startup"], { type: "form", module: name }).text;
}

function manifestOf(files: Files): Readonly<Record<string, unknown>> {
  try {
    const said = new YamlText(files.text(MANIFEST) ?? "").value();
    return typeof said === "object" && said !== null ? (said as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

/// Where a file is when its form has another name; elsewhere is what is no file of the form.
export function movedPath(path: string, form: FormPlace, name: string): string {
  const whole = form.template.replace(/(\/form_template)?\.yaml$/, "");
  const isPackage = form.template !== `${whole}.yaml`;
  const isOwn = isPackage ? path.startsWith(`${whole}/`) : path === form.template || path === form.code;
  if (!isOwn) return path;
  return whole.slice(0, whole.length - className(form.name).length) + name + path.slice(whole.length);
}

/// A file's text with the form called otherwise.
function followed(
  path: string,
  text: string,
  files: Files,
  templates: Templates,
  form: FormPlace,
  fresh: string,
): string {
  if (path.endsWith(".py")) return withFormRenamed(text, form.name, fresh, path === form.code);
  if (path === MANIFEST && startOf(files) === form.name) return started(new YamlText(text), manifestOf(files), fresh);
  const user = formsOf(files.paths()).find(({ template }) => template === path);
  const template = user && templates.get(user.name);
  return template ? inTemplate(template, new Set(templates.keys()), form.name, fresh) : text;
}

function inTemplate(template: Template, names: ReadonlySet<string>, old: string, fresh: string): string {
  const said = (value: unknown): string => String(value).slice(0, String(value).length - old.length) + fresh;
  const operations = usesOf(template, names)
    .filter(({ form }) => form === old)
    .map(({ how, id }): Operation => {
      const part = template.part(id);
      if (how === "layout") return { op: "own", path: ["layout", "type"], value: said(template.layout) };
      if (how === "component") return { op: "type", id, type: said(part?.type) };
      return { op: "set", id, property: "item_template", value: said(part?.properties.item_template) };
    });
  return operations.reduce((made, operation) => made.apply(operation), template).text;
}
