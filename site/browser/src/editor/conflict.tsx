import { useState } from "preact/hooks";
import type { FileContent } from "../api/types.ts";
import { type DiffBlock, diffBlocks } from "./diff_blocks.ts";
import type { EditorModel } from "./model.ts";
import { Icon } from "./parts.tsx";
import type { Choice, Conflict } from "./saver.ts";

type Choices = Readonly<Record<string, Choice>>;

/// Files whose changes could not come together, both sides of each, and a way out that loses neither: what is not
/// chosen becomes a revision of its own.
export function ConflictNotice({ model, conflict }: { readonly model: EditorModel; readonly conflict: Conflict }) {
  const [choices, setChoices] = useState<Choices>({});
  const other = conflict.isDraft ? "the text from another tab" : `revision ${conflict.revision}`;
  const all = (choice: Choice) => Object.fromEntries(conflict.paths.map((path) => [path, choice]));
  const isChosen = conflict.paths.every((path) => choices[path]);
  return (
    <section class="conflict diff-page" aria-label="Changed in two places">
      <header>
        <Icon name="warning" />
        <div>
          <h2>The same lines were changed in two places</h2>
          <p>
            Your text here and {other} differ where both changed; everything else comes together by itself. What you
            don't choose stays in the history.
          </p>
        </div>
      </header>
      <div class="conflict-files">
        {conflict.paths.map((path) => (
          <FileChoice
            key={path}
            path={path}
            other={other}
            mine={conflict.mine[path]}
            theirs={conflict.theirs[path]}
            chosen={choices[path]}
            onChoose={(choice) => setChoices({ ...choices, [path]: choice })}
          />
        ))}
      </div>
      <div class="row">
        {conflict.paths.length > 1 && (
          <button type="button" class="button primary" disabled={!isChosen} onClick={() => void model.resolve(choices)}>
            Save this choice
          </button>
        )}
        <button
          type="button"
          class={`button ${conflict.paths.length > 1 ? "" : "primary"}`}
          onClick={() => void model.resolve(all("mine"))}
        >
          Keep my text
        </button>
        <button type="button" class="button" onClick={() => void model.resolve(all("theirs"))}>
          Take {other}
        </button>
      </div>
    </section>
  );
}

interface FileChoiceProps {
  readonly path: string;
  readonly other: string;
  readonly mine: FileContent | undefined;
  readonly theirs: FileContent | undefined;
  readonly chosen: Choice | undefined;
  readonly onChoose: (choice: Choice) => void;
}

function FileChoice({ path, other, mine, theirs, chosen, onChoose }: FileChoiceProps) {
  const choice = (value: Choice, label: string) => (
    <label>
      <input type="radio" name={`choice-${path}`} checked={chosen === value} onChange={() => onChoose(value)} />
      {label}
    </label>
  );
  return (
    <fieldset>
      <legend>
        <code>{path}</code>
      </legend>
      <div class="conflict-sides">
        {choice("theirs", `Take ${other} (−)${theirs === undefined ? ": it is removed there" : ""}`)}
        {choice("mine", `Keep mine (+)${mine === undefined ? ": it is removed here" : ""}`)}
      </div>
      {typeof mine === "object" || typeof theirs === "object" ? (
        <p class="muted small">Not text, so it can't be shown.</p>
      ) : (
        <div class="diff" tabIndex={0} role="group" aria-label={`Differences in ${path}`}>
          {diffBlocks(mine ?? "", theirs ?? "").map((block, at) => (
            <Block key={at} block={block} />
          ))}
        </div>
      )}
    </fieldset>
  );
}

const SIDES = { both: ["both", ""], mine: ["new", "+"], theirs: ["old", "−"] } as const;

function Block({ block }: { readonly block: DiffBlock }) {
  return (
    <>
      <div class={`block${block.isChanged ? " changed" : ""}`}>
        {block.lines.map((line, at) => (
          <div key={at} class={`dl ${SIDES[line.side][0]}`}>
            <span class="sign">{SIDES[line.side][1]}</span>
            <code>{line.text}</code>
          </div>
        ))}
      </div>
      {block.skipped > 0 && (
        <div class="gap">⋯ {block.skipped === 1 ? "one equal line" : `${block.skipped} equal lines`}</div>
      )}
    </>
  );
}
