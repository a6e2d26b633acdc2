import { Component, type Host, string, tag } from "./component.ts";

/// What CheckBox and RadioButton share: a mark and its text.
abstract class Choice extends Component {
  protected readonly input = tag("input", "to-disable");
  readonly #text = tag("span", "choice-text");

  constructor(id: number, host: Host, type: "checkbox" | "radio") {
    super(id, host, tag("div", `${type} anvil-${type} anvil-inlinable`));
    this.input.type = type;
    this.element.append(tag("label", "choice", this.input, this.#text));
  }

  protected override setCommon(name: string, value: unknown): void {
    if (name === "text") {
      this.#text.textContent = string(value);
      this.element.classList.toggle("has-text", string(value) !== "");
      this.#name();
    } else if (name === "enabled") this.input.disabled = !value;
    else super.setCommon(name, value);
    if (name === "tooltip") this.#name();
  }

  #name(): void {
    if (this.#text.textContent) this.input.removeAttribute("aria-label");
    else this.input.setAttribute("aria-label", this.element.title || "Choose");
  }

  protected override textElement(): HTMLElement {
    return this.input.parentElement as HTMLElement;
  }

  protected override focusable(): HTMLElement {
    return this.input;
  }

  protected override named(): HTMLElement | undefined {
    return this.#text.textContent ? undefined : this.input;
  }
}

export class CheckBox extends Choice {
  #third = false;

  constructor(id: number, host: Host) {
    super(id, host, "checkbox");
    this.set("text", "");
  }

  protected override readonly setters = {
    checked: (value: unknown) => {
      this.input.checked = Boolean(value);
      this.input.indeterminate = this.#third && (value === null || value === undefined);
    },
    allow_indeterminate: (value: unknown) => {
      this.#third = Boolean(value);
      if (!this.#third) this.input.indeterminate = false;
    },
  };

  override get(name: string): unknown {
    if (name !== "checked") return undefined;
    return this.input.indeterminate ? null : this.input.checked;
  }

  protected override attach(event: string): void {
    if (event === "change") this.input.addEventListener("change", () => this.raise("change"));
    else super.attach(event);
  }
}

/// One of a group: those of one group's name on the page, in whatever forms and panels they are.
export class RadioButton extends Choice {
  constructor(id: number, host: Host) {
    super(id, host, "radio");
    this.set("text", "");
    this.input.name = "radioGroup1";
  }

  protected override readonly setters = {
    selected: (value: unknown) => {
      this.input.checked = Boolean(value);
    },
    group_name: (value: unknown) => {
      this.input.name = string(value);
    },
    value: () => {},
  };

  override get(name: string): unknown {
    return name === "selected" ? this.input.checked : undefined;
  }

  override invoke(method: string, args: readonly unknown[]): unknown {
    return method === "selected_of_group" ? this.#selectedOfGroup() : super.invoke(method, args);
  }

  /// The number of the group's component that is selected, 0 for none.
  #selectedOfGroup(): number {
    const root = this.element.getRootNode() as ParentNode;
    for (const input of root.querySelectorAll<HTMLInputElement>("input[type=radio]:checked")) {
      const holder = input.closest<HTMLElement>("[data-component]");
      if (input.name === this.input.name && holder) return Number(holder.dataset.component);
    }
    return 0;
  }

  protected override attach(event: string): void {
    const source = { clicked: "click", change: "change" }[event];
    if (source) this.input.addEventListener(source, () => this.raise(event));
    else super.attach(event);
  }
}
