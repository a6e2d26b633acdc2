/// A module under another name: its imports follow, found by the syntax of the code.
import { pythonLanguage } from "@codemirror/lang-python";
import type { SyntaxNode } from "@lezer/common";
import { YamlText } from "../texts/yaml_text.ts";
import type { Changes, Files } from "./form_files.ts";

interface Place {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Names = readonly string[];

/// What is asked of a file that may import the module.
interface Renaming {
  /// The module, from the root of the code on: ["shop", "prices"].
  readonly old: Names;
  readonly fresh: string;
  /// The app's own name, which absolute imports may begin with.
  readonly app: string;
}

const ROOTS = ["client_code/", "server_code/", ""];

/// The files after a module got another name; `left` are the places that name it still, in words.
export function renamedModule(files: Files, from: string, to: string): { changes: Changes; left: readonly string[] } {
  const old = modulePath(from);
  const fresh = modulePath(to).at(-1) ?? "";
  const isBeside = from.slice(0, from.lastIndexOf("/") + 1) === to.slice(0, to.lastIndexOf("/") + 1);
  const canFollow = isBeside && isModule(from) && isModule(to) && /^[A-Za-z_]\w*$/.test(fresh);
  const renaming: Renaming = { old, fresh: canFollow ? fresh : "\u0000", app: appOf(files) };
  const changes: Record<string, string | null> = { [from]: null, [to]: files.text(from) ?? "" };
  const left: string[] = [];
  for (const path of isModule(from) ? files.paths() : []) {
    const before = files.text(path);
    if (before === null || !canImport(files, path, from)) continue;
    const after = path.endsWith(".py") ? withImportsRenamed(before, path, renaming) : started(path, before, renaming);
    if (after === before) continue;
    if (canFollow) changes[path === from ? to : path] = after;
    else left.push(`${path}, line ${firstOther(before, after)}`);
  }
  return { changes, left };
}

function isModule(path: string): boolean {
  return path.endsWith(".py") && !path.endsWith("__init__.py");
}

/// Server code imports what clients have, too, where it has no module of that name itself.
function canImport(files: Files, path: string, module: string): boolean {
  const [mine, its] = [rootOf(path), rootOf(module)];
  if (!path.endsWith(".py")) return its === "client_code/";
  if (mine === its) return true;
  const hidden = mine + module.slice(its.length);
  return its === "client_code/" && mine === "server_code/" && !files.paths().includes(hidden);
}

function rootOf(path: string): string {
  return ROOTS.find((root) => path.startsWith(root)) ?? "";
}

function modulePath(path: string): Names {
  return path.slice(rootOf(path).length).replace(/\.py$/, "").split("/");
}

function appOf(files: Files): string {
  return /^package_name:\s*['"]?(\w+)/m.exec(files.text("anvil.yaml") ?? "")?.[1] ?? "";
}

/// The widget's own description, where the widget starts with the module.
function started(path: string, text: string, { old, fresh }: Renaming): string {
  if (path !== "anvil.yaml") return text;
  try {
    const yaml = new YamlText(text);
    const { startup } = yaml.value() as { readonly startup?: { readonly type?: unknown; readonly module?: unknown } };
    if (startup?.type === "form" || startup?.module !== old.join(".")) return text;
    return yaml.set(["startup", "module"], [...old.slice(0, -1), fresh].join(".")).text;
  } catch {
    return text;
  }
}

function firstOther(before: string, after: string): number {
  const lines = after.split("\n");
  return before.split("\n").findIndex((line, at) => line !== lines[at]) + 1;
}

/// A file's code with the imports of the module, and what they bind, called otherwise.
function withImportsRenamed(code: string, path: string, renaming: Renaming): string {
  const top = pythonLanguage.parser.parse(code).topNode;
  const stem = renaming.old.at(-1) ?? "";
  const isTaken = bindsElsewhere(top, code, stem) || mentions(top, code, renaming.fresh);
  const places: Place[] = [];
  const dotted = new Set<string>();
  let isBound = false;
  top.cursor().iterate(({ node }) => {
    if (node.name !== "ImportStatement") return;
    for (const one of importsOf(node, code, path, renaming)) {
      const binds = one.isBound && isTaken;
      places.push({ ...at(one.name), text: binds ? `${renaming.fresh} as ${stem}` : renaming.fresh });
      isBound ||= one.isBound && !isTaken;
      if (one.dotted) dotted.add(one.dotted);
    }
  });
  if (isBound || dotted.size > 0) places.push(...uses(top, code, isBound ? stem : "", dotted, renaming.fresh));
  return places
    .sort((a, b) => a.from - b.from)
    .reduceRight((made, { from, to, text }) => made.slice(0, from) + text + made.slice(to), code);
}

interface Import {
  /// The name of the module in the statement.
  readonly name: SyntaxNode;
  /// The code goes on to call it by that name.
  readonly isBound: boolean;
  /// It calls it by its whole path: "shop.prices".
  readonly dotted?: string;
}

function* importsOf(statement: SyntaxNode, code: string, path: string, { old, app }: Renaming): Generator<Import> {
  const said = (node: SyntaxNode | null) => (node ? code.slice(node.from, node.to) : "");
  const isIt = (names: Names) => {
    const bare = names[0] === app && names.length > old.length ? names.slice(1) : names;
    return bare.length === old.length && bare.every((name, index) => name === old[index]);
  };
  const isFrom = statement.firstChild?.name === "from";
  const folder = modulePath(path).slice(0, -1);
  let dots = 0;
  let isBehind = false;
  let names: SyntaxNode[] = [];
  let base: Names = [];
  for (let node = statement.firstChild; node; node = node.nextSibling) {
    if (/^\.+$/.test(said(node)) && isFrom && !isBehind && names.length === 0) dots += said(node).length;
    else if (isFrom && node.name === "import") {
      isBehind = true;
      if (dots - 1 > folder.length) return;
      base = [...(dots > 0 ? folder.slice(0, folder.length - dots + 1) : []), ...names.map(said)];
      const last = names.at(-1);
      if (last && isIt(base)) yield { name: last, isBound: false };
    } else if (node.name === "VariableName" && node.prevSibling?.name !== "as") {
      const isAliased = node.nextSibling?.name === "as";
      if (!isFrom && node.prevSibling?.name !== ".") names = [];
      names = [...names, node];
      if (isFrom && isBehind && isIt([...base, said(node)])) yield { name: node, isBound: !isAliased };
      const isWhole = !isFrom && node.nextSibling?.name !== ".";
      if (!isWhole || !isIt(names.map(said))) continue;
      if (names.length === 1) yield { name: node, isBound: !isAliased };
      else yield { name: node, isBound: false, ...(!isAliased && { dotted: names.map(said).join(".") }) };
    }
  }
}

/// Where the code names what an import bound.
function uses(top: SyntaxNode, code: string, stem: string, dotted: ReadonlySet<string>, text: string): Place[] {
  const found: Place[] = [];
  top.cursor().iterate(({ node }) => {
    if (node.name === "ImportStatement") return false;
    const said = code.slice(node.from, node.to);
    const isName = node.name === "VariableName" && said === stem && !isKeyword(node);
    const isPath = node.name === "PropertyName" && dotted.has(code.slice(node.parent?.from, node.to));
    if (isName || isPath) found.push({ ...at(node), text });
    return true;
  });
  return found;
}

/// Whether the code calls something else by the name, too: a parameter, a variable, a function.
function bindsElsewhere(top: SyntaxNode, code: string, name: string): boolean {
  let isFound = false;
  top.cursor().iterate(({ node }) => {
    if (node.name === "ImportStatement" || isFound) return false;
    if (node.name !== "VariableName" || code.slice(node.from, node.to) !== name) return true;
    const owner = node.parent?.name ?? "";
    const isTarget =
      /^(Assign|For|With|Try)Statement$/.test(owner) && /^(AssignOp|,|in|:)$/.test(node.nextSibling?.name ?? "");
    isFound ||= /^(ParamList|FunctionDefinition|ClassDefinition|ScopeStatement)$/.test(owner) || isTarget;
    return true;
  });
  return isFound;
}

function mentions(top: SyntaxNode, code: string, name: string): boolean {
  let isFound = false;
  top.cursor().iterate(({ node }) => {
    isFound ||= node.name === "VariableName" && code.slice(node.from, node.to) === name;
  });
  return isFound;
}

/// `name=` in a call.
function isKeyword(node: SyntaxNode): boolean {
  return node.parent?.name === "ArgList" && node.nextSibling?.name === "AssignOp";
}

function at({ from, to }: SyntaxNode): { readonly from: number; readonly to: number } {
  return { from, to };
}
