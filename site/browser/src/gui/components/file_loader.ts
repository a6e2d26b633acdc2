import { Component, type Host, string, tag } from "./component.ts";
import { IconText } from "./icon_text.ts";

/// Files that somebody chooses, or drops on it. Python gets a number for each.
export class FileLoader extends Component {
  readonly #input = tag("input", "file-loader-input to-disable");
  readonly #label = tag("label", "btn btn-default file-loader-label");
  readonly #state = tag("span", "file-loader-state");
  readonly #inside: IconText;
  #showsState = true;
  #handles: readonly number[] = [];

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "file-loader anvil-inlinable"));
    this.#input.type = "file";
    this.#state.setAttribute("role", "status");
    this.#label.append(this.#input);
    this.#inside = new IconText(host, this.#label, "file-loader-text");
    this.element.append(this.#label, this.#state);
    this.#input.addEventListener("change", () => this.#chosen());
    this.#label.addEventListener("dragover", (event) => event.preventDefault());
    this.#label.addEventListener("drop", (event) => this.#dropped(event));
    this.set("align", "center");
  }

  protected override readonly setters = {
    text: (value: unknown) => {
      this.#inside.setText(value);
      this.nameIcon(this.#input, this.#inside.spoken);
    },
    icon: (value: unknown) => {
      this.#inside.setIcon(value);
      this.nameIcon(this.#input, this.#inside.spoken);
    },
    icon_align: (value: unknown) => this.#inside.setAlign(value),
    multiple: (value: unknown) => {
      this.#input.multiple = Boolean(value);
    },
    show_state: (value: unknown) => {
      this.#showsState = Boolean(value);
      this.#tell();
    },
    file_types: (value: unknown) => {
      this.#input.accept = Array.isArray(value) ? value.join(",") : string(value);
    },
    enabled: (value: unknown) => {
      this.#input.disabled = !value;
      this.#label.classList.toggle("disabled", !value);
    },
    align: (value: unknown) => {
      this.element.style.textAlign = value === "full" ? "" : string(value);
      this.#label.style.width = value === "full" ? "100%" : "";
    },
  };

  override get(name: string): unknown {
    return name === "files" ? this.#handles : undefined;
  }

  #dropped(event: DragEvent): void {
    event.preventDefault();
    const files = event.dataTransfer?.files;
    if (!files?.length || this.#input.disabled) return;
    const taken = new DataTransfer();
    for (const file of this.#input.multiple ? files : [...files].slice(0, 1)) taken.items.add(file);
    this.#input.files = taken.files;
    this.#chosen();
  }

  #chosen(): void {
    this.#handles = [...(this.#input.files ?? [])].map((file) => this.host.keep(file));
    this.#tell();
    this.raise("change");
  }

  #tell(): void {
    const files = this.#input.files ?? [];
    const told = files.length > 1 ? `${files.length} files` : (files[0]?.name ?? "");
    this.#state.textContent = this.#showsState ? told : "";
  }

  override invoke(method: string, args: readonly unknown[]): unknown {
    if (method === "clear") {
      this.#input.value = "";
      this.#handles = [];
      this.#tell();
      return undefined;
    }
    if (method !== "open_file_selector") return super.invoke(method, args);
    // Browsers ask for files only when somebody has just clicked.
    if (!navigator.userActivation.isActive) return false;
    this.#input.click();
    return true;
  }

  protected override textElement(): HTMLElement {
    return this.#label;
  }

  protected override boxElement(): HTMLElement {
    return this.#label;
  }

  protected override focusable(): HTMLElement {
    return this.#input;
  }

  protected override attach(event: string): void {
    const source = { focus: "focus", lost_focus: "blur" }[event];
    if (source) this.#input.addEventListener(source, () => this.raise(event));
    else super.attach(event);
  }
}
