import { Component, type Host, string, tag } from "./component.ts";

/// What TextBox and TextArea share: text that people type, and the events of typing.
abstract class TextInput<E extends HTMLInputElement | HTMLTextAreaElement> extends Component {
  protected readonly input: E;

  constructor(id: number, host: Host, input: E) {
    super(id, host, tag("div", "anvil-text-input"));
    this.input = input;
    this.element.append(input);
    input.setAttribute("aria-label", "Text");
  }

  protected override setCommon(name: string, value: unknown): void {
    if (name === "text") this.input.value = string(value);
    else if (name === "placeholder") {
      this.input.placeholder = string(value);
      this.nameBy(undefined);
    } else if (name === "enabled") this.input.disabled = !value;
    else super.setCommon(name, value);
  }

  override get(name: string): unknown {
    return name === "text" ? this.input.value : undefined;
  }

  protected override textElement(): HTMLElement {
    return this.input;
  }

  protected override boxElement(): HTMLElement {
    return this.input;
  }

  protected override focusable(): HTMLElement {
    return this.input;
  }

  protected override named(): HTMLElement {
    return this.input;
  }

  protected override ownName(): string {
    return this.element.title || this.input.placeholder || "Text";
  }

  override invoke(method: string, args: readonly unknown[]): unknown {
    if (method !== "select") return super.invoke(method, args);
    this.input.select();
    return undefined;
  }

  protected override attach(event: string): void {
    const source = { change: "input", focus: "focus", lost_focus: "blur" }[event];
    if (source) this.input.addEventListener(source, () => this.raise(event));
    else if (event === "pressed_enter") {
      this.input.addEventListener("keydown", (happened) => {
        const key = happened as KeyboardEvent;
        // After the key is done: a handler that moves the focus must not give the key to what gets it.
        if (key.key === "Enter" && !key.isComposing) setTimeout(() => this.raise("pressed_enter"));
      });
    } else super.attach(event);
  }
}

export class TextBox extends TextInput<HTMLInputElement> {
  #type = "text";

  constructor(id: number, host: Host) {
    super(id, host, tag("input", "form-control to-disable anvil-text-box"));
    this.element.classList.add("anvil-textbox");
  }

  protected override readonly setters = {
    type: (value: unknown) => {
      this.#type = string(value) || "text";
      if (this.input.type !== "password") this.input.type = this.#type;
    },
    hide_text: (value: unknown) => {
      this.input.type = value ? "password" : this.#type;
    },
  };

  override get(name: string): unknown {
    if (name !== "text" || this.#type !== "number") return super.get(name);
    return this.input.value === "" || Number.isNaN(this.input.valueAsNumber) ? null : this.input.valueAsNumber;
  }
}

export class TextArea extends TextInput<HTMLTextAreaElement> {
  #grows = false;

  constructor(id: number, host: Host) {
    super(id, host, tag("textarea", "form-control to-disable anvil-text-area"));
    this.element.classList.add("anvil-textarea");
    this.input.addEventListener("input", () => this.#grow());
  }

  protected override readonly setters = {
    text: (value: unknown) => {
      this.input.value = string(value);
      this.#grow();
    },
    auto_expand: (value: unknown) => {
      this.#grows = Boolean(value);
      this.#grow();
    },
  };

  #grow(): void {
    if (!this.#grows) return;
    const style = this.input.style;
    const least = style.minHeight || style.height;
    style.height = "auto";
    style.minHeight = least === "auto" ? "" : least;
    style.height = `${this.input.scrollHeight + 2}px`;
  }
}
