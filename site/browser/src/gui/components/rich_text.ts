import type { Format } from "../rich_content.ts";
import { TEXT_SLOT } from "../text_slots.ts";
import { type Component, Container, type Host, string, tag } from "./component.ts";

/// Text in Markdown, plain, or in harmless HTML, with slots for values and components.
export class RichText extends Container {
  #content = "";
  #format = "markdown";
  #hasSlots = true;
  /// `name` or `name:format` → its text, by Python.
  #values: Readonly<Record<string, string>> = {};
  readonly #slots = new Map<string, HTMLElement>();
  #drawing = 0;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-rich-text anvil-container"));
  }

  protected override readonly setters = {
    content: (value: unknown) => {
      this.#content = string(value);
      this.#draw();
    },
    format: (value: unknown) => {
      this.#format = string(value) || "markdown";
      this.#draw();
    },
    enable_slots: (value: unknown) => {
      this.#hasSlots = Boolean(value);
      this.#draw();
    },
    values: (value: unknown) => {
      this.#values = (value ?? {}) as Record<string, string>;
      this.#draw();
    },
    data: () => {},
  };

  /// Draw once, when all that comes with this has come.
  #draw(): void {
    this.#drawing += 1;
    const drawing = this.#drawing;
    queueMicrotask(() => {
      if (drawing === this.#drawing) void this.#drawNow(drawing);
    });
  }

  async #drawNow(drawing: number): Promise<void> {
    this.element.classList.toggle("plain-text", this.#format === "plain_text");
    const made = document.createDocumentFragment();
    if (this.#format === "plain_text" || this.#content === "") made.append(this.#content);
    else {
      const { render } = await import("../rich_content.ts");
      if (drawing !== this.#drawing) return;
      made.append(render(this.#content, this.#format as Format, (value) => this.host.address(value)));
    }
    this.#slots.clear();
    if (this.#hasSlots) this.#findSlots(made);
    this.element.replaceChildren(made);
    for (const child of this.children) this.#put(child);
  }

  #findSlots(top: DocumentFragment): void {
    const texts = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
    const found: Text[] = [];
    while (texts.nextNode()) found.push(texts.currentNode as Text);
    for (const text of found) {
      if (text.parentElement?.closest("code, pre") || !text.data.includes("{")) continue;
      const parts = document.createDocumentFragment();
      let end = 0;
      for (const match of text.data.matchAll(TEXT_SLOT)) {
        parts.append(text.data.slice(end, match.index), this.#slot(match[1] ?? "", match[2] ?? ""));
        end = match.index + match[0].length;
      }
      parts.append(text.data.slice(end));
      text.replaceWith(parts);
    }
  }

  #slot(name: string, format: string): HTMLElement {
    const made = tag("span", "anvil-rich-slot", this.#values[name + format] ?? "");
    made.dataset.slot = name;
    if (!this.#slots.has(name)) this.#slots.set(name, made);
    return made;
  }

  protected override place(child: Component): void {
    this.#put(child);
    this.mark();
  }

  protected override displace(child: Component): void {
    child.element.remove();
    this.mark();
  }

  /// Into its slot; one that has none, or whose slot is not in the content, goes to the end.
  #put(child: Component): void {
    (this.#slots.get(string(child.layout.slot)) ?? this.element).append(child.element);
  }
}
