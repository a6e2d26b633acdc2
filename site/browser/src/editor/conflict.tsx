import { diffLines } from "./diff.ts";
import type { EditorModel } from "./model.ts";
import { Icon } from "./parts.tsx";
import type { Conflict } from "./saver.ts";
import { changedPaths } from "./workspace.ts";

/// Both sides of a conflict, and a way out that loses neither: the other side becomes a revision of its own.
export function ConflictNotice({ model, conflict }: { readonly model: EditorModel; readonly conflict: Conflict }) {
  const theirs = conflict.isDraft ? "the draft from another tab" : `revision ${conflict.revision}`;
  return (
    <section class="conflict" aria-label="Changed in two places">
      <header>
        <Icon name="warning" />
        <div>
          <h2>This widget was changed in two places</h2>
          <p>Your text here and {theirs} differ. Whichever you choose, the other one stays in the history.</p>
        </div>
      </header>
      <div class="conflict-files">
        {changedPaths(conflict.theirs, conflict.mine).map((path) => (
          <FileDiff key={path} path={path} mine={conflict.mine[path]} theirs={conflict.theirs[path]} />
        ))}
      </div>
      <div class="row">
        <button type="button" class="button primary" onClick={() => void model.resolve("mine")}>
          Keep my text
        </button>
        <button type="button" class="button" onClick={() => void model.resolve("theirs")}>
          Take {theirs}
        </button>
      </div>
    </section>
  );
}

type Content = string | { readonly base64: string } | undefined;

function FileDiff({ path, mine, theirs }: { readonly path: string; readonly mine: Content; readonly theirs: Content }) {
  if (typeof mine === "object" || typeof theirs === "object") return <p class="mono">{path} (not text)</p>;
  const words = { both: " ", mine: "+", theirs: "−" } as const;
  return (
    <figure>
      <figcaption>
        <code>{path}</code> <span class="diff-mine">+ yours</span> <span class="diff-theirs">− the other one</span>
      </figcaption>
      <pre tabIndex={0} role="group" aria-label={`Differences in ${path}`}>
        {diffLines(mine ?? "", theirs ?? "").map((line, at) => (
          <span key={at} class={`diff-${line.side}`}>{`${words[line.side]} ${line.text}\n`}</span>
        ))}
      </pre>
    </figure>
  );
}
