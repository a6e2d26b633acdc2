/// What nobody caught: a small mark in the corner that opens to the error, and word of it to the owner's console.
import { tag } from "./components/component.ts";

export interface ReportedError {
  readonly type: string;
  readonly message: string;
  /// Innermost first: module, line, function.
  readonly trace: readonly (readonly [string, number, string?])[];
}

export class Errors {
  readonly #tell: (error: ReportedError) => void;
  #corner: HTMLElement | undefined;
  readonly #list = tag("ol", "anvil-error-list");
  #count = 0;

  constructor(tell: (error: ReportedError) => void) {
    this.#tell = tell;
  }

  report(error: ReportedError): void {
    const trace = error.trace.map(([module, line, name]) => `  ${module}, line ${line}${name ? ` in ${name}` : ""}`);
    console.error([`${error.type}: ${error.message}`, ...trace].join("\n"));
    this.#tell(error);
    this.#count += 1;
    const corner = this.#show();
    corner.dataset.count = String(this.#count);
    this.#list.append(
      tag(
        "li",
        "",
        tag("strong", "", `${error.type}: ${error.message}`),
        ...trace.map((line) => tag("div", "", line.trim())),
      ),
    );
    while (this.#list.childElementCount > 20) this.#list.firstElementChild?.remove();
  }

  #show(): HTMLElement {
    if (this.#corner) return this.#corner;
    const button = tag("button", "anvil-error-indicator", "!");
    button.type = "button";
    button.setAttribute("aria-label", "An error has occurred");
    button.setAttribute("aria-expanded", "false");
    const panel = tag("div", "anvil-error-panel", tag("p", "", "An error has occurred:"), this.#list);
    panel.hidden = true;
    button.addEventListener("click", () => {
      panel.hidden = !panel.hidden;
      button.setAttribute("aria-expanded", String(!panel.hidden));
    });
    this.#corner = button;
    document.body.append(panel, button);
    return button;
  }
}
