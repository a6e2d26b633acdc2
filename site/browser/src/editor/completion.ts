/// Where completions come from: the language server when it is there, and what the editor knows by itself.
import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import { globalCompletion, localCompletionSource } from "@codemirror/lang-python";

type Found = CompletionResult | null;

/// `server` answers null when it is not there; `anvil` knows the library and what is imported.
export function completionOf(
  server: (context: CompletionContext) => Promise<Found>,
  anvil: Promise<CompletionSource>,
): CompletionSource {
  return async (context) => {
    const own = await (await anvil)(context);
    const asked = context.explicit || context.matchBefore(/[\w.]$/) ? await server(context) : null;
    if (context.aborted) return null;
    if (asked) return merged([own, asked]);
    const local = [await globalCompletion(context), await localCompletionSource(context)];
    // After a dot only what is known of what stands before it.
    return context.matchBefore(/\.\w*$/) ? own : merged([own, ...local]);
  };
}

/// All that begin at the same place as the first; what comes first keeps a name.
export function merged(results: readonly Found[]): Found {
  const found = results.filter((one) => one !== null);
  const [first] = found;
  if (!first) return null;
  const options = new Map<string, Completion>();
  for (const result of found) {
    if (result.from !== first.from) continue;
    for (const option of result.options) if (!options.has(option.label)) options.set(option.label, option);
  }
  return { from: first.from, options: [...options.values()], validFor: /^\w*$/ };
}
