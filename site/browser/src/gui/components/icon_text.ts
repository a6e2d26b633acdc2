/// An icon beside a text, as Label, Button, Link and FileLoader have them.
import { addIconStyles } from "../icon_styles.ts";
import { type Host, string, tag } from "./component.ts";

const ALIGNS = ["left_edge", "left", "top", "right", "right_edge"];

/// Icons have names of Font Awesome (`fa:user`, those of version 4 too) or of Material Icons (`mi:home`); anything else is
/// the address of a picture.
export class IconText {
  readonly text: HTMLElement;
  readonly #holder: HTMLElement;
  readonly #host: Host;
  #name = "";
  #align = "left";
  #icon: HTMLElement | undefined;

  #hasText = false;

  /// Draws into `holder`; the text gets the class that themes know. `text` is there already in what was copied.
  constructor(host: Host, holder: HTMLElement, textClass: string, text?: HTMLElement) {
    this.#host = host;
    this.#holder = holder;
    this.text = text ?? tag("span", textClass);
    if (!text) holder.append(this.text);
  }

  setText(value: unknown): void {
    const text = string(value);
    this.text.textContent = text;
    if (this.#hasText === (text !== "")) return;
    this.#hasText = text !== "";
    const component = this.#holder.closest(".anvil-component");
    if (this.#hasText && component) component.className += " has-text";
    else component?.classList.remove("has-text");
  }

  setIcon(value: unknown): void {
    this.#name = string(value);
    this.#draw();
  }

  setAlign(value: unknown): void {
    this.#align = ALIGNS.includes(string(value)) ? string(value) : "left";
    this.#draw();
  }

  /// What to call an element of an icon alone: "trash" for `fa:trash`; "" where there is a text, which says it.
  get spoken(): string {
    return this.text.textContent ? "" : this.#name.replace(/^\w+:/, "").replace(/[-_]/g, " ").replace(/^.*\//, "");
  }

  #draw(): void {
    this.#icon?.remove();
    this.#icon = undefined;
    if (this.#name === "") return;
    const icon = this.#make(this.#name);
    icon.classList.add("anvil-component-icon", `${this.#align}-icon`);
    icon.setAttribute("aria-hidden", "true");
    if (this.#align === "right") this.text.after(icon);
    else this.text.before(icon);
    this.#icon = icon;
  }

  #make(name: string): HTMLElement {
    const [, set, rest] = name.match(/^(fa|mi):(.*)$/) ?? [];
    if (set === undefined) {
      const picture = tag("img", "anvil-icon-picture");
      picture.alt = "";
      picture.src = this.#host.address(name);
      return picture;
    }
    addIconStyles();
    return set === "fa" ? tag("i", `fa fa-${rest}`) : tag("i", "material-icons", rest ?? "");
  }
}
