/// A simple object as JSON, over several lines.
import { useState } from "preact/hooks";
import { end, put } from "./cell_actions.ts";
import { meaningOf } from "./cell_text.ts";
import { write } from "./exact.ts";
import { type DialogProps, Field, FormDialog } from "./form_parts.tsx";
import type { Column, Row } from "./shapes.ts";

interface CellDialogProps extends DialogProps {
  readonly row: Row | null;
  readonly column: Column;
}

export function JsonDialog({ sheet, row, column, onClose }: CellDialogProps) {
  const value = row ? sheet.value(row, column) : null;
  const [text, setText] = useState(value === null ? "" : write(value, "  "));
  const why = problemIn(text);
  const save = async () => {
    const meaning = meaningOf(column, text);
    if ("problem" in meaning) return meaning.problem;
    put(sheet, row, column, meaning.value);
    end(sheet, "stay");
    return "";
  };
  return (
    <FormDialog title={column.name} action="Save" disabled={why !== ""} onSubmit={save} onClose={onClose}>
      <Field
        id="json"
        label="JSON"
        hint={why || "Lists, objects, texts, numbers, true, false, null. Nothing is an empty cell. Ctrl-Enter saves."}
      >
        <textarea
          id="json"
          class="mono json-text"
          rows={14}
          spellcheck={false}
          aria-invalid={why ? "true" : undefined}
          aria-describedby="json-hint"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
          }}
        />
      </Field>
    </FormDialog>
  );
}

/// Why a text is no JSON, in the browser's words; empty when it is.
function problemIn(text: string): string {
  if (!text.trim()) return "";
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return `This is no JSON. ${(error as Error).message}`;
  }
}
