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
export function withHandler(code: string, form: string, name: string, says: string): { text: string; line: number } {
  const known = handlersOf(code, form).find((one) => one.name === name);
  if (known) return { text: code, line: known.line };
  const body = classOf(code, form)?.getChild("Body");
  const made = `def ${name}(self, **event_args):\n${INDENT}"""${says}"""\n${INDENT}pass\n`;
  if (!body?.lastChild) {
    const before = code.trimEnd();
    const text = `${before}${before ? "\n\n\n" : ""}class ${form}(${form}Template):\n${INDENT}def __init__(self, **properties):\n${INDENT}${INDENT}self.init_components(**properties)\n\n${indented(made, INDENT)}`;
    return { text, line: lineAt(text, text.length) - 1 };
  }
  const first = body.getChild("FunctionDefinition") ?? body.lastChild;
  const indent = /[ \t]*$/.exec(code.slice(0, first.from))?.[0] || INDENT;
  const end = body.lastChild.to;
  const kept = code.slice(0, end).trimEnd();
  const rest = code.slice(end).replace(/^\n*/, "");
  const text = `${kept}\n\n${indented(made, indent)}${rest ? `\n\n${rest}` : ""}`;
  return { text, line: lineAt(text, kept.length) + 4 };
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
      if (isMember || isMethod || isNamed) places.push({ from: node.from + quote, to: node.to - quote, text: fresh });
    },
  });
  return places.reduceRight((made, { from, to, text }) => made.slice(0, from) + text + made.slice(to), code);
}

/// The methods of a form's class.
export function handlersOf(code: string, form: string): readonly Handler[] {
  const body = classOf(code, form)?.getChild("Body");
  const found: Handler[] = [];
  for (let node = body?.firstChild ?? null; node; node = node.nextSibling) {
    const method = node.name === "DecoratedStatement" ? node.getChild("FunctionDefinition") : node;
    const name = method?.name === "FunctionDefinition" ? method.getChild("VariableName") : null;
    if (name) found.push({ name: code.slice(name.from, name.to), line: lineAt(code, name.from) });
  }
  return found;
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
