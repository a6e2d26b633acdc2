/// Which files a form is made of.

export interface FormPlace {
  /// As code names it: "Form1", "admin.Form2".
  readonly name: string;
  readonly template: string;
  readonly code: string;
}

const CLIENT = "client_code/";
const TEMPLATE = "/form_template.yaml";

/// Every form of a widget, by the paths of its files: a package with a template in it, or a template beside its module.
export function formsOf(paths: readonly string[]): readonly FormPlace[] {
  const all = new Set(paths);
  return paths.flatMap((path) => {
    if (!path.startsWith(CLIENT)) return [];
    const inner = path.slice(CLIENT.length);
    if (inner.endsWith(TEMPLATE)) {
      const folder = path.slice(0, -TEMPLATE.length);
      return [place(inner.slice(0, -TEMPLATE.length), path, `${folder}/__init__.py`)];
    }
    const code = path.replace(/\.yaml$/, ".py");
    return path.endsWith(".yaml") && all.has(code) ? [place(inner.slice(0, -".yaml".length), path, code)] : [];
  });
}

/// The form that a file is part of.
export function formWith(path: string, paths: readonly string[]): FormPlace | undefined {
  return formsOf(paths).find(({ template, code }) => template === path || code === path);
}

/// The name of a form's class.
export function className(name: string): string {
  return name.split(".").at(-1) ?? name;
}

function place(inner: string, template: string, code: string): FormPlace {
  return { name: inner.replaceAll("/", "."), template, code };
}
