import { Component, type Host, keys, string, tag } from "./component.ts";
import { IconText } from "./icon_text.ts";

export class Button extends Component {
  readonly #button = tag("button", "btn btn-default to-disable");
  readonly #inside: IconText;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-button anvil-inlinable"));
    this.#button.type = "button";
    this.element.append(this.#button);
    this.#inside = new IconText(host, this.#button, "button-text");
    this.set("align", "center");
  }

  protected override readonly setters = {
    text: (value: unknown) => {
      this.#inside.setText(value);
      this.nameIcon(this.#button, this.#inside.spoken);
    },
    icon: (value: unknown) => {
      this.#inside.setIcon(value);
      this.nameIcon(this.#button, this.#inside.spoken);
    },
    icon_align: (value: unknown) => this.#inside.setAlign(value),
    tooltip: (value: unknown) => {
      this.setCommon("tooltip", value);
      this.nameIcon(this.#button, this.#inside.spoken);
    },
    enabled: (value: unknown) => {
      this.#button.disabled = !value;
    },
    align: (value: unknown) => {
      this.element.style.textAlign = value === "full" ? "" : string(value);
      this.#button.style.width = value === "full" ? "100%" : "";
    },
  };

  protected override textElement(): HTMLElement {
    return this.#button;
  }

  protected override boxElement(): HTMLElement {
    return this.#button;
  }

  protected override focusable(): HTMLElement {
    return this.#button;
  }

  protected override attach(event: string): void {
    if (event === "click")
      this.#button.addEventListener("click", (happened) => this.raise("click", { keys: keys(happened) }));
    else super.attach(event);
  }
}
