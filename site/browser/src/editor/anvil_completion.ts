/// Completion that needs no server: the anvil library, modules to import, and what the code imported under which name.
import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import described from "./anvil_api.json" with { type: "json" };

interface Member {
  readonly name: string;
  readonly kind: string;
  readonly doc: string;
  readonly params?: string;
  readonly members?: readonly Member[];
}

const PACKAGES = described.packages as Readonly<Record<string, readonly Member[]>>;

const KINDS: Readonly<Record<string, string>> = {
  function: "function",
  class: "class",
  property: "property",
  object: "variable",
  module: "namespace",
};

/// `modules`: the widget's own files, as names to import.
export function anvilCompletion(modules: () => readonly string[]): CompletionSource {
  return (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    if (isInText(context)) return null;
    return ofImport(context, before, modules()) ?? ofMember(context, before);
  };
}

function isInText(context: CompletionContext): boolean {
  const name = syntaxTree(context.state).resolveInner(context.pos, -1).name;
  return name === "Comment" || name === "String" || name === "FormatString";
}

function ofImport(context: CompletionContext, before: string, own: readonly string[]): CompletionResult | null {
  const from = /^\s*from\s+([\w.]+)\s+import\s+\(?(?:[\w.]+(?:\s+as\s+\w+)?\s*,\s*)*(\w*)$/.exec(before);
  if (from) {
    const [, module = "", typed = ""] = from;
    const members = [...(PACKAGES[module] ?? []), ...submodules(module)];
    return members.length > 0 ? result(context.pos - typed.length, members.map(completion)) : null;
  }
  const module = /^\s*(?:from|import)\s+(?:[\w.]+(?:\s+as\s+\w+)?\s*,\s*)*([\w.]*)$/.exec(before);
  if (!module) return null;
  const typed = module[1] ?? "";
  const dot = typed.lastIndexOf(".");
  if (dot >= 0) {
    return result(context.pos - typed.length + dot + 1, submodules(typed.slice(0, dot)).map(completion));
  }
  const named = (label: string, boost: number): Completion => ({ label, type: "namespace", boost });
  const names = described.modules.map((name) => named(name, 0));
  return result(context.pos - typed.length, [...own.map((name) => named(name, 20)), named("anvil", 10), ...names]);
}

function ofMember(context: CompletionContext, before: string): CompletionResult | null {
  const match = /([A-Za-z_]\w*(?:\.\w+)*)\.(\w*)$/.exec(before);
  if (!match) return null;
  const [, base = "", typed = ""] = match;
  const members = membersOf(base, context.state.doc.toString());
  // Above what Python itself has everywhere.
  const options = members.map((member) => ({ ...completion(member), boost: 60 }));
  return options.length > 0 ? result(context.pos - typed.length, options) : null;
}

function result(from: number, options: readonly Completion[]): CompletionResult {
  return { from, options, validFor: /^\w*$/ };
}

function completion(member: Member): Completion {
  const shown = { label: member.name, type: KINDS[member.kind] ?? "variable", info: member.doc };
  const isCalled = member.kind === "function" || member.kind === "class";
  return isCalled && member.params !== undefined ? { ...shown, detail: `(${member.params})` } : shown;
}

function submodules(module: string): Member[] {
  return Object.keys(PACKAGES)
    .filter((name) => name.startsWith(`${module}.`) && !name.slice(module.length + 1).includes("."))
    .map((name) => ({ name: name.slice(module.length + 1), kind: "module", doc: "" }));
}

/// What `base` (like `anvil.server.request`) has, as far as the code's imports tell.
function membersOf(base: string, source: string): readonly Member[] {
  const names = importedIn(source);
  const [first = "", ...rest] = base.split(".");
  const start = names.get(first) ?? assigned(first, source, names);
  return start ? lookUp([start, ...rest].join(".")) : [];
}

/// Names of the code and what they stand for: `s` → `anvil.server` after `import anvil.server as s`.
function importedIn(source: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const [, list = ""] of source.matchAll(/^[ \t]*import[ \t]+(.+)$/gm)) {
    for (const item of list.split(",")) {
      const [, path = "", alias] = /^\s*([\w.]+)(?:\s+as\s+(\w+))?/.exec(item) ?? [];
      if (!path.startsWith("anvil")) continue;
      names.set(alias ?? "anvil", alias ? path : "anvil");
    }
  }
  for (const [, module = "", list = ""] of source.matchAll(
    /^[ \t]*from[ \t]+(anvil[\w.]*)[ \t]+import[ \t]+\(?([^)\n#]+)/gm,
  )) {
    if (list.trim() === "*") for (const { name } of PACKAGES[module] ?? []) names.set(name, `${module}.${name}`);
    for (const item of list.split(",")) {
      const [, name = "", alias] = /^\s*(\w+)(?:\s+as\s+(\w+))?/.exec(item) ?? [];
      if (name) names.set(alias ?? name, `${module}.${name}`);
    }
  }
  return names;
}

/// The class that a variable was made of, when that stands in one line: `r = anvil.server.HttpResponse(404)`.
function assigned(name: string, source: string, names: ReadonlyMap<string, string>): string | null {
  const found = new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*([A-Za-z_][\\w.]*)\\(`, "m").exec(source);
  const [first = "", ...rest] = found?.[1]?.split(".") ?? [];
  const start = names.get(first);
  return start ? [start, ...rest].join(".") : null;
}

function lookUp(path: string): readonly Member[] {
  if (path in PACKAGES) return [...(PACKAGES[path] ?? []), ...submodules(path)];
  const dot = path.lastIndexOf(".");
  const member = dot > 0 ? PACKAGES[path.slice(0, dot)]?.find(({ name }) => name === path.slice(dot + 1)) : undefined;
  return member?.members ?? [];
}
