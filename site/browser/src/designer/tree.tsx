import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import type { Designer } from "./designer.ts";
import { className } from "./form_place.ts";
import { iconOf } from "./specs.ts";
import type { Part } from "./template.ts";

interface Row {
  readonly part: Part;
  readonly level: number;
  readonly of: number;
}

/// Every component of the form, as a tree that follows the selection.
export function Tree({ designer }: { readonly designer: Designer }) {
  const template = designer.template.value;
  const selected = designer.selected.value;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  if (!template) return null;
  const rows = [...rowsOf(template.root, 1, 1)];
  const step = (event: KeyboardEvent): void => {
    const at = rows.findIndex(({ part }) => part.id === selected);
    const next = event.altKey ? -1 : nextOf(event.key, at, rows);
    const row = rows[next];
    if (!row) return;
    event.preventDefault();
    designer.selected.value = row.part.id;
    list.current?.querySelectorAll<HTMLElement>('[role="treeitem"]')[next]?.focus();
  };
  return (
    <div ref={list} class="design-tree" role="tree" aria-label="Components of the form" onKeyDown={step}>
      {rows.map(({ part, level, of }) => (
        <div
          key={part.id}
          role="treeitem"
          aria-level={level}
          aria-posinset={part.index + 1}
          aria-setsize={of}
          aria-selected={part.id === selected}
          aria-expanded={part.children.length > 0 ? true : undefined}
          tabIndex={part.id === selected ? 0 : -1}
          style={{ paddingInlineStart: `${level * 14 - 6}px` }}
          onPointerDown={() => {
            designer.selected.value = part.id;
          }}
        >
          <Icon name={iconOf(part.type)} />
          <span>{part.id === "" ? className(designer.form.name) : part.name || part.type}</span>
          <small>{part.type.replace(/^form:/, "")}</small>
        </div>
      ))}
    </div>
  );
}

function* rowsOf(part: Part, level: number, of: number): Generator<Row> {
  yield { part, level, of };
  for (const child of part.children) yield* rowsOf(child, level + 1, part.children.length);
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
