/// The functions that a widget's server code offers to its pages, with what they take, read from its syntax.
import { pythonLanguage } from "@codemirror/lang-python";
import type { SyntaxNode } from "@lezer/common";

/// What people fill in for a parameter.
export type InputKind = "text" | "number" | "check" | "date" | "file";

export interface Parameter {
  readonly name: string;
  readonly kind: InputKind;
  /// As the code writes it; null for a parameter that has none.
  readonly fallback: string | null;
  readonly isKeyword: boolean;
}

export interface ServerFunction {
  /// What `anvil.server.call` names.
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly hasResult: boolean;
}

const CALLABLE = /^@\s*(?:anvil\.)?(?:server\.)?callable(?:_async)?\s*(?:\(|$)/;
const NAMED = /\(\s*(["'])([^"'\\]+)\1/;
const OF_FILES = /^(?:file|media|upload|picture|image|photo|document)$|_(?:file|media)$/;

/// Those of one module, in their order.
export function callablesOf(code: string): readonly ServerFunction[] {
  const top = pythonLanguage.parser.parse(code).topNode;
  return top.getChildren("DecoratedStatement").flatMap((node) => {
    const definition = node.getChild("FunctionDefinition");
    const marks = node.getChildren("Decorator").map((mark) => code.slice(mark.from, mark.to).trim());
    const mark = marks.find((text) => CALLABLE.test(text));
    const name = definition?.getChild("VariableName");
    if (!definition || mark === undefined || !name) return [];
    const said = NAMED.exec(mark)?.[2];
    return [
      {
        name: said ?? code.slice(name.from, name.to),
        parameters: parametersOf(definition, code),
        hasResult: returnsSomething(definition),
      },
    ];
  });
}

function parametersOf(definition: SyntaxNode, code: string): readonly Parameter[] {
  const found: Parameter[] = [];
  let isKeyword = false;
  let isMany = false;
  let name = "";
  let type = "";
  let fallback: string | null = null;
  const end = () => {
    if (name && !isMany) found.push({ name, kind: kindOf(name, type, fallback), fallback, isKeyword });
    [name, type, fallback, isMany] = ["", "", null, false];
  };
  for (let node = definition.getChild("ParamList")?.firstChild ?? null; node; node = node.nextSibling) {
    const text = code.slice(node.from, node.to);
    if (node.name === "," || node.name === ")") end();
    else if (node.name === "TypeDef") type = text.replace(/^:\s*/, "");
    else if (node.name === "*" || node.name === "**") [isMany, isKeyword] = [true, true];
    else if (node.name === "VariableName" && !name) name = text;
    else if (node.prevSibling?.name === "AssignOp") fallback = text;
  }
  return found;
}

function kindOf(name: string, type: string, fallback: string | null): InputKind {
  if (/\bbool\b/.test(type) || fallback === "True" || fallback === "False") return "check";
  if (/\b(?:int|float)\b/.test(type) || /^-?[\d.]+$/.test(fallback ?? "")) return "number";
  if (/\bdate\b/.test(type) || (!type && /^(?:date|day)$|_date$/.test(name))) return "date";
  if (/Media\b/.test(type) || (!type && OF_FILES.test(name))) return "file";
  return "text";
}

/// Whether it returns a value, in its own body.
function returnsSomething(definition: SyntaxNode): boolean {
  const cursor = definition.cursor();
  let found = false;
  cursor.iterate((node) => {
    if (node.name === "ReturnStatement") {
      const value = node.node.firstChild?.nextSibling;
      if (value && value.name !== "None") found = true;
    }
    return (
      node.from === definition.from || !/^(?:FunctionDefinition|ClassDefinition|LambdaExpression)$/.test(node.name)
    );
  });
  return found;
}
