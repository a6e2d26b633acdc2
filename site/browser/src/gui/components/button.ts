import { Component, type Host, keys, string, tag } from "./component.ts";

export class Button extends Component {
  readonly #text = tag("span", "button-text");
  readonly #button = tag("button", "btn btn-default to-disable", this.#text);

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-button anvil-inlinable"));
    this.#button.type = "button";
    this.element.append(this.#button);
    this.set("align", "center");
  }

  protected override readonly setters = {
    text: (value: unknown) => {
      this.#text.textContent = string(value);
      this.element.classList.toggle("has-text", string(value) !== "");
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
