/// A form's Python: its handlers and where it names its components, found and edited by its syntax tree.
import { pythonLanguage } from "@codemirror/lang-python";
import type { SyntaxNode } from "@lezer/common";

export interface Handler {
  readonly name: string;
  /// The line that it is defined in, from 1.
  readonly line: number;
}

const INDENT = "    ";

/// The code of a form with a method more, and the line of its body; the same code when it has the method already.
export function withHandler(
  code: string,
  form: string,
  name: string,
  says: string,
  does: readonly string[] = ["pass"],
): { text: string; line: number } {
  const known = handlersOf(code, form).find((one) => one.name === name);
  if (known) return { text: code, line: known.line };
  const body = classOf(code, form)?.getChild("Body");
  const made = `def ${name}(self, **event_args):\n${indented([`"""${says}"""`, ...does, ""].join("\n"), INDENT)}`;
  if (!body?.lastChild) {
    const before = code.trimEnd();
    const text = `${before}${before ? "\n\n\n" : ""}class ${form}(${form}Template):\n${INDENT}def __init__(self, **properties):\n${INDENT}${INDENT}self.init_components(**properties)\n\n${indented(made, INDENT)}`;
    return { text, line: lineAt(text, text.length) - does.length };
  }
  const first = body.getChild("FunctionDefinition") ?? body.lastChild;
  const indent = /[ \t]*$/.exec(code.slice(0, first.from))?.[0] || INDENT;
  const end = body.lastChild.to;
  const kept = code.slice(0, end).trimEnd();
  const rest = code.slice(end).replace(/^\n*/, "");
  const text = `${kept}\n\n${indented(made, indent)}${rest ? `\n\n${rest}` : ""}`;
  return { text, line: lineAt(text, kept.length) + 4 };
}

/// The code with imports that it does not have yet, behind those that it has.
export function withImports(code: string, lines: readonly string[]): string {
  const there = pythonLanguage.parser.parse(code).topNode.getChildren("ImportStatement");
  const said = there.map(({ from, to }) => code.slice(from, to));
  const missing = lines.filter((line) => !said.some((one) => imports(one, line)));
  const last = there.at(-1);
  if (missing.length === 0) return code;
  if (!last) return `${missing.join("\n")}\n${code && "\n\n"}${code}`;
  return `${code.slice(0, last.to)}\n${missing.join("\n")}${code.slice(last.to)}`;
}

/// Whether an import has what another one would bring: "import a.b" or "from a import b".
function imports(statement: string, wanted: string): boolean {
  if (statement.trim() === wanted) return true;
  const [, module = "", name = ""] = /^from (\S+) import (\w+)$/.exec(wanted) ?? [];
  const [, from, names = ""] = /^from\s+(\S+)\s+import\s+([\s\S]+)$/.exec(statement) ?? [];
  return from === module && names.split(/[^\w* ]+/).some((one) => ["*", name].includes(one.trim()));
}

/// The code with a statement behind that which makes the form's components; null where that is not to be found.
export function withFilling(code: string, form: string, line: string): string | null {
  const body = methodOf(code, form, "__init__")?.getChild("Body");
  const making = body
    ?.getChildren("Statement")
    .find(({ from, to }) => /^self\.init_components\s*\(/.test(code.slice(from, to)));
  if (!making) return null;
  const indent = code.slice(code.lastIndexOf("\n", making.from) + 1, making.from);
  return `${code.slice(0, making.to)}\n${indent}${line}${code.slice(making.to)}`;
}

/// The code with every `self.old` as `self.fresh`, and methods renamed, too, where they are defined; `@handle` follows.
export function withRenamed(code: string, renames: ReadonlyMap<string, string>): string {
  const places: { from: number; to: number; text: string }[] = [];
  pythonLanguage.parser.parse(code).iterate({
    enter: (found) => {
      const node = found.node;
      const written = code.slice(node.from, node.to);
      const isNamed = node.name === "String" && isFirstOfHandle(node, code);
      const quote = isNamed ? 1 : 0;
      const fresh = renames.get(written.slice(quote, written.length - quote));
      if (fresh === undefined) return;
      const parent = node.parent;
      const isMember =
        node.name === "PropertyName" &&
        parent?.name === "MemberExpression" &&
        code.slice(parent.from, parent.firstChild?.to) === "self";
      const isMethod = node.name === "VariableName" && parent?.name === "FunctionDefinition" && isInClass(parent);
      const isAccessor = node.name === "VariableName" && parent?.name === "Decorator" && code[node.to] === ".";
      if (isMember || isMethod || isNamed || isAccessor)
        places.push({ from: node.from + quote, to: node.to - quote, text: fresh });
    },
  });
  return places.reduceRight((made, { from, to, text }) => made.slice(0, from) + text + made.slice(to), code);
}

/// The code with every `self.<part>.old` as `self.<part>.fresh`, for each of these parts.
export function withPropertyRenamed(code: string, parts: ReadonlySet<string>, old: string, fresh: string): string {
  const places: number[] = [];
  pythonLanguage.parser.parse(code).iterate({
    enter: ({ node }) => {
      if (node.name !== "PropertyName" || code.slice(node.from, node.to) !== old) return;
      const of = node.parent?.firstChild;
      const owner = of?.name === "MemberExpression" ? code.slice(of.from, of.to) : "";
      if (owner.startsWith("self.") && parts.has(owner.slice("self.".length))) places.push(node.from);
    },
  });
  return places.reduceRight((made, at) => made.slice(0, at) + fresh + made.slice(at + old.length), code);
}

/// The methods of a form's class.
export function handlersOf(code: string, form: string): readonly Handler[] {
  return [...methodsOf(code, form)].map(([, name]) => ({
    name: code.slice(name.from, name.to),
    line: lineAt(code, name.from),
  }));
}

/// A method of a form's class, with its decorators.
export function methodOf(code: string, form: string, method: string): SyntaxNode | undefined {
  for (const [node, name] of methodsOf(code, form)) if (code.slice(name.from, name.to) === method) return node;
  return undefined;
}

/// Methods of a form's class, each with its name.
function* methodsOf(code: string, form: string): Generator<readonly [SyntaxNode, SyntaxNode]> {
  const body = classOf(code, form)?.getChild("Body");
  for (let node = body?.firstChild ?? null; node; node = node.nextSibling) {
    const method = node.name === "DecoratedStatement" ? node.getChild("FunctionDefinition") : node;
    const name = method?.name === "FunctionDefinition" ? method.getChild("VariableName") : null;
    if (name) yield [node, name];
  }
}

/// Whether all methods of a form's class are seen in its code: it derives from its template alone.
export function isWhole(code: string, form: string): boolean {
  const found = classOf(code, form);
  const bases = found?.getChild("ArgList");
  return bases ? code.slice(bases.from, bases.to).replace(/\s/g, "") === `(${form}Template)` : false;
}

/// The class of that name; else the first one, as a form whose class has another name still is one.
function classOf(code: string, form: string): SyntaxNode | undefined {
  const all = pythonLanguage.parser.parse(code).topNode.getChildren("ClassDefinition");
  const isOf = (one: SyntaxNode) => {
    const name = one.getChild("VariableName");
    return name !== null && code.slice(name.from, name.to) === form;
  };
  return all.find(isOf) ?? all[0];
}

/// Whether a text is the component's name in `@handle("button_1", "click")`.
function isFirstOfHandle(text: SyntaxNode, code: string): boolean {
  const list = text.parent;
  const call = list?.parent;
  if (list?.name !== "ArgList" || call?.name !== "Decorator") return false;
  return (
    /^@(?:anvil\.)?handle\s*$/.test(code.slice(call.from, list.from)) && list.getChild("String")?.from === text.from
  );
}

function isInClass(method: SyntaxNode): boolean {
  const above = method.parent?.name === "DecoratedStatement" ? method.parent.parent : method.parent;
  return above?.name === "Body" && above.parent?.name === "ClassDefinition";
}

function indented(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}

function lineAt(text: string, place: number): number {
  return text.slice(0, place).split("\n").length;
}
