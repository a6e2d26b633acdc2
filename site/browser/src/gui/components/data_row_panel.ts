import { type Component, Container, type Host, string, tag } from "./component.ts";
import { gridOf } from "./data_grid.ts";

/// A row of a DataGrid: a cell for each column, with what Python says of the row's item, or with components.
export class DataRowPanel extends Container {
  #texts: Readonly<Record<string, string>> = {};

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "data-row-panel anvil-container"));
  }

  protected override readonly setters = {
    /// Column → text.
    cells: (value: unknown) => {
      this.#texts = (value ?? {}) as Readonly<Record<string, string>>;
      this.#arrange();
    },
  };

  override placed(): void {
    this.#arrange();
    super.placed();
  }

  protected override place(): void {
    this.#arrange();
    this.mark();
  }

  protected override displace(child: Component): void {
    child.element.remove();
    this.#arrange();
    this.mark();
  }

  /// Draw the cells anew, then what is in no column, each over the whole row.
  #arrange(): void {
    const grid = gridOf(this);
    const columns = grid?.columns ?? [];
    const focused = document.activeElement;
    const left = new Set(this.children);
    const cells = columns.map((column) => {
      const cell = tag("div", "data-row-col");
      cell.dataset.gridColId = column.id;
      cell.dataset.title = string(column.title);
      const inside = this.children.filter((child) => child.layout.column === column.id);
      for (const child of inside) left.delete(child);
      cell.append(...(inside.length > 0 ? inside.map((child) => child.element) : [this.#texts[column.id] ?? ""]));
      return cell;
    });
    for (const child of left) cells.push(tag("div", "data-row-col data-row-whole", child.element));
    for (const cell of cells) if (grid) cell.role = "cell";
    if (grid) this.element.role = "row";
    else this.element.removeAttribute("role");
    this.element.replaceChildren(...cells);
    if (focused instanceof HTMLElement && this.element.contains(focused)) focused.focus();
  }
}
