import type { FileContent, Files } from "../api/types.ts";

export const MAIN = "main.py";
export const REQUIREMENTS = "requirements.txt";
export const README = "README.md";
const PART = /^[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,99}$/;

/// Why `path` can't be the name of a new file, or null when it can. The site's own rules, said while typing.
export function nameProblem(path: string, taken: readonly string[]): string | null {
  if (!path) return "Type a name, like tools.py.";
  if (path.length > 200) return "At most 200 characters.";
  if (taken.includes(path)) return `There is a ${path} already.`;
  if (taken.some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`))) {
    return `${path} would be both a file and a folder.`;
  }
  const good = path.split("/").every((part) => PART.test(part) && !part.endsWith(".") && !part.endsWith(" "));
  return good ? null : "Use a to z, A to Z, digits, _ - . and spaces; each part starts with a letter, a digit or _.";
}

/// Whether two sets of files say the same.
export function sameFiles(a: Files, b: Files): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => sameContent(a[name], b[name]));
}

/// Whether two files (undefined: none) say the same.
export function sameContent(a: FileContent | undefined, b: FileContent | undefined): boolean {
  if (typeof a === "object" && typeof b === "object") return a.base64 === b.base64;
  return a === b;
}

/// Paths of `before` that are gone in `now`.
export function removedPaths(before: Files, now: Files): string[] {
  return Object.keys(before).filter((name) => !(name in now));
}

/// main.py first, then by name.
export function byName(a: string, b: string): number {
  if (a === MAIN || b === MAIN) return a === b ? 0 : a === MAIN ? -1 : 1;
  return a.localeCompare(b);
}

/// Each folder with its files, those of no folder first; a folder comes before what is below it.
export function byFolder(paths: readonly string[]): [string, string[]][] {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return [...folders].sort(([a], [b]) => a.localeCompare(b));
}

/// The file that is open first: the program, or the code of the form that a GUI starts with, or of its first form.
export function firstOf(paths: readonly string[], manifest = ""): string {
  if (paths.includes(MAIN)) return MAIN;
  const codes = paths.filter((path) => path.startsWith("client_code/") && path.endsWith("/__init__.py"));
  const wanted = `client_code/${startOf(manifest).replaceAll(".", "/")}/__init__.py`;
  return codes.find((path) => path === wanted) ?? codes[0] ?? paths[0] ?? "";
}

/// The form that an anvil.yaml starts with, where it says so in one of the usual ways: a YAML parser is too much here.
function startOf(manifest: string): string {
  const start = /^startup_form:(.*)|^startup:(.*(?:\n[ \t]+.*)*)/m.exec(manifest);
  const said = start?.[1] ?? /\bmodule:(.*)/.exec(start?.[2] ?? "")?.[1];
  return /[\w.]+/.exec(said ?? "")?.[0] ?? "";
}

/// Names by which other files import these: `tools`, `shop.prices`.
export function modulesOf(paths: readonly string[]): string[] {
  const names = paths.filter((path) => path.endsWith(".py") && path !== MAIN).map((path) => path.slice(0, -3));
  return names
    .map((name) => name.replace(/\/__init__$/, "").replaceAll("/", "."))
    .filter((name) => /^[\w.]+$/.test(name));
}
