/// Completion in forms' templates: types of components, and the properties of each.
import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import type { Text } from "@codemirror/state";

type Types = Readonly<Record<string, readonly string[]>>;

/// Types of components behind `type:`, and below `properties:` those of the component.
export function templateCompletion(types: () => Types): CompletionSource {
  return (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const type = /^[\s-]*type:\s+([\w:.]*)$/.exec(before) ?? /[{,]\s*type:\s+([\w:.]*)$/.exec(before);
    if (type) return offered(context, type[1] ?? "", Object.keys(types()), "class");
    const typed = /(?:^\s+|[{,]\s*)(\w*)$/.exec(before);
    const kind = typed && typeOfProperties(context.state.doc, line.number, before);
    return kind ? offered(context, typed[1] ?? "", types()[kind] ?? [], "property", ": ") : null;
  };
}

function offered(
  context: CompletionContext,
  typed: string,
  names: readonly string[],
  type: string,
  suffix = "",
): CompletionResult | null {
  if (!typed && !context.explicit && type === "property") return null;
  const options: Completion[] = names.map((label) => ({ label, type, apply: `${label}${suffix}` }));
  return options.length > 0 ? { from: context.pos - typed.length, options, validFor: /^[\w:.]*$/ } : null;
}

const indentOf = (text: string): number => /^[\s-]*/.exec(text)?.[0].length ?? 0;

/// The type of the component whose properties a line is among; null when it is not among properties.
function typeOfProperties(doc: Text, number: number, before: string): string | null {
  const flow = /^([\s-]*)properties:\s*\{[^}]*$/.exec(before);
  let at = number;
  let indent = flow ? indentOf(before) : -1;
  if (!flow) {
    const own = indentOf(before);
    for (at = number - 1; at > 0; at -= 1) {
      const text = doc.line(at).text;
      if (!text.trim() || indentOf(text) >= own) continue;
      if (!/^[\s-]*properties:\s*$/.test(text)) return null;
      indent = indentOf(text);
      break;
    }
  }
  return indent < 0 ? null : typeBeside(doc, at, indent);
}

/// The `type:` of the mapping that has a key at this line and indent.
function typeBeside(doc: Text, at: number, indent: number): string | null {
  for (const step of [-1, 1]) {
    for (let other = at; other > 0 && other <= doc.lines; other += step) {
      const text = doc.line(other).text;
      if (!text.trim()) continue;
      const begins = /^\s*-\s/.test(text) && indentOf(text) === indent;
      if (indentOf(text) < indent || (step > 0 && other > at && begins)) break;
      const type = indentOf(text) === indent ? /^[\s-]*type:\s*['"]?([\w:.]+)/.exec(text) : null;
      if (type) return type[1] ?? null;
      if (step < 0 && begins) break;
    }
  }
  return null;
}
