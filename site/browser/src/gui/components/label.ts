import { Component, type Host, string, tag } from "./component.ts";

export class Label extends Component {
  readonly #text = tag("span", "label-text");

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-label anvil-inlinable"));
    this.element.append(this.#text);
  }

  protected override readonly setters = {
    text: (value: unknown) => {
      this.#text.textContent = string(value);
      this.element.classList.toggle("has-text", string(value) !== "");
    },
  };
}
