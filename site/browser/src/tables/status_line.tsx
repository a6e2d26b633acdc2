/// Beneath the grid: how many rows, what is selected, whether all is saved.
import { Icon, IconButton } from "../editor/parts.tsx";
import { zoneName } from "./moment.ts";
import { MOST_ROWS } from "./row_pages.ts";
import type { Sheet } from "./sheet.ts";

export function StatusLine({ sheet }: { readonly sheet: Sheet }) {
  const { top, bottom, left, right } = sheet.cursor.area;
  const [height, width] = [bottom - top + 1, right - left + 1];
  const hasMoments = sheet.table.value.columns.some((column) => column.type === "datetime");
  return (
    <div class="table-status">
      <SaveState sheet={sheet} />
      <span>{rowsInWords(sheet)}</span>
      {height * width > 1 && (
        <span>
          {height.toLocaleString()} × {width} selected
        </span>
      )}
      {hasMoments && <span>Times in {zoneName()}</span>}
      <IconButton icon="again" label="Read the rows again" onClick={() => void sheet.refresh()} />
      <span class="push mono">app_tables.{sheet.table.value.name}</span>
    </div>
  );
}

function rowsInWords(sheet: Sheet): string {
  if (!sheet.isReady.value) return "";
  const { total } = sheet;
  const isFound = sheet.filters.value.length > 0 || sheet.search.value !== "";
  const rows = `${total.toLocaleString()} ${total === 1 ? "row" : "rows"}${isFound ? " found" : ""}`;
  return total > MOST_ROWS ? `${rows}, the first ${MOST_ROWS.toLocaleString()} shown: filter to see others` : rows;
}

function SaveState({ sheet }: { readonly sheet: Sheet }) {
  const { state, problems } = sheet.saving;
  if (state.kind === "offline")
    return (
      <span class="outcome outcome-timeout" data-state="offline">
        <Icon name="warning" /> Not saved yet
      </span>
    );
  if (problems.length)
    return (
      <span class="outcome outcome-error" data-state="problem">
        <Icon name="warning" /> {problems.length === 1 ? "One cell is" : `${problems.length} cells are`} not saved
      </span>
    );
  const isSaving = state.kind === "saving";
  return (
    <span class="outcome table-saved" data-state={state.kind}>
      <Icon name={isSaving ? "waiting" : "done"} /> {isSaving ? "Saving" : "All saved"}
    </span>
  );
}
