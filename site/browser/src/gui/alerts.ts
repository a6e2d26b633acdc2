/// Dialogs and notifications, with the names of classes that themes style.
import { type Component, tag } from "./components/component.ts";

export interface AlertOptions {
  readonly title?: string;
  /// Text, or the number of a component, as `content`.
  readonly text?: string;
  readonly content?: number;
  readonly buttons: readonly (readonly [string, string?])[];
  readonly large?: boolean;
  readonly dismissible?: boolean;
  readonly role?: string | readonly string[];
}

export interface NotificationOptions {
  readonly title?: string;
  readonly message: string;
  readonly style?: string;
  /// Seconds; 0 stays.
  readonly timeout?: number;
}

const STYLES = ["success", "danger", "warning", "info", "primary", "default"];

const FIELD = ".modal-body :is(input, select, textarea):enabled";
/// What gets the focus in a dialog: what is to be filled in, else the last button, which is what the dialog is about;
/// where one of the buttons is dangerous, the first.
const FIRST = [
  FIELD,
  `.modal-content:not(:has(${FIELD})) > .modal-footer:not(:has(> .btn-danger)) > .btn:last-child`,
  `.modal-content:not(:has(${FIELD})) > .modal-footer:has(> .btn-danger) > .btn:first-child`,
].join();

export class Alerts {
  readonly #open = new Map<number, () => void>();
  readonly #notifications = new Map<number, HTMLElement>();
  readonly #component: (id: number) => Component;
  #next = 1;

  constructor(component: (id: number) => Component) {
    this.#component = component;
  }

  /// Show a dialog and return the index of its button; -1 when it was dismissed.
  show(options: AlertOptions): Promise<number> {
    return new Promise((resolve) => {
      const dialog = tag("dialog", `modal-dialog alert-modal${options.large ? " modal-lg" : ""}`);
      for (const role of rolesOf(options.role)) dialog.classList.add(`anvil-role-${role}`);
      const close = (index: number) => {
        if (!dialog.isConnected) return;
        if (options.content !== undefined) this.#component(options.content).element.remove();
        dialog.close();
        dialog.remove();
        if (options.content !== undefined) this.#open.delete(options.content);
        resolve(index);
      };
      dialog.append(this.#content(options, close));
      const name = dialog.querySelector(options.title ? ".modal-title" : ".modal-body");
      if (name) {
        name.id = `anvil-alert-${this.#next++}`;
        dialog.setAttribute("aria-labelledby", name.id);
      }
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        if (options.dismissible) close(-1);
      });
      dialog.addEventListener("click", (event) => {
        if (options.dismissible && event.target === dialog) close(-1);
      });
      if (options.content !== undefined) this.#open.set(options.content, () => close(-1));
      document.body.append(dialog);
      dialog.showModal();
      // Not the cross, which comes first: who presses Enter means to answer.
      dialog.querySelector<HTMLElement>(FIRST)?.focus();
    });
  }

  #content(options: AlertOptions, close: (index: number) => void): HTMLElement {
    const content = tag("div", "modal-content");
    const header = tag("div", "modal-header");
    if (options.title) {
      const title = tag("h4", "modal-title alert-title", options.title);
      // Of the dialog: whatever headings the page below it has.
      title.ariaLevel = "2";
      header.append(title);
    }
    if (options.dismissible) {
      const cross = tag("button", "close", "×");
      cross.type = "button";
      cross.setAttribute("aria-label", "Close");
      cross.addEventListener("click", () => close(-1));
      header.append(cross);
    }
    if (options.title || options.dismissible) content.append(header);
    const body = tag("div", "modal-body");
    if (options.content !== undefined) body.append(this.#component(options.content).element);
    else body.append(tag("div", "alert-text", options.text ?? ""));
    content.append(body);
    if (options.buttons.length > 0) content.append(this.#footer(options, close));
    return content;
  }

  #footer(options: AlertOptions, close: (index: number) => void): HTMLElement {
    const footer = tag("div", "modal-footer");
    for (const [index, [text, style]] of options.buttons.entries()) {
      const kind = style && STYLES.includes(style) ? style : "default";
      const button = tag("button", `btn btn-${kind}`, text);
      button.type = "button";
      button.addEventListener("click", () => close(index));
      footer.append(button);
    }
    return footer;
  }

  /// Close the dialog that holds this component, if one does.
  close(content: number): void {
    this.#open.get(content)?.();
  }

  notify(options: NotificationOptions): number {
    const handle = this.#next++;
    const style = options.style && STYLES.includes(options.style) ? options.style : "info";
    const box = tag("div", `anvil-notification alert alert-${style}`);
    if (options.title) box.append(tag("strong", "", options.title));
    box.append(tag("span", "", options.message));
    const cross = tag("button", "close", "×");
    cross.type = "button";
    cross.setAttribute("aria-label", "Close");
    cross.addEventListener("click", () => this.hide(handle));
    box.append(cross);
    const stack = this.#stack();
    stack.append(box);
    // Above whatever dialog is open.
    if (stack.matches(":popover-open")) stack.hidePopover();
    stack.showPopover();
    this.#notifications.set(handle, box);
    if (options.timeout) this.#expire(handle, box, options.timeout * 1000);
    return handle;
  }

  hide(handle: number): void {
    this.#notifications.get(handle)?.remove();
    this.#notifications.delete(handle);
  }

  /// It goes after its time; while somebody points at it, it stays.
  #expire(handle: number, box: HTMLElement, timeout: number): void {
    let timer = setTimeout(() => this.hide(handle), timeout);
    box.addEventListener("mouseenter", () => clearTimeout(timer));
    box.addEventListener("mouseleave", () => {
      timer = setTimeout(() => this.hide(handle), timeout);
    });
  }

  #stack(): HTMLElement {
    const found = document.getElementById("anvil-notifications");
    if (found) return found;
    const made = tag("div", "anvil-notifications");
    made.id = "anvil-notifications";
    made.popover = "manual";
    made.setAttribute("role", "status");
    document.body.append(made);
    return made;
  }
}

function rolesOf(role: AlertOptions["role"]): readonly string[] {
  return [role ?? ""].flat().flatMap((one) => one.split(/\s+/).filter(Boolean));
}
