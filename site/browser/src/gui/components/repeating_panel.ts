import { type Component, Container, type Host, tag } from "./component.ts";
import { asRow, gridOf, rowOf } from "./data_grid.ts";

/// One form for each item; Python makes them.
export class RepeatingPanel extends Container {
  constructor(id: number, host: Host) {
    super(id, host, tag("div", "repeating-panel anvil-container"));
  }

  override placed(): void {
    if (gridOf(this)) this.element.role = "rowgroup";
    super.placed();
  }

  protected override wrap(child: Component): HTMLElement {
    return gridOf(this) ? asRow(child) : child.element;
  }

  protected override wrapperOf(child: Component): HTMLElement {
    return gridOf(this) ? rowOf(child) : child.element;
  }
}
