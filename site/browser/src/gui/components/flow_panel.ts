import { type Component, Container, type Host, length, string, tag } from "./component.ts";

const GAPS = ["none", "tiny", "small", "medium", "large", "huge"];
const JUSTIFY: Readonly<Record<string, string>> = {
  left: "flex-start",
  center: "center",
  right: "flex-end",
  justify: "space-between",
};
const ALIGN: Readonly<Record<string, string>> = {
  top: "flex-start",
  middle: "center",
  bottom: "flex-end",
  full: "stretch",
};

/// Components one after the other, in as many lines as they need.
export class FlowPanel extends Container {
  readonly #gutter = tag("div", "flow-panel-gutter");

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "flow-panel anvil-container anvil-container-overflow"));
    this.element.append(this.#gutter);
    this.set("gap", undefined);
  }

  protected override readonly setters = {
    align: (value: unknown) => {
      this.#gutter.style.justifyContent = JUSTIFY[string(value)] ?? "";
    },
    vertical_align: (value: unknown) => {
      this.#gutter.style.alignItems = ALIGN[string(value)] ?? "";
    },
    gap: (value: unknown) => {
      const chosen = GAPS.includes(string(value)) ? string(value) : "medium";
      for (const gap of GAPS) this.element.classList.toggle(`flow-spacing-${gap}`, gap === chosen);
    },
    // The old form of `gap`; the new one is margin and padding.
    spacing: (value: unknown) => {
      if (typeof value === "string") this.set("gap", value);
      else this.setCommon("spacing", value);
    },
  };

  protected override inner(): HTMLElement {
    return this.#gutter;
  }

  protected override wrap(child: Component): HTMLElement {
    const item = tag("div", "flow-panel-item", child.element);
    item.style.width = length(child.layout.width);
    item.classList.toggle("flow-expand", Boolean(child.layout.expand));
    item.hidden = child.element.classList.contains("visible-false");
    return item;
  }

  protected override wrapperOf(child: Component): HTMLElement {
    return (child.element.parentElement as HTMLElement | null) ?? child.element;
  }

  override childShown(child: Component, shown: boolean): void {
    const item = child.element.parentElement;
    if (item) item.hidden = !shown;
  }
}
