import { Component, type Host, tag } from "./component.ts";
import { IconText } from "./icon_text.ts";

/// Labels with these roles are headings of what follows, not names of one field.
const HEADINGS = /anvil-role-(display|headline|title|subheading)/;

export class Label extends Component {
  readonly #inside: IconText;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-label anvil-inlinable"));
    this.#inside = new IconText(host, this.element, "label-text");
  }

  protected override readonly setters = {
    text: (value: unknown) => this.#inside.setText(value),
    icon: (value: unknown) => this.#inside.setIcon(value),
    icon_align: (value: unknown) => this.#inside.setAlign(value),
  };

  override get namer(): HTMLElement | undefined {
    return HEADINGS.test(this.element.className) ? undefined : this.#inside.text;
  }
}
