/// Calls of a GUI's server functions in its client code: which is named at a place, and which there are.
import type { CompletionSource } from "@codemirror/autocomplete";
import type { Text } from "@codemirror/state";
import type { ServerFunction } from "../api/types.ts";

const CALL = /anvil\.server\.call(?:_s|_async)?\(\s*(["'])([^"'\n]*)$/;

/// The functions' names inside of `anvil.server.call("…")`.
export function callCompletion(functions: () => readonly ServerFunction[]): CompletionSource {
  return (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const call = CALL.exec(line.text.slice(0, context.pos - line.from));
    if (!call) return null;
    const options = functions().map(({ name, path }) => ({ label: name, type: "function", detail: path, boost: 70 }));
    return { from: context.pos - (call[2] ?? "").length, options, validFor: /^[^"'\n]*$/ };
  };
}

/// The name inside of `anvil.server.call("…")` at a place; null elsewhere.
export function calledAt(doc: Text, at: number): string | null {
  const line = doc.lineAt(at);
  const before = CALL.exec(line.text.slice(0, at - line.from));
  if (!before) return null;
  const rest = /^[^"'\n]*/.exec(line.text.slice(at - line.from));
  return `${before[2] ?? ""}${rest?.[0] ?? ""}`;
}
