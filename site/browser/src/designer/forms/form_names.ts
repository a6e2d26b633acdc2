/// The name of a form in Python: its class, its module, and the texts that open it.
import { pythonLanguage } from "@codemirror/lang-python";
import type { SyntaxNode } from "@lezer/common";

interface Place {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/// Functions that take a form's name as text.
const OPENERS: ReadonlySet<string> = new Set(["open_form", "FormResponse"]);

/// The code with a form's class and module called otherwise; `isOwn` says that it is the form's own code.
export function withFormRenamed(code: string, old: string, fresh: string, isOwn = false): string {
  const from = last(old);
  const to = last(fresh);
  const tree = pythonLanguage.parser.parse(code);
  const places: Place[] = [];
  let isImported = isOwn;
  tree.iterate({
    enter: ({ node }) => {
      if (node.name !== "ImportStatement") return;
      const found = inImport(node, code, from, to);
      places.push(...found.places);
      isImported ||= found.isBound;
    },
  });
  tree.iterate({
    enter: ({ node }) => {
      if (node.name === "ImportStatement") return false;
      const written = code.slice(node.from, node.to);
      if (node.name === "String" && namesForm(node, code)) places.push(...inText(node, written, old, fresh));
      const isName = node.name === "VariableName" || (node.name === "PropertyName" && isOfModule(node, code, from));
      if (isImported && isName && written === from) places.push({ from: node.from, to: node.to, text: to });
      if (isOwn && node.name === "VariableName" && written === `${from}Template`)
        places.push({ from: node.from, to: node.to, text: `${to}Template` });
      return true;
    },
  });
  if (isOwn) places.push(...ownImport(code, from, to));
  return [...places]
    .sort((a, b) => a.from - b.from)
    .reduceRight((made, { from: start, to: end, text }) => made.slice(0, start) + text + made.slice(end), code);
}

/// Lines of the code in which a form is named, from 1.
export function linesNaming(code: string, name: string): readonly number[] {
  const renamed = withFormRenamed(code, name, `${name}\u0000`).split("\n");
  return code.split("\n").flatMap((line, at) => (line === renamed[at] ? [] : [at + 1]));
}

/// `from .Row import Row`, `from . import Row`, `import shop.Row`; bound is a name that the rest of the code uses.
function inImport(statement: SyntaxNode, code: string, old: string, fresh: string) {
  const places: Place[] = [];
  let isBound = false;
  let isBehind = false;
  for (let node = statement.firstChild; node; node = node.nextSibling) {
    if (node.name === "import") isBehind = true;
    if (node.name !== "VariableName" || code.slice(node.from, node.to) !== old) continue;
    const isFrom = code.slice(statement.from, statement.from + 4) === "from";
    const isModule = isFrom && !isBehind && node.nextSibling?.name === "import";
    const isAlias = node.prevSibling?.name === "as";
    if (isAlias || (isFrom && !isBehind && !isModule)) continue;
    places.push({ from: node.from, to: node.to, text: fresh });
    if (isBehind && node.nextSibling?.name !== "as") isBound = true;
  }
  return { places, isBound };
}

/// `from ._anvil_designer import RowTemplate`
function ownImport(code: string, old: string, fresh: string): readonly Place[] {
  const found = new RegExp(`_anvil_designer\\s+import\\s+(?:[\\w, ]*[, ])?(${old}Template)\\b`).exec(code);
  if (!found) return [];
  const from = found.index + found[0].length - (found[1]?.length ?? 0);
  return [{ from, to: found.index + found[0].length, text: `${fresh}Template` }];
}

/// The first argument of open_form("…"), or what an item_template is set to.
function namesForm(text: SyntaxNode, code: string): boolean {
  const list = text.parent;
  if (list?.name === "AssignStatement") {
    const target = list.firstChild;
    return code.slice(target?.from, target?.to).endsWith(".item_template");
  }
  if (list?.name !== "ArgList" || list.getChild("String")?.from !== text.from) return false;
  const called = list.parent?.firstChild;
  return OPENERS.has(last(code.slice(called?.from, called?.to)));
}

function inText(node: SyntaxNode, written: string, old: string, fresh: string): readonly Place[] {
  const said = /^(['"])(.*)\1$/.exec(written)?.[2] ?? "";
  if (said !== old && !said.endsWith(`.${old}`)) return [];
  const end = node.to - 1;
  return [{ from: end - old.length, to: end, text: fresh }];
}

/// `Row.Row`: the class in the module.
function isOfModule(name: SyntaxNode, code: string, module: string): boolean {
  const owner = name.parent?.firstChild;
  return owner?.name === "VariableName" && code.slice(owner.from, owner.to) === module;
}

function last(name: string): string {
  return name.split(".").at(-1) ?? name;
}
