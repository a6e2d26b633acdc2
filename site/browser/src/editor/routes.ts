/// The routes that code declares, read from its syntax without running it. DOM-free.
import { pythonLanguage } from "@codemirror/lang-python";
import type { SyntaxNode } from "@lezer/common";
import type { Files } from "../api/types.ts";

export interface Route {
  readonly path: string;
  readonly methods: readonly string[];
}

const PREFIXES: Readonly<Record<string, string>> = { route: "", http_endpoint: "/_/api" };
const MAX_CHARS = 200_000;

/// Every route of the .py files with a literal path, in the order of the code; half-typed code gives what can be read.
export function routesOf(files: Files): Route[] {
  const texts = Object.entries(files).filter(([path]) => path.endsWith(".py"));
  return texts.flatMap(([, text]) => (typeof text === "string" ? routesIn(text.slice(0, MAX_CHARS)) : []));
}

export function routesIn(source: string): Route[] {
  const found: Route[] = [];
  pythonLanguage.parser.parse(source).iterate({
    enter: (node) => {
      if (node.name !== "Decorator") return;
      const route = routeOf(node.node, source);
      if (route) found.push(route);
    },
  });
  return found;
}

function routeOf(decorator: SyntaxNode, source: string): Route | null {
  const list = decorator.getChild("ArgList");
  const names = decorator.getChildren("VariableName");
  const last = names.at(-1);
  if (!list || !last) return null;
  const prefix = PREFIXES[source.slice(last.from, last.to)];
  const path = literal(list.firstChild?.nextSibling ?? null, source);
  if (prefix === undefined || path === null) return null;
  return { path: prefix + path, methods: methodsIn(list, source) };
}

/// What `methods=[…]` says, GET and POST when it says nothing.
function methodsIn(list: SyntaxNode, source: string): string[] {
  for (const name of list.getChildren("VariableName")) {
    if (source.slice(name.from, name.to) !== "methods" || name.nextSibling?.name !== "AssignOp") continue;
    const value = name.nextSibling.nextSibling;
    const texts = value ? value.getChildren("String").map((item) => literal(item, source)) : [];
    const methods = texts.filter((text) => text !== null);
    if (methods.length > 0) return methods;
  }
  return ["GET", "POST"];
}

function literal(node: SyntaxNode | null, source: string): string | null {
  const text = node?.name === "String" ? source.slice(node.from, node.to) : "";
  return /^(["'])([^\\\n]*)\1$/.exec(text)?.[2] ?? null;
}
