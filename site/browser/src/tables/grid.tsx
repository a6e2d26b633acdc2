/// The grid: a head, the rows that the window shows, and an empty last row for a new one.
/// The grid itself keeps the focus and names the cell where one is: rows come and go as one scrolls.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import { isInside, type Place } from "./area.ts";
import { begin, openMenu, toggle } from "./cell_actions.ts";
import { CellEditor } from "./cell_editor.tsx";
import { CellShown } from "./cell_view.tsx";
import { clear, copied, paste } from "./clipboard.ts";
import { pressed } from "./grid_keys.ts";
import type { TablesModel } from "./model.ts";
import { type Column, type Row, TYPE_NAMES } from "./shapes.ts";
import type { Sheet } from "./sheet.ts";
import { TYPE_ICONS } from "./type_icons.ts";

/// Height of a row, as in tables.css.
export const ROW_PX = 36;
const BEYOND = 8;

interface GridProps {
  readonly model: TablesModel;
  readonly sheet: Sheet;
}

export function Grid({ model, sheet }: GridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ first: 0, count: 30 });
  const { columns, name } = sheet.table.value;
  const at = sheet.cursor.at.value;
  const typing = sheet.cursor.typing.value;
  const length = sheet.length;
  const look = () => {
    const shown = grid.current;
    if (!shown) return;
    const first = Math.floor(shown.scrollTop / ROW_PX);
    const count = Math.ceil(shown.clientHeight / ROW_PX);
    sheet.page = Math.max(1, count - 2);
    if (first !== view.first || count !== view.count) setView({ first, count });
  };
  useLayoutEffect(look);
  useEffect(() => {
    const shown = grid.current;
    if (!shown) return;
    const watch = new ResizeObserver(look);
    watch.observe(shown);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    void sheet.ensure(view.first - BEYOND, view.first + view.count + BEYOND);
  }, [view.first, view.count, length, sheet.row(view.first), sheet.row(view.first + view.count)]);
  useLayoutEffect(() => {
    if (grid.current) reveal(grid.current, at);
  }, [at.row, at.column]);
  // Who was typing goes on by keys.
  useLayoutEffect(() => {
    const focused = document.activeElement;
    if (!typing && (focused === document.body || focused === null)) grid.current?.focus({ preventScroll: true });
  }, [typing]);
  const rows = shownRows(view.first, view.count, length, at.row);
  const widths = columns.map((column) => `${model.widths.of(name, column)}px`).join(" ");
  return (
    <div
      ref={grid}
      class="grid"
      role="grid"
      tabIndex={0}
      aria-label={`Rows of ${sheet.table.value.title}`}
      aria-rowcount={length + 2}
      aria-colcount={columns.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={`cell-${at.row}-${at.column}`}
      style={{ "--columns": `var(--number) ${widths} var(--more)` }}
      onScroll={look}
      onKeyDown={(event) => {
        if (event.target === grid.current && pressed(model, sheet, event)) event.preventDefault();
      }}
      onCopy={(event) => copy(model, sheet, event)}
      onCut={(event) => {
        if (copy(model, sheet, event)) void clear(sheet).then((text) => model.say(text));
      }}
      onPaste={(event) => {
        const text = event.clipboardData?.getData("text/plain");
        if (event.target !== grid.current || !text || at.row < 0) return;
        event.preventDefault();
        void paste(sheet, text).then((said) => model.say(said));
      }}
    >
      <Head model={model} sheet={sheet} />
      <div class="grid-body" role="rowgroup" style={{ height: `${(length + 1) * ROW_PX}px` }}>
        {rows.map((index) => (
          <GridRow key={index} model={model} sheet={sheet} index={index} />
        ))}
      </div>
    </div>
  );
}

/// Scroll so that a cell is seen, beneath the head and beside the numbers.
function reveal(grid: HTMLElement, { row, column }: Place): void {
  if (row >= 0) {
    const top = row * ROW_PX;
    const height = grid.clientHeight - ROW_PX;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + ROW_PX > grid.scrollTop + height) grid.scrollTop = top + ROW_PX - height;
  }
  const head = grid.querySelector<HTMLElement>(`#cell--1-${column}`);
  const numbers = grid.querySelector<HTMLElement>(".grid-corner")?.offsetWidth ?? 0;
  if (!head) return;
  const { offsetLeft: left, offsetWidth: width } = head;
  if (left - numbers < grid.scrollLeft) grid.scrollLeft = left - numbers;
  else if (left + width > grid.scrollLeft + grid.clientWidth)
    grid.scrollLeft = Math.min(left - numbers, left + width - grid.clientWidth);
}

/// The rows to draw: those in sight and a few beyond, and the one where one is.
function shownRows(first: number, count: number, length: number, at: number): number[] {
  const from = Math.max(0, first - BEYOND);
  const to = Math.min(length, first + count + BEYOND);
  const rows = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  if (at >= 0 && at < from) return [at, ...rows];
  return at > to && at <= length ? [...rows, at] : rows;
}

function copy(model: TablesModel, sheet: Sheet, event: ClipboardEvent): boolean {
  if ((event.target as Element).closest("input,textarea") || sheet.cursor.at.value.row < 0) return false;
  const made = copied(sheet);
  event.preventDefault();
  if ("problem" in made) {
    model.say(made.problem);
    return false;
  }
  event.clipboardData?.setData("text/plain", made.text);
  return true;
}

function Head({ model, sheet }: GridProps) {
  const { columns } = sheet.table.value;
  const sort = sheet.sort.value;
  const at = sheet.cursor.at.value;
  return (
    <div class="grid-head" role="rowgroup">
      <div class="grid-row" role="row" aria-rowindex={1}>
        <div class="grid-corner" role="columnheader" aria-colindex={1}>
          <span class="visually-hidden">Number</span>
        </div>
        {columns.map((column, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the grid, which keeps the focus
          <div
            key={column.name}
            id={`cell--1-${index}`}
            class={`grid-name${at.row === -1 && at.column === index ? " at" : ""}`}
            role="columnheader"
            aria-colindex={index + 2}
            aria-label={`${column.name}, ${TYPE_NAMES[column.type]}`}
            aria-haspopup="menu"
            aria-sort={sort?.column !== column.name ? undefined : sort.isDown ? "descending" : "ascending"}
            title={`${column.name}: ${TYPE_NAMES[column.type]}${column.table ? ` of ${column.table}` : ""}`}
            onClick={() => {
              sheet.cursor.go({ row: -1, column: index });
              openMenu(model, column, index);
            }}
          >
            <Icon name={TYPE_ICONS[column.type]} />
            <span class="grid-name-text">{column.name}</span>
            <HeadMarks sheet={sheet} column={column} />
            <WidthHandle model={model} table={sheet.table.value.name} column={column} />
          </div>
        ))}
        <div class="grid-more" role="columnheader" aria-colindex={columns.length + 2}>
          <button
            type="button"
            class="button quiet small icon-only"
            title="Add a column"
            aria-label="Add a column"
            onClick={() => {
              model.asked.value = { kind: "new-column" };
            }}
          >
            <Icon name="plus" />
          </button>
        </div>
      </div>
    </div>
  );
}

/// What is with a column: filtered, sorted, hidden from clients; else that it has a menu.
function HeadMarks({ sheet, column }: { readonly sheet: Sheet; readonly column: Column }) {
  const sort = sheet.sort.value;
  const marks = [
    sheet.filters.value.some((one) => one.column === column.name) && "filter",
    sort?.column === column.name && (sort.isDown ? "sort-down" : "sort-up"),
    column.client_hidden && "hidden",
  ].filter((one) => one !== false);
  return (
    <>
      {(marks.length ? marks : ["down"]).map((name) => (
        <Icon key={name} name={name} />
      ))}
    </>
  );
}

/// The edge of a column's head: dragging it makes the column wider. The column's menu does it by keys.
function WidthHandle({
  model,
  table,
  column,
}: {
  readonly model: TablesModel;
  readonly table: string;
  readonly column: Column;
}) {
  const drag = (event: PointerEvent) => {
    event.preventDefault();
    event.stopPropagation();
    const handle = event.currentTarget as HTMLElement;
    const [from, before] = [event.clientX, model.widths.of(table, column)];
    handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (moved) => model.widths.set(table, column, before + moved.clientX - from);
    handle.onpointerup = () => {
      handle.onpointermove = null;
    };
  };
  return (
    <span class="grid-width" aria-hidden="true" onPointerDown={drag} onClick={(event) => event.stopPropagation()} />
  );
}

interface RowProps extends GridProps {
  readonly index: number;
}

function GridRow({ model, sheet, index }: RowProps) {
  const row = sheet.row(index);
  const isBlank = index === sheet.length;
  const { area } = sheet.cursor;
  const { columns } = sheet.table.value;
  const isWhole = index >= area.top && index <= area.bottom && area.left === 0 && area.right === columns.length - 1;
  const wholeRow = (event: MouseEvent) => {
    const top = event.shiftKey ? Math.max(0, sheet.cursor.anchor.value.row) : index;
    sheet.cursor.select({
      top: Math.min(top, index),
      bottom: Math.max(top, index),
      left: 0,
      right: columns.length - 1,
    });
  };
  return (
    <div
      class={sheet.cursor.typing.value?.row === index ? "grid-row typing" : "grid-row"}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${index * ROW_PX}px)` }}
      aria-busy={!row && !isBlank}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Shift-Space selects rows */}
      <div
        class={`grid-number${isWhole ? " chosen" : ""}`}
        role="rowheader"
        aria-colindex={1}
        title={row && row.id > 0 ? `Row id ${row.id}` : isBlank ? "A new row" : undefined}
        onClick={wholeRow}
      >
        {isBlank ? <Icon name="plus" /> : (index + 1).toLocaleString()}
        {isBlank && <span class="visually-hidden">New row</span>}
      </div>
      {columns.map((column, at) => (
        <GridCell key={column.name} model={model} sheet={sheet} index={index} row={row} column={column} at={at} />
      ))}
    </div>
  );
}

interface CellProps extends RowProps {
  readonly row: Row | undefined;
  readonly column: Column;
  /// The column's place.
  readonly at: number;
}

function GridCell({ model, sheet, index, row, column, at }: CellProps) {
  const place = { row: index, column: at };
  const { cursor } = sheet;
  const isAt = cursor.at.value.row === index && cursor.at.value.column === at;
  const typing = cursor.typing.value;
  const isTyping = typing?.row === index && typing.column === at;
  const isChosen = isInside(cursor.area, place);
  const problem = row && sheet.problem(row, column);
  const classes = ["grid-cell", `of-${column.type}`];
  if (isAt) classes.push("at");
  if (isChosen && !isAt) classes.push("chosen");
  if (problem) classes.push("troubled");
  if (isTyping) classes.push("typing");
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the grid, which keeps the focus
    <div
      id={`cell-${index}-${at}`}
      class={classes.join(" ")}
      role="gridcell"
      aria-colindex={at + 2}
      aria-selected={isChosen}
      aria-invalid={problem ? "true" : undefined}
      title={problem?.message}
      onPointerDown={(event) => press(sheet, place, event)}
      onPointerEnter={(event) => {
        if (event.buttons === 1 && event.pointerType === "mouse" && !cursor.typing.value) cursor.go(place, true);
      }}
      onClick={(event) => click(model, sheet, { place, row, column, isAt }, event)}
      onDblClick={() => {
        if (!isTyping && column.type !== "bool") begin(model, sheet, null);
      }}
    >
      {isTyping ? (
        <CellEditor
          key={`${index} ${column.name}`}
          sheet={sheet}
          row={row ?? null}
          column={column}
          seed={typing.seed}
        />
      ) : (
        row && <CellShown sheet={sheet} column={column} value={sheet.value(row, column)} />
      )}
    </div>
  );
}

function press(sheet: Sheet, place: Place, event: PointerEvent): void {
  const { typing } = sheet.cursor;
  if (event.button !== 0 || event.pointerType !== "mouse" || typing.value) return;
  sheet.cursor.go(place, event.shiftKey);
}

interface Clicked {
  readonly place: Place;
  readonly row: Row | undefined;
  readonly column: Column;
  /// Whether one was there before.
  readonly isAt: boolean;
}

/// A tap goes to a cell, a second one edits it; a click on a box changes it.
function click(model: TablesModel, sheet: Sheet, { place, row, column, isAt }: Clicked, event: MouseEvent): void {
  if (sheet.cursor.typing.value || (event.target as Element).closest("a,input,button,textarea")) return;
  const isTouch = (event as PointerEvent).pointerType !== "mouse";
  if ((event.target as Element).closest(".box")) {
    sheet.cursor.go(place);
    toggle(sheet, row ?? null, column);
  } else if (isTouch) {
    sheet.cursor.go(place);
    if (isAt) begin(model, sheet, null);
  }
}
