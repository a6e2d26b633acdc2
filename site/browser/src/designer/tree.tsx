import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import type { Designer } from "./designer.ts";
import { className } from "./forms/form_place.ts";
import { iconOf } from "./specs.ts";
import type { Part } from "./texts/template.ts";

interface Row {
  readonly part: Part;
  readonly level: number;
  readonly of: number;
}

/// Every component of the form, as a tree that follows the selection.
///
/// Arrows select; with Shift they add what they pass, with Ctrl they only go there, for Ctrl and Space to add it.
export function Tree({ designer }: { readonly designer: Designer }) {
  const template = designer.template.value;
  const { selection } = designer;
  const main = selection.main.value;
  // Until another one is selected.
  const [reached, setReached] = useState({ id: main, from: main });
  const here = reached.from === main && template?.part(reached.id) ? reached.id : main;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (here !== undefined) list.current?.querySelector('[tabindex="0"]')?.scrollIntoView({ block: "nearest" });
  }, [here]);
  if (!template) return null;
  const rows = [...rowsOf(template.root, 1, 1)];
  const say = () => {
    if (selection.isMany) designer.said.value = selection.said;
  };
  const step = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && designer.enter(here)) event.preventDefault();
    const goes = event.ctrlKey || event.metaKey;
    if (event.key === " ") {
      event.preventDefault();
      if (goes) selection.toggle(here);
      else selection.only(here);
      designer.said.value = selection.said;
      return;
    }
    const next = event.altKey
      ? -1
      : nextOf(
          event.key,
          rows.findIndex(({ part }) => part.id === here),
          rows,
        );
    const row = rows[next];
    if (!row) return;
    event.preventDefault();
    // What goes one step with Shift and comes back is not selected any more.
    if (event.shiftKey) selection.take(extended(selection.all.value, here, row.part.id));
    else if (!goes) selection.only(row.part.id);
    setReached({ id: row.part.id, from: selection.main.value });
    say();
    list.current?.querySelectorAll<HTMLElement>('[role="treeitem"]')[next]?.focus();
  };
  const down = (event: PointerEvent, id: string): void => {
    if (event.ctrlKey || event.metaKey) selection.toggle(id);
    else if (event.shiftKey) selection.take(between(rows, main, id));
    else selection.only(id);
    setReached({ id, from: selection.main.value });
    say();
  };
  return (
    <div
      ref={list}
      class="design-tree"
      role="tree"
      aria-label="Components of the form"
      aria-multiselectable="true"
      onKeyDown={step}
    >
      {rows.map(({ part, level, of }) => (
        <div
          key={part.id}
          role="treeitem"
          aria-level={level}
          aria-posinset={part.index + 1}
          aria-setsize={of}
          aria-selected={selection.has(part.id)}
          aria-expanded={part.children.length > 0 ? true : undefined}
          tabIndex={part.id === here ? 0 : -1}
          style={{ paddingInlineStart: `${indentOf(level)}px` }}
          onPointerDown={(event) => down(event, part.id)}
          onDblClick={() => designer.enter(part.id)}
        >
          <Icon name={iconOf(part.type)} />
          <span>{part.id === "" ? className(designer.form.name) : part.name || part.type}</span>
          <small>
            {part.type.replace(/^form:/, "")}
            {typeof part.layout.slot === "string" && ` in ${part.layout.slot}`}
          </small>
        </div>
      ))}
    </div>
  );
}

function* rowsOf(part: Part, level: number, of: number): Generator<Row> {
  yield { part, level, of };
  for (const child of part.children) yield* rowsOf(child, level + 1, part.children.length);
}

/// Deep ones stand closer together, so that their names are still in sight.
function indentOf(level: number): number {
  return Math.min(level, 6) * 14 - 6 + Math.min(Math.max(level - 6, 0), 12) * 4;
}

/// With the row that was stepped to; without the last where that is stepped back from.
function extended(all: readonly string[], from: string, to: string): readonly string[] {
  return all.includes(to) ? [...all.filter((id) => id !== from && id !== to), to] : [...all, to];
}

/// The rows between two, the second one last.
function between(rows: readonly Row[], one: string, other: string): readonly string[] {
  const ids = rows.map(({ part }) => part.id);
  const [from, to] = [ids.indexOf(one), ids.indexOf(other)];
  return from <= to ? ids.slice(from, to + 1) : ids.slice(to, from + 1).reverse();
}

function nextOf(key: string, at: number, rows: readonly Row[]): number {
  switch (key) {
    case "ArrowDown":
      return at + 1;
    case "ArrowUp":
      return at - 1;
    case "ArrowLeft":
      return rows.findIndex(({ part }) => part.id === rows[at]?.part.parent);
    case "ArrowRight":
      return rows[at]?.part.children.length ? at + 1 : -1;
    case "Home":
      return 0;
    case "End":
      return rows.length - 1;
    default:
      return -1;
  }
}
