/// What the owner has to know or decide: cells that were not saved, rows that are about to go, troubles.
import { Icon, IconButton } from "../editor/parts.tsx";
import { shownText } from "./cell_text.ts";
import type { Json } from "./exact.ts";
import type { TablesModel } from "./model.ts";
import type { Sheet } from "./sheet.ts";
import type { Problem } from "./writes.ts";

/// Problems that are shown at once.
const SHOWN = 5;

export function Notices({ model, sheet }: { readonly model: TablesModel; readonly sheet: Sheet }) {
  const { state, problems } = sheet.saving;
  const leaving = sheet.leaving.value.length;
  return (
    <>
      {state.kind === "offline" && (
        <p class="note warn table-note" role="alert">
          <Icon name="warning" />
          <span>
            {state.message} What you typed is kept here and saved as soon as that works; leave this page open.
          </span>
        </p>
      )}
      {sheet.trouble.value && (
        <p class="note bad table-note" role="alert">
          <Icon name="warning" /> <span class="grow">{sheet.trouble.value}</span>
          <button type="button" class="button small" onClick={() => void sheet.refresh()}>
            Try again
          </button>
        </p>
      )}
      {problems.slice(0, SHOWN).map((problem) => (
        <Decision key={`${problem.id} ${problem.column}`} sheet={sheet} problem={problem} />
      ))}
      {problems.length > SHOWN && <p class="small muted">And {problems.length - SHOWN} more cells.</p>}
      {leaving > 0 && (
        <div class="note table-note" role="status">
          <Icon name="delete" />
          <span class="grow">{leaving === 1 ? "One row deleted." : `${leaving.toLocaleString()} rows deleted.`}</span>
          <button type="button" class="button small" onClick={() => sheet.takeBack()}>
            <Icon name="restore" /> Undo
          </button>
          <IconButton icon="close" label="Delete them now" onClick={() => void sheet.deleteNow()} />
        </div>
      )}
      <p class={model.notice.value ? "note table-note" : "visually-hidden"} role="status">
        {model.notice.value && <span class="grow">{model.notice.value}</span>}
        {model.notice.value && <IconButton icon="close" label="Hide this" onClick={() => model.say("")} />}
      </p>
    </>
  );
}

/// A cell that was not saved: both values, and which of them is to be kept.
function Decision({ sheet, problem }: { readonly sheet: Sheet; readonly problem: Problem }) {
  const column = sheet.table.value.columns.find((one) => one.name === problem.column);
  if (!column) return null;
  const text = (value: Json | undefined) => shownText(column, value, sheet.label(column)).slice(0, 200) || "nothing";
  const index = sheet.pages.indexOf(problem.id);
  const place = sheet.table.value.columns.indexOf(column);
  const decide = (isMine: boolean) => {
    sheet.decide(problem, isMine);
    document.querySelector<HTMLElement>(".grid")?.focus({ preventScroll: true });
  };
  return (
    <div class="note bad table-note conflict-note" role="alert">
      <Icon name="warning" />
      <div class="grow stack tight">
        <p>
          <button
            type="button"
            class="link-button"
            onClick={() => index >= 0 && sheet.cursor.go({ row: index, column: place })}
          >
            {problem.column}
            {index >= 0 && ` in row ${(index + 1).toLocaleString()}`}
          </button>{" "}
          was not saved. {problem.message}
        </p>
        <dl class="both-values">
          <dt>Yours</dt>
          <dd>{text(problem.mine)}</dd>
          {problem.theirs && <dt>Now there</dt>}
          {problem.theirs && <dd>{text(problem.theirs.values[problem.column])}</dd>}
        </dl>
        <p class="row">
          {problem.theirs && (
            <button type="button" class="button small" onClick={() => decide(true)}>
              Write mine
            </button>
          )}
          <button type="button" class="button small" onClick={() => decide(false)}>
            {problem.theirs ? "Keep what is there" : "Give mine up"}
          </button>
        </p>
      </div>
    </div>
  );
}
