import { Component, type Host, length, string, tag } from "./component.ts";

const MODES = ["shrink_to_fit", "zoom_to_fill", "fill_width", "original_size"];

export class Image extends Component {
  readonly #picture = tag("img", "anvil-image-picture");
  #mode = "shrink_to_fit";
  #height: unknown = 200;
  readonly #place: Record<string, string> = { x: "center", y: "center" };

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-image"));
    this.#picture.alt = "";
    this.#picture.draggable = false;
    this.element.append(this.#picture);
    this.#arrange();
  }

  protected override readonly setters = {
    source: (value: unknown) => {
      const media = typeof value === "object" && value !== null ? (value as { url?: string }).url : value;
      const address = this.host.address(string(media));
      if (address) this.#picture.src = address;
      else this.#picture.removeAttribute("src");
      this.#picture.hidden = !address;
    },
    display_mode: (value: unknown) => {
      this.#mode = MODES.includes(string(value)) ? string(value) : "shrink_to_fit";
      this.#arrange();
    },
    height: (value: unknown) => {
      this.#height = value;
      this.#arrange();
    },
    horizontal_align: (value: unknown) => {
      this.#place.x = string(value);
      this.#arrange();
    },
    vertical_align: (value: unknown) => {
      this.#place.y = string(value);
      this.#arrange();
    },
    alt_text: (value: unknown) => {
      this.#picture.alt = string(value);
    },
    border_radius: (value: unknown) => {
      this.#picture.style.borderRadius = length(value);
      this.element.style.borderRadius = length(value);
    },
  };

  #arrange(): void {
    const hasHeight = this.#mode === "shrink_to_fit" || this.#mode === "zoom_to_fill";
    for (const mode of MODES) this.element.classList.toggle(mode.replaceAll("_", "-"), mode === this.#mode);
    this.element.style.height = hasHeight ? length(this.#height) : "";
    this.element.style.textAlign = this.#place.x ?? "";
    this.#picture.style.objectPosition = `${this.#place.x} ${this.#place.y}`;
  }
}
