import { type Component, Container, type Host, string, tag } from "./component.ts";

const GAPS = ["none", "tiny", "small", "medium", "large", "huge"];

/// Rows of components; those of one row of the design stand side by side.
///
/// `grid_position` is a path of ROW,COLUMN: components whose path begins with the same row share it, `col_widths` gives
/// the columns' parts of it in twelfths or sixtieths.
export class ColumnPanel extends Container {
  #widths: Readonly<Record<string, number>> = {};
  #gap = "medium";
  #wrap = "mobile";

  constructor(id: number, host: Host, element: HTMLElement = tag("div", "column-panel anvil-container")) {
    super(id, host, element);
  }

  protected override readonly setters: Readonly<Record<string, (value: unknown) => void>> = {
    col_spacing: (value: unknown) => {
      this.#gap = GAPS.includes(string(value)) ? string(value) : "medium";
      this.#arrange();
    },
    wrap_on: (value: unknown) => {
      this.#wrap = string(value) || "mobile";
      for (const row of this.inner().querySelectorAll(":scope > * > * > * > .anvil-panel-row")) this.#setWrap(row);
    },
    col_widths: (value: unknown) => {
      this.#widths = value ? JSON.parse(string(value)) : {};
      this.#arrange();
    },
  };

  protected override place(child: Component, index: number): void {
    const row = rowOf(child);
    const shares = row !== "" && this.children.some((other) => other !== child && rowOf(other) === row);
    if (shares || this.children.length !== index + 1) this.#arrange();
    else this.#append([child]);
    this.mark();
  }

  protected override displace(child: Component): void {
    const section = this.#sectionOf(child);
    child.element.remove();
    if (section && !section.querySelector(".anvil-component")) section.remove();
    else this.#arrange();
    this.mark();
  }

  override childShown(child: Component, _shown: boolean): void {
    const section = this.#sectionOf(child);
    if (section) this.#showSection(section);
  }

  #sectionOf(child: Component): HTMLElement | null {
    return child.element.closest<HTMLElement>(".anvil-panel-section");
  }

  /// Draw every row anew.
  #arrange(): void {
    const focused = document.activeElement;
    this.inner().replaceChildren();
    const done = new Set<Component>();
    for (const child of this.children) {
      if (done.has(child)) continue;
      const row = rowOf(child);
      const together = row === "" ? [child] : this.children.filter((other) => rowOf(other) === row);
      for (const one of together) done.add(one);
      this.#append(together);
    }
    if (focused instanceof HTMLElement && this.element.contains(focused)) focused.focus();
  }

  #append(row: readonly Component[]): void {
    const inside = tag("div", "anvil-panel-row");
    this.#setWrap(inside);
    const columns = new Map<string, Component[]>();
    for (const child of row) columns.set(columnOf(child), [...(columns.get(columnOf(child)) ?? []), child]);
    for (const [column, children] of columns) {
      const cell = tag("div", `anvil-panel-col col-padding col-padding-${this.#gap}`);
      cell.style.flexGrow = String(this.#widths[column] ?? 1);
      cell.append(...children.map((child) => child.element));
      inside.append(cell);
    }
    const section = tag(
      "div",
      "anvil-panel-section",
      tag(
        "div",
        "anvil-panel-section-container anvil-container-overflow",
        tag("div", "anvil-panel-section-gutter", inside),
      ),
    );
    const first = row[0]?.layout ?? {};
    section.classList.toggle("full-width-row", Boolean(first.full_width_row));
    section.style.background = first.row_background ? this.color(first.row_background) : "";
    this.inner().append(section);
    this.#showSection(section);
  }

  #setWrap(row: Element): void {
    row.classList.remove("wrap-never", "wrap-mobile", "wrap-tablet");
    row.classList.add(`wrap-${this.#wrap}`);
  }

  /// A row of nothing but hidden components takes no room.
  #showSection(section: HTMLElement): void {
    const all = [...section.querySelectorAll(":scope > * > * > * > * > .anvil-component")];
    section.hidden = all.length > 0 && all.every((element) => element.classList.contains("visible-false"));
  }
}

function step(child: Component): readonly string[] {
  return string(child.layout.grid_position).split(" ")[0]?.split(",") ?? [];
}

function rowOf(child: Component): string {
  return step(child)[0] ?? "";
}

function columnOf(child: Component): string {
  return step(child)[1] ?? "";
}
