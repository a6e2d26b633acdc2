import { Component, type Host, tag } from "./component.ts";
import { IconText } from "./icon_text.ts";

/// Labels with these roles are headings of what follows, not names of one field: of what level.
const LEVELS: Readonly<Record<string, string>> = { display: "1", headline: "1", title: "2", subheading: "3" };
const HEADING = /anvil-role-(display|headline|title|subheading)(?!\S)/;

const IN_HEADING = "[role=heading], h1, h2, h3, h4, h5, h6, a, button";

export class Label extends Component {
  static override readonly isCopied = true;
  readonly #inside: IconText;
  #hasRole = false;

  constructor(id: number, host: Host, copy?: HTMLElement) {
    super(id, host, copy ?? tag("div", "anvil-label anvil-inlinable"), copy !== undefined);
    this.#inside = new IconText(host, this.element, "label-text", copy?.firstElementChild as HTMLElement | undefined);
  }

  /// No table of setters: there are thousands of Labels.
  override set(name: string, value: unknown): void {
    switch (name) {
      case "text":
        this.#inside.setText(value);
        break;
      case "icon":
        this.#inside.setIcon(value);
        break;
      case "icon_align":
        this.#inside.setAlign(value);
        break;
      default:
        this.setCommon(name, value);
        if (name === "role") this.#hasRole = true;
    }
    if (this.#hasRole) this.#head();
  }

  override get namer(): HTMLElement | undefined {
    return HEADING.test(this.element.className) ? undefined : this.#inside.text;
  }

  override placed(): void {
    if (this.#hasRole) this.#head();
  }

  /// Be a heading to those who do not see it, unless it is empty, or in one.
  #head(): void {
    const [, role = ""] = this.element.className.match(HEADING) ?? [];
    const isOne = role !== "" && this.element.textContent !== "" && !this.element.parentElement?.closest(IN_HEADING);
    if (isOne === (this.element.role === "heading")) return;
    this.element.role = isOne ? "heading" : null;
    this.element.ariaLevel = isOne ? (LEVELS[role] ?? null) : null;
  }
}
