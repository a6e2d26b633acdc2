/// Typing in a cell: text, numbers, days and moments. What can't be in the column stays open with its reason.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import { end, type Onward, put } from "./cell_actions.ts";
import { copiedText, meaningOf } from "./cell_text.ts";
import { localText, offsetText, zoneName } from "./moment.ts";
import type { Column, Row } from "./shapes.ts";
import type { Sheet } from "./sheet.ts";

interface EditorProps {
  readonly sheet: Sheet;
  readonly row: Row | null;
  readonly column: Column;
  readonly seed: string | null;
}

export function CellEditor({ sheet, row, column, seed }: EditorProps) {
  const before = useRef(row ? textOf(sheet, row, column) : "").current;
  const [text, setText] = useState(seed ?? before);
  const [problem, setProblem] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const isOver = useRef(false);
  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(text.length, text.length);
  }, []);
  useLayoutEffect(() => grow(field.current), [text]);
  const take = (onward: Onward): boolean => {
    if (isOver.current) return true;
    const meaning = text === before ? null : meaningOf(column, text);
    if (meaning && "problem" in meaning) {
      setProblem(meaning.problem);
      field.current?.focus();
      return false;
    }
    isOver.current = true;
    if (meaning) put(sheet, row, column, meaning.value);
    end(sheet, onward);
    return true;
  };
  const leave = () => {
    isOver.current = true;
    end(sheet, "stay");
  };
  // Pressing anything else takes what is typed.
  const latest = useRef(take);
  latest.current = take;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const pressed = (event: Event) => {
      if (place.current?.contains(event.target as Node)) return;
      if (latest.current("stay")) return;
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener("pointerdown", pressed, { capture: true });
    return () => removeEventListener("pointerdown", pressed, { capture: true });
  }, []);
  return (
    <div ref={place} class="cell-editor">
      <textarea
        ref={field}
        rows={1}
        class={column.type === "string" ? "" : "mono"}
        aria-label={`${column.name}, ${row ? "cell" : "new row"}`}
        aria-invalid={problem ? "true" : undefined}
        aria-describedby="cell-help"
        inputMode={column.type === "number" ? "decimal" : "text"}
        spellcheck={column.type === "string"}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setProblem("");
        }}
        onKeyDown={(event) => {
          const onward = onwardOf(event, column);
          if (event.key === "Escape") leave();
          else if (onward) take(onward);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <Calendar column={column} text={text} onPick={setText} />
      <p id="cell-help" class={problem ? "cell-help bad" : "cell-help"} role={problem ? "alert" : undefined}>
        {problem || hint(column, text)}
      </p>
    </div>
  );
}

function textOf(sheet: Sheet, row: Row, column: Column): string {
  const value = sheet.value(row, column);
  return column.type === "datetime" && value !== null ? localText(String(value)) : copiedText(column, value);
}

function onwardOf(event: KeyboardEvent, column: Column): Onward | null {
  if (event.isComposing) return null;
  if (event.key === "Tab") return event.shiftKey ? "before" : "next";
  if (event.key !== "Enter") return null;
  if (column.type === "string" && (event.shiftKey || event.altKey)) {
    if (event.altKey) document.execCommand("insertText", false, "\n");
    return null;
  }
  return event.shiftKey ? "up" : "down";
}

function grow(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.height = "0";
  field.style.height = `${Math.min(field.scrollHeight + 2, 260)}px`;
}

/// What helps while one types: the zone of a moment, the form of a day.
function hint(column: Column, text: string): string {
  if (column.type === "date") return "Year-month-day";
  if (column.type !== "datetime") return "";
  const meaning = meaningOf(column, text);
  const moment = "value" in meaning && meaning.value ? new Date(String(meaning.value)) : new Date();
  return `In ${zoneName()}, ${offsetText(moment)}`;
}

/// A button that opens the browser's own calendar.
function Calendar({
  column,
  text,
  onPick,
}: {
  readonly column: Column;
  readonly text: string;
  readonly onPick: (text: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  if (column.type !== "date" && column.type !== "datetime") return null;
  const isMoment = column.type === "datetime";
  const meaning = meaningOf(column, text);
  const value = "value" in meaning && meaning.value ? String(meaning.value) : "";
  const local = value && isMoment ? localText(value).slice(0, 19).replace(" ", "T") : value;
  return (
    <>
      <input
        ref={input}
        class="calendar-input"
        type={isMoment ? "datetime-local" : "date"}
        step={isMoment ? 1 : undefined}
        tabIndex={-1}
        aria-hidden="true"
        value={local}
        onInput={(event) => onPick(event.currentTarget.value.replace("T", " "))}
      />
      <button
        type="button"
        class="button quiet small icon-only"
        title="Calendar"
        aria-label="Calendar"
        tabIndex={-1}
        onClick={() => input.current?.showPicker()}
      >
        <Icon name="type-date" />
      </button>
    </>
  );
}
