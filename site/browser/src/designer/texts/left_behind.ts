/// What a form's code still says of components that are gone from its design.
import { pythonLanguage } from "@codemirror/lang-python";
import type { SyntaxNode } from "@lezer/common";
import { className, type FormPlace } from "../forms/form_place.ts";
import { handlersOf, methodOf } from "./form_code.ts";
import type { Part, Template } from "./template.ts";

export interface LeftBehind {
  /// What was deleted.
  readonly name: string;
  /// Lines of the form's code that name it, from 1.
  readonly lines: readonly number[];
  /// Its handlers that do nothing and that nothing else calls.
  readonly idle: readonly string[];
}

/// What stays of components in the code, and of all in them; null when nothing does. `after` is the template without.
export function leftBehind(parts: readonly Part[], after: Template, code: string, form: FormPlace): LeftBehind | null {
  const gone = parts.flatMap((part) => [...partsOf(part)]);
  const names = new Set(gone.map(({ name }) => name).filter(Boolean));
  const bound = new Set([...after.parts].flatMap(({ events }) => Object.values(events)));
  const methods = new Set(handlersOf(code, className(form.name)).map(({ name }) => name));
  const own = new Set(gone.flatMap(({ events }) => Object.values(events)));
  const idle = [...own].filter(
    (name) =>
      methods.has(name) &&
      !bound.has(name) &&
      isIdle(code, form, name) &&
      membersIn(code, new Set([name])).length === 0,
  );
  const lines = [...new Set(membersIn(code, names).map((place) => lineAt(code, place)))];
  return lines.length > 0 || idle.length > 0
    ? { name: parts.map(({ name, type }) => name || type).join(", "), lines, idle }
    : null;
}

/// The code without methods of the form's class; a class that had no more has `pass`.
export function withoutMethods(code: string, form: FormPlace, names: readonly string[]): string {
  return names.reduce((text, name) => {
    const method = methodOf(text, className(form.name), name);
    if (!method) return text;
    const others = method.parent?.getChildren("Statement").filter(({ from }) => from !== method.from) ?? [];
    // The parser counts the empty lines behind it to it.
    const end = method.from + text.slice(method.from, method.to).trimEnd().length;
    const before = text.slice(0, method.from);
    return `${others.length === 0 ? `${before}pass` : before.trimEnd()}${text.slice(end)}`;
  }, code);
}

function* partsOf(part: Part): Generator<Part> {
  yield part;
  for (const child of part.children) yield* partsOf(child);
}

/// Whether a method has nothing in it but what says so.
function isIdle(code: string, form: FormPlace, name: string): boolean {
  const method = methodOf(code, className(form.name), name);
  const body = (method?.getChild("FunctionDefinition") ?? method)?.getChild("Body");
  const statements = body?.getChildren("Statement") ?? [];
  return statements.length > 0 && method?.name === "FunctionDefinition" && statements.every(saysNothing);
}

function saysNothing(statement: SyntaxNode): boolean {
  if (statement.name === "PassStatement") return true;
  return statement.name === "ExpressionStatement" && /^(String|Ellipsis)$/.test(statement.firstChild?.name ?? "");
}

/// Where the code says `self.name` of one of the names.
function membersIn(code: string, names: ReadonlySet<string>): readonly number[] {
  const found: number[] = [];
  pythonLanguage.parser.parse(code).iterate({
    enter: ({ node }) => {
      if (node.name !== "PropertyName" || !names.has(code.slice(node.from, node.to))) return;
      const whole = node.parent;
      if (whole && code.slice(whole.from, whole.firstChild?.to) === "self") found.push(node.from);
    },
  });
  return found;
}

function lineAt(text: string, place: number): number {
  return text.slice(0, place).split("\n").length;
}
