import { ColumnPanel } from "./column_panel.ts";
import { type Host, keys, length, string, tag } from "./component.ts";
import { IconText } from "./icon_text.ts";

/// Addresses that no new tab is opened for.
const STAYS = /^(#|mailto:|tel:|sms:)/i;
/// Addresses that would run code.
const RUNS = /^\s*(javascript|vbscript):/i;
/// Media that a browser shows by itself; the others are saved.
const SHOWN = /^(image|audio|video|text)\/|^application\/(pdf|json)$/;

/// A text that leads to an address, or that is clicked; also a panel for other components.
export class Link extends ColumnPanel {
  readonly #link = tag("a", "anvil-link");
  readonly #panel = tag("div", "link-panel column-panel anvil-container anvil-container-overflow");
  readonly #line = tag("div", "link-line");
  readonly #inside: IconText;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-link-holder anvil-inlinable"));
    this.#inside = new IconText(host, this.#line, "link-text");
    this.#link.append(this.#line, this.#panel);
    this.element.append(this.#link);
    this.#link.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === this.#link && !this.#link.href) this.#link.click();
    });
    this.#setUrl("");
  }

  protected override inner(): HTMLElement {
    return this.#panel;
  }

  protected override setCommon(name: string, value: unknown): void {
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
      case "url":
        this.#setUrl(value);
        break;
      case "text_padding":
        this.#line.style.padding = length(value);
        break;
      default:
        super.setCommon(name, value);
    }
    if (name === "text" || name === "icon" || name === "tooltip") this.#name();
  }

  #name(): void {
    this.#line.hidden = this.#line.childElementCount === 1 && !this.#inside.text.textContent;
    this.nameIcon(this.#link, this.children.length > 0 ? "" : this.#inside.spoken);
  }

  /// An address, or media: its address with its type and name.
  #setUrl(value: unknown): void {
    const media = typeof value === "object" && value !== null ? (value as { url?: string; type?: string }) : undefined;
    const url = this.host.address(media ? string(media.url) : string(value));
    const link = this.#link;
    for (const name of ["href", "target", "rel", "download", "role", "tabindex"]) link.removeAttribute(name);
    if (!url || RUNS.test(url)) {
      link.setAttribute("role", "link");
      link.tabIndex = 0;
      return;
    }
    link.href = url;
    if (STAYS.test(url)) return;
    link.target = "_blank";
    link.rel = "noopener";
    if (media && !SHOWN.test(string(media.type))) link.download = string((media as { name?: string }).name);
  }

  protected override textElement(): HTMLElement {
    return this.#link;
  }

  protected override focusable(): HTMLElement {
    return this.#link;
  }

  protected override attach(event: string): void {
    if (event === "click")
      this.#link.addEventListener("click", (happened) => this.raise("click", { keys: keys(happened) }));
    else super.attach(event);
  }
}
