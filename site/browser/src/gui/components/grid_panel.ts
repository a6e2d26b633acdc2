import { type Component, Container, type Host, string, tag } from "./component.ts";

/// Widths of the page from which on a place counts that a component names for it.
const SIZES = ["xs", "sm", "md", "lg"];
const COLUMNS = 12;

/// Rows of twelve columns: each component says in which row it is, where it begins and how wide it is.
export class GridPanel extends Container {
  readonly #rows = new Map<string, HTMLElement>();

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "grid-panel anvil-container"));
  }

  protected override wrap(child: Component): HTMLElement {
    const cell = tag("div", "grid-panel-cell", child.element);
    for (const size of SIZES) {
      const { [`col_${size}`]: column, [`width_${size}`]: width } = child.layout;
      if (column === undefined && width === undefined) continue;
      const first = within(column, 0, COLUMNS - 1, 0);
      const most = COLUMNS - first;
      cell.style.setProperty(`--${size}`, `${first + 1} / span ${within(width, 1, most, most)}`);
    }
    return cell;
  }

  protected override wrapperOf(child: Component): HTMLElement {
    return child.element.closest<HTMLElement>(".grid-panel-cell") ?? child.element;
  }

  protected override place(child: Component, index: number): void {
    const name = string(child.layout.row);
    let row = this.#rows.get(name);
    if (!row) {
      row = tag("div", "grid-panel-row");
      const later = this.children.slice(index + 1).map((other) => this.#rows.get(string(other.layout.row)));
      this.#rows.set(name, row);
      this.element.insertBefore(row, later.find(Boolean) ?? null);
    }
    const next = this.children.slice(index + 1).find((other) => string(other.layout.row) === name);
    row.insertBefore(this.wrap(child), next ? this.wrapperOf(next) : null);
    this.mark();
  }

  protected override displace(child: Component): void {
    super.displace(child);
    const name = string(child.layout.row);
    if (this.#rows.get(name)?.childElementCount !== 0) return;
    this.#rows.get(name)?.remove();
    this.#rows.delete(name);
  }
}

function within(value: unknown, least: number, most: number, otherwise: number): number {
  const number = Number.parseInt(string(value), 10);
  return Number.isNaN(number) ? otherwise : Math.min(Math.max(number, least), most);
}
