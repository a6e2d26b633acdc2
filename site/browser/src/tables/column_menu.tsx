/// What can be done with a column: a menu beneath its head.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import { conditionsOf } from "./find_bar.tsx";
import type { DialogProps } from "./form_parts.tsx";
import { type Column, ORDERED } from "./shapes.ts";

interface MenuProps extends DialogProps {
  readonly column: Column;
  readonly at: DOMRect;
}

interface Item {
  readonly icon: string;
  readonly label: string;
  readonly run: () => void;
  readonly isDanger?: boolean;
}

export function ColumnMenu({ model, sheet, column, at, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const shown = menu.current;
    if (!shown) return;
    const left = Math.min(at.left, innerWidth - shown.offsetWidth - 8);
    const top = Math.min(at.bottom + 2, innerHeight - shown.offsetHeight - 8);
    shown.style.left = `${Math.max(8, left)}px`;
    shown.style.top = `${Math.max(8, top)}px`;
    shown.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
  }, []);
  const leave = () => {
    onClose();
    document.querySelector<HTMLElement>(".grid")?.focus({ preventScroll: true });
  };
  useEffect(() => {
    const pressed = (event: Event) => {
      if (!menu.current?.contains(event.target as Node)) onClose();
    };
    addEventListener("pointerdown", pressed);
    return () => removeEventListener("pointerdown", pressed);
  }, []);
  const items = itemsOf({ model, sheet, column, at, onClose });
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...(menu.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const index = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: index + 1, ArrowUp: index - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) all[to % all.length]?.focus();
    else if (event.key === "Escape" || event.key === "Tab") leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={menu}
      class="column-menu"
      role="menu"
      tabIndex={-1}
      aria-label={`Column ${column.name}`}
      onKeyDown={onKeyDown}
    >
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          class={`menu-item${item.isDanger ? " bad" : ""}`}
          onClick={() => {
            leave();
            item.run();
          }}
        >
          <Icon name={item.icon} /> {item.label}
        </button>
      ))}
    </div>
  );
}

function itemsOf({ model, sheet, column }: MenuProps): Item[] {
  const { columns, name: table } = sheet.table.value;
  const names = columns.map((one) => one.name);
  const index = names.indexOf(column.name);
  const ask = (kind: "column" | "delete-column") => () => {
    model.asked.value = { kind, column };
  };
  const move = (by: number) => () => {
    const order = names.filter((one) => one !== column.name);
    order.splice(index + by, 0, column.name);
    void model.reshape(() => model.calls.orderColumns(table, order)).then((said) => model.say(said));
    sheet.cursor.go({ row: -1, column: index + by });
  };
  const width = (by: number) => () => model.widths.set(table, column, model.widths.of(table, column) + by);
  const [is = "empty"] = conditionsOf(column);
  const items: (Item | false)[] = [
    ORDERED.includes(column.type) && sortItem(sheet, column, false),
    ORDERED.includes(column.type) && sortItem(sheet, column, true),
    {
      icon: "filter",
      label: "Filter",
      run: () => sheet.addDraft({ column: column.name, is }),
    },
    { icon: "edit", label: "Name and type", run: ask("column") },
    index > 0 && { icon: "left", label: "Move left", run: move(-1) },
    index < columns.length - 1 && { icon: "right", label: "Move right", run: move(1) },
    { icon: "wider", label: "Wider", run: width(60) },
    { icon: "narrower", label: "Narrower", run: width(-60) },
    { icon: "delete", label: "Delete", run: ask("delete-column"), isDanger: true },
  ];
  return items.filter((one) => one !== false);
}

function sortItem(sheet: DialogProps["sheet"], column: Column, isDown: boolean): Item {
  return {
    icon: isDown ? "sort-down" : "sort-up",
    label: isDown ? "Sort downwards" : "Sort upwards",
    run: () => void sheet.orderBy({ column: column.name, isDown }),
  };
}
