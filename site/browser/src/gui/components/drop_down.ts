import { Component, type Host, string, tag } from "./component.ts";

/// A choice of one of its items. The page knows their texts; Python keeps what each stands for.
///
/// An item is known by its index; -1 is the placeholder or nothing at all, -2 a value that no item has yet.
export class DropDown extends Component {
  readonly #select = tag("select", "form-control to-disable anvil-dropdown");
  #labels: readonly string[] = [];
  #placeholder = "";
  #hasPlaceholder = false;
  #waits = false;
  /// Nobody has chosen yet.
  #isFirst = true;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-dropdown-holder"));
    this.element.append(this.#select);
    this.#select.addEventListener("change", () => {
      this.#waits = false;
      this.#isFirst = false;
    });
    this.nameBy(undefined);
  }

  protected override readonly setters = {
    items: (value: unknown) => {
      this.#labels = labels(value);
      this.#drawFirst();
    },
    // In a design: the text of an item.
    selected_value: (value: unknown) => this.#choose(this.#labels.indexOf(string(value))),
    selected: (value: unknown) => this.#choose(Number(value)),
    include_placeholder: (value: unknown) => {
      this.#hasPlaceholder = Boolean(value);
      if (this.#isFirst || (this.#chosen === -1 && !value)) this.#drawFirst();
      else this.#draw(this.#chosen);
    },
    placeholder: (value: unknown) => {
      this.#placeholder = string(value);
      const option = this.#select.options[0];
      if (this.#hasPlaceholder && option) option.text = this.#placeholder;
      this.nameBy(undefined);
    },
    enabled: (value: unknown) => {
      this.#select.disabled = !value;
    },
    align: (value: unknown) => {
      this.#select.style.width = value === "full" ? "" : "auto";
      this.element.style.textAlign = value === "full" ? "" : string(value);
    },
  };

  override get(name: string): unknown {
    return name === "selected" ? this.#chosen : undefined;
  }

  get #chosen(): number {
    if (this.#select.value !== "") return Number(this.#select.value);
    return this.#waits ? -2 : -1;
  }

  /// What stands first is chosen: the placeholder or the first item.
  #drawFirst(): void {
    this.#draw(this.#hasPlaceholder ? -1 : 0);
    this.#isFirst = true;
  }

  #draw(chosen: number): void {
    const options = this.#labels.map((text, index) => new Option(text, String(index)));
    if (this.#hasPlaceholder) options.unshift(new Option(this.#placeholder, ""));
    this.#select.replaceChildren(...options);
    this.#choose(chosen);
  }

  #choose(index: number): void {
    this.#waits = index === -2;
    this.#isFirst = false;
    if (index >= 0 && index < this.#labels.length) this.#select.value = String(index);
    else this.#select.selectedIndex = this.#hasPlaceholder && !this.#waits ? 0 : -1;
  }

  protected override textElement(): HTMLElement {
    return this.#select;
  }

  protected override boxElement(): HTMLElement {
    return this.#select;
  }

  protected override focusable(): HTMLElement {
    return this.#select;
  }

  protected override named(): HTMLElement {
    return this.#select;
  }

  protected override ownName(): string {
    return this.element.title || this.#placeholder || "Choose";
  }

  protected override attach(event: string): void {
    if (event === "change") this.#select.addEventListener("change", () => this.raise("change"));
    else super.attach(event);
  }
}

/// The texts of items, which are texts or (text, value).
function labels(items: unknown): readonly string[] {
  return Array.isArray(items) ? items.map((item) => string(Array.isArray(item) ? item[0] : item)) : [];
}
