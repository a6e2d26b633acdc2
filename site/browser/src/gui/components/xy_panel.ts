import { type Component, Container, type Host, length, string, tag } from "./component.ts";

const MARGINS: Readonly<Record<string, string>> = { left: "0 auto 0 0", right: "0 0 0 auto" };

/// Components at places in pixels from the top left corner.
export class XYPanel extends Container {
  readonly #area = tag("div", "xy-panel-area");

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "xy-panel anvil-container"));
    this.element.append(this.#area);
  }

  protected override readonly setters = {
    width: (value: unknown) => {
      // "default" is how designs of old say that nothing is said.
      this.#area.style.width = value === "default" ? "" : length(value);
    },
    height: (value: unknown) => {
      this.#area.style.height = length(value);
    },
    align: (value: unknown) => {
      this.#area.style.margin = MARGINS[string(value)] ?? "0 auto";
    },
  };

  override invoke(method: string, args: readonly unknown[]): unknown {
    return method === "get_width" ? this.#area.clientWidth : super.invoke(method, args);
  }

  protected override inner(): HTMLElement {
    return this.#area;
  }

  protected override wrap(child: Component): HTMLElement {
    const place = tag("div", "xy-panel-item", child.element);
    place.style.left = length(child.layout.x ?? 0);
    place.style.top = length(child.layout.y ?? 0);
    place.style.width = length(child.layout.width);
    return place;
  }

  protected override wrapperOf(child: Component): HTMLElement {
    return child.element.closest<HTMLElement>(".xy-panel-item") ?? child.element;
  }
}
