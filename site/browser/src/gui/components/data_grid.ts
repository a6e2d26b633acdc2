import { type Component, Container, type Host, string, tag } from "./component.ts";

/// A column as the design has it.
export interface Column {
  readonly id: string;
  readonly title?: string;
  readonly data_key?: string;
  /// Pixels.
  readonly width?: number | string | null;
  /// Whether it takes what room is left, or how large a part of it.
  readonly expand?: boolean | number | null;
}

/// What Python says of the page of rows that is shown.
interface Pages {
  /// Of the rows shown, counted from 1; 0 for none.
  readonly first: number;
  readonly last: number;
  /// Null as long as nobody has counted.
  readonly total: number | null;
  readonly more: boolean;
  /// Numbers of components in the grid that are not on this page.
  readonly hidden: readonly number[];
}

const BUTTONS = [
  ["jump_to_first_page", "«", "First page"],
  ["previous_page", "‹", "Previous page"],
  ["next_page", "›", "Next page"],
  ["jump_to_last_page", "»", "Last page"],
] as const;
const LEAST_WIDTH = "6rem";

/// A table: rows with cells by column, a header, and pages.
export class DataGrid extends Container {
  columns: readonly Column[] = [];
  readonly #header = tag("div", "data-row-panel auto-grid-header");
  readonly #rows = tag("div", "data-grid-rows", this.#header);
  readonly #scroll = tag("div", "data-grid-child-panel", this.#rows);
  readonly #state = tag("span", "data-grid-pages");
  readonly #footer = tag("div", "data-grid-footer-panel");
  readonly #buttons = new Map<string, HTMLButtonElement>();
  #pages: Pages | undefined;
  #controls = true;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-data-grid anvil-container"));
    this.#rows.role = "table";
    this.#header.role = "row";
    this.#header.hidden = true;
    this.#footer.hidden = true;
    this.#state.ariaLive = "polite";
    this.element.append(this.#scroll, this.#footer);
    this.#makeFooter();
    // Who has no mouse scrolls by keys what is too wide.
    new ResizeObserver(() => {
      if (this.#scroll.scrollWidth > this.#scroll.clientWidth) this.#scroll.tabIndex = 0;
      else this.#scroll.removeAttribute("tabindex");
    }).observe(this.#scroll);
  }

  protected override readonly setters = {
    columns: (value: unknown) => {
      this.columns = Array.isArray(value) ? (value as Column[]) : [];
      const style = this.#rows.style;
      style.setProperty("--grid-columns", this.columns.map(track).join(" "));
      style.setProperty("--grid-least", `calc(${["0px", ...this.columns.map(least)].join(" + ")})`);
      this.#header.replaceChildren(...this.columns.map(headerOf));
      for (const child of this.children) child.placed();
    },
    auto_header: (value: unknown) => {
      this.#header.hidden = !value;
    },
    show_page_controls: (value: unknown) => {
      this.#controls = Boolean(value);
      this.#showFooter();
    },
    wrap_on: (value: unknown) => {
      for (const size of ["never", "mobile", "tablet"])
        this.element.classList.toggle(`grid-wrap-${size}`, size === value);
    },
    pages: (value: unknown) => {
      this.#pages = value as Pages;
      const hidden = new Set(this.#pages.hidden);
      for (const child of this.children) this.wrapperOf(child).hidden = hidden.has(child.id);
      this.#showFooter();
    },
  };

  #makeFooter(): void {
    const group = tag("div", "pagination-buttons");
    group.role = "group";
    group.ariaLabel = "Pages";
    for (const [method, sign, label] of BUTTONS) {
      const button = tag("button", "btn btn-default", sign);
      button.type = "button";
      button.ariaLabel = label;
      button.addEventListener("click", () => {
        if (button.ariaDisabled !== "true") this.host.raise(this.id, "page", { method });
      });
      this.#buttons.set(method, button);
      if (method === "next_page") group.append(this.#state);
      group.append(button);
    }
    this.#footer.append(group);
  }

  #showFooter(): void {
    const { first = 0, last = 0, total = 0, more = false } = this.#pages ?? {};
    this.#footer.hidden = !this.#controls || (first <= 1 && !more);
    this.#state.textContent = `${first}–${last} of ${total ?? "many"}`;
    for (const [method, button] of this.#buttons) {
      const forward = method === "next_page" || method === "jump_to_last_page";
      // Not "disabled": who presses keys would lose their place.
      button.ariaDisabled = String(forward ? !more : first <= 1);
    }
  }

  protected override inner(): HTMLElement {
    return this.#rows;
  }

  protected override wrap(child: Component): HTMLElement {
    return asRow(child);
  }

  protected override wrapperOf(child: Component): HTMLElement {
    return rowOf(child);
  }
}

/// The grid that a component is in, at any depth.
export function gridOf(component: Component): DataGrid | undefined {
  let part = component.parent;
  while (part && !(part instanceof DataGrid)) part = part.parent;
  return part;
}

const ROWS = ".data-row-panel, .repeating-panel";

/// What stands in a table for a child: itself, or for what is neither row nor rows a row with one cell.
export function asRow(child: Component): HTMLElement {
  if (child.element.matches(ROWS)) return child.element;
  const cell = tag("div", "data-row-col data-row-whole", child.element);
  cell.role = "cell";
  const row = tag("div", "data-grid-row", cell);
  row.role = "row";
  return row;
}

export function rowOf(child: Component): HTMLElement {
  return child.element.closest<HTMLElement>(".data-grid-row") ?? child.element;
}

function headerOf(column: Column): HTMLElement {
  const cell = tag("div", "data-row-col", string(column.title));
  // A header without words is none.
  cell.role = column.title ? "columnheader" : "cell";
  cell.dataset.gridColId = column.id;
  return cell;
}

function track(column: Column): string {
  const part = typeof column.expand === "number" ? column.expand : 1;
  const fixed = width(column);
  if (!fixed) return `minmax(${LEAST_WIDTH}, ${part || 1}fr)`;
  return column.expand ? `minmax(${fixed}, ${part}fr)` : fixed;
}

function least(column: Column): string {
  return width(column) || LEAST_WIDTH;
}

function width(column: Column): string {
  const pixels = Number.parseFloat(string(column.width));
  return pixels > 0 ? `${pixels}px` : "";
}
