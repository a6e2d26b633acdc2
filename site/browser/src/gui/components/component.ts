/// What all components of a page have in common: an element, properties that are drawn, events that Python asked for.
///
/// The names of classes are the contract with themes (spec/anvil-usage.md 8).

/// What a component may ask of the page that it is on.
export interface Host {
  /// Tell Python, or keep it until Python is there.
  raise(id: number, event: string, args?: Readonly<Record<string, unknown>>): void;
  /// "theme:Primary 500" → its colour; any other colour as it is.
  color(value: string): string;
  /// The address of an asset or of the theme's file.
  address(value: string): string;
  /// HTML as a form has it: "@theme:standard-page.html" is that page of the theme.
  html(value: string): string;
  /// Let the scripts run that were written into an element.
  runScripts(element: HTMLElement): void;
  /// Load a library of ours by its name, or another by its address, once; one that does not come is told in the
  /// browser's console alone.
  library(name: string): Promise<void>;
  /// Keep bytes for Python; the answer is their handle.
  keep(content: Blob): number;
  /// Call a function of the platform on the server and return what it answers, undefined for an error.
  ask(command: string): Promise<unknown>;
  /// A component of the page by its number.
  find(id: number): Component | undefined;
}

export type Layout = Readonly<Record<string, unknown>>;

export type Setter = (value: unknown) => void;

const NONE: Readonly<Record<string, Setter>> = {};
const SPACINGS = ["none", "small", "medium", "large"];

export class Component {
  /// Whether the constructor takes a copy of the element of another one that has its defaults and nothing else, instead
  /// of making and drawing it: for what lists have by the thousand.
  static readonly isCopied: boolean = false;
  readonly element: HTMLElement;
  parent: Component | undefined;
  readonly children: Component[] = [];
  /// How the parent lays it out.
  layout: Layout = {};
  readonly id: number;
  protected readonly host: Host;
  #listened: Set<string> | undefined;

  /// A copy of an element has its classes.
  constructor(id: number, host: Host, element: HTMLElement, isCopy = false) {
    this.id = id;
    this.host = host;
    this.element = element;
    if (!isCopy) element.classList.add("anvil-component");
    element.setAttribute("data-component", String(id));
  }

  /// Setters by property, for this one's own; those not named here are drawn by `setCommon`.
  protected readonly setters: Readonly<Record<string, Setter>> = NONE;

  set(name: string, value: unknown): void {
    const setter = this.setters[name];
    if (setter) setter(value);
    else this.setCommon(name, value);
  }

  /// What the page knows better than Python; undefined when it does not.
  get(_name: string): unknown {
    return undefined;
  }

  /// Begin to tell Python of an event, once however often it is asked for.
  listen(event: string): void {
    this.#listened ??= new Set();
    if (this.#listened.has(event)) return;
    this.#listened.add(event);
    this.attach(event);
  }

  /// Listen to what makes this event; those that only Python raises need nothing.
  protected attach(event: string): void {
    switch (event) {
      case "mouse_enter":
      case "mouse_leave":
      case "mouse_move":
      case "mouse_down":
      case "mouse_up": {
        const name = event.replace("_", "");
        this.element.addEventListener(name, (happened) =>
          this.raise(event, mouse(happened as MouseEvent, this.element)),
        );
      }
    }
  }

  protected raise(event: string, args?: Readonly<Record<string, unknown>>): void {
    if (this.#listened?.has(event)) this.host.raise(this.id, event, args);
  }

  /// Call a method that lives in the page.
  invoke(method: string, args: readonly unknown[]): unknown {
    switch (method) {
      case "focus":
        this.focusable()?.focus();
        return undefined;
      case "scroll_into_view":
        this.element.scrollIntoView({
          behavior: args[0] ? "smooth" : "auto",
          block: (args[1] as ScrollLogicalPosition | undefined) ?? "center",
        });
        return undefined;
      default:
        throw new Error(`There is no method ${method} here.`);
    }
  }

  // --- what it is called by those who do not see it

  /// The text that may name what follows it: a Label's.
  get namer(): HTMLElement | undefined {
    return undefined;
  }

  /// The element that needs a name.
  protected named(): HTMLElement | undefined {
    return undefined;
  }

  /// Its name where no Label stands before it.
  protected ownName(): string {
    return this.element.title;
  }

  /// Take the name from the component before this one when that is a Label, else a name of its own.
  protected nameBy(before: Component | undefined): void {
    const named = this.named();
    if (!named) return;
    const namer = before?.namer;
    named.setAttribute("aria-label", this.ownName());
    if (!namer) return;
    namer.id ||= `anvil-name-${before?.id}`;
    // While the Label is empty, the name of its own counts.
    named.setAttribute("aria-labelledby", namer.id);
  }

  /// An element that shows an icon alone is called by its tooltip, or by the icon.
  protected nameIcon(element: HTMLElement, icon: string): void {
    if (icon) element.setAttribute("aria-label", this.element.title || icon);
    else element.removeAttribute("aria-label");
  }

  /// Call a method that takes its time.
  async ask(method: string, _args: readonly unknown[]): Promise<unknown> {
    throw new Error(`There is no method ${method} here.`);
  }

  /// The element that takes keys.
  protected focusable(): HTMLElement | undefined {
    return undefined;
  }

  /// Put a child at an index among the children; containers say where it goes on the page.
  insert(child: Component, layout: Layout, index: number): void {
    if (child.parent === this && this.children.indexOf(child) === index) return;
    child.leave();
    const at = index < 0 || index > this.children.length ? this.children.length : index;
    child.parent = this;
    child.layout = layout;
    this.children.splice(at, 0, child);
    this.place(child, at);
    child.nameBy(this.children[at - 1]);
    child.placed();
  }

  /// Told when it, or what it is in, was put somewhere.
  placed(): void {
    for (const child of this.children) child.placed();
  }

  /// Told when it is gone for good: let go of what would outlive its element.
  dropped(): void {}

  /// Take it from its parent, if it has one.
  leave(): void {
    const parent = this.parent;
    if (!parent) return;
    parent.children.splice(parent.children.indexOf(this), 1);
    this.parent = undefined;
    parent.displace(this);
  }

  /// Draw a child that is now at this index of `children`.
  protected place(_child: Component, _index: number): void {
    throw new Error("This component takes no others.");
  }

  /// Stop drawing a child that is no longer in `children`.
  protected displace(child: Component): void {
    child.element.remove();
  }

  /// Told when a child shows or hides, for what is drawn around it.
  childShown(_child: Component, _shown: boolean): void {}

  get isShown(): boolean {
    return this.element.isConnected && !this.element.closest(".visible-false");
  }

  // --- what most components have

  /// Where text properties are drawn.
  protected textElement(): HTMLElement {
    return this.element;
  }

  /// Where background and border are drawn.
  protected boxElement(): HTMLElement {
    return this.element;
  }

  protected setCommon(name: string, value: unknown): void {
    const text = this.textElement().style;
    const box = this.boxElement().style;
    switch (name) {
      case "visible": {
        const shown = value !== false;
        this.element.classList.toggle("visible-false", !shown);
        this.parent?.childShown(this, shown);
        return;
      }
      case "background":
        box.background = this.color(value);
        return;
      case "foreground":
        text.color = this.color(value);
        return;
      case "border":
        box.border = string(value);
        return;
      case "role":
        this.setRole(value);
        return;
      case "tooltip":
        if (value) this.element.title = string(value);
        else this.element.removeAttribute("title");
        return;
      case "spacing_above":
      case "spacing_below":
        this.setSpacing(name.replace("_", "-"), value);
        return;
      case "spacing":
        this.setBox(value);
        return;
      case "margin":
        this.element.style.margin = lengths(value);
        return;
      case "height":
        box.height = length(value);
        return;
      case "align":
        text.textAlign = value === "full" ? "" : string(value);
        return;
      case "font":
        text.fontFamily = string(value);
        return;
      case "font_size":
        text.fontSize = length(value);
        return;
      case "bold":
        text.fontWeight = value ? "bold" : "";
        return;
      case "italic":
        text.fontStyle = value ? "italic" : "";
        return;
      case "underline":
        text.textDecoration = value ? "underline" : "";
    }
  }

  protected color(value: unknown): string {
    return value ? this.host.color(string(value)) : "";
  }

  private setRole(value: unknown): void {
    const classes = this.element.classList;
    for (const name of [...classes]) if (name.startsWith("anvil-role-")) classes.remove(name);
    const roles = Array.isArray(value) ? value : [value];
    for (const role of roles) {
      const words = typeof role === "string" ? role.split(/\s+/).filter(Boolean) : [];
      for (const word of words) classes.add(`anvil-role-${word}`);
    }
  }

  private setSpacing(name: string, value: unknown): void {
    const classes = this.element.classList;
    classes.remove(...SPACINGS.map((size) => `anvil-${name}-${size}`));
    if (SPACINGS.includes(value as string)) classes.add(`anvil-${name}-${value}`);
  }

  private setBox(value: unknown): void {
    const spacing = (value ?? {}) as { margin?: unknown; padding?: unknown };
    this.element.style.margin = lengths(spacing.margin);
    this.boxElement().style.padding = lengths(spacing.padding);
  }
}

/// A container whose children follow each other in one element.
export class Container extends Component {
  #isMarked = false;

  /// Where the children go.
  protected inner(): HTMLElement {
    return this.element;
  }

  protected override place(child: Component, index: number): void {
    const before = this.children[index + 1];
    this.inner().insertBefore(this.wrap(child), before ? this.wrapperOf(before) : null);
    this.mark();
  }

  protected override displace(child: Component): void {
    const wrapper = this.wrapperOf(child);
    child.element.remove();
    wrapper.remove();
    this.mark();
  }

  /// What stands between the container and a child; the child's own element where nothing does.
  protected wrap(child: Component): HTMLElement {
    return child.element;
  }

  protected wrapperOf(child: Component): HTMLElement {
    return child.element;
  }

  protected mark(): void {
    const has = this.children.length > 0;
    if (has === this.#isMarked) return;
    this.#isMarked = has;
    this.element.classList.toggle("has-components", has);
  }
}

export function string(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

/// A number is pixels, text is what CSS takes.
export function length(value: unknown): string {
  if (value === undefined || value === null || value === "") return "";
  return /^-?[\d.]+$/.test(String(value)) ? `${value}px` : String(value);
}

/// One length, or up to four of them from the top clockwise; what is left out is 0.
export function lengths(value: unknown): string {
  return Array.isArray(value) ? value.map((part) => length(part) || "0").join(" ") : length(value);
}

/// An element with classes.
export function tag<K extends keyof HTMLElementTagNameMap>(
  name: K,
  classes: string,
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = classes;
  made.append(...inside);
  return made;
}

export function keys(event: MouseEvent | KeyboardEvent): Readonly<Record<string, boolean>> {
  return { shift: event.shiftKey, alt: event.altKey, ctrl: event.ctrlKey, meta: event.metaKey };
}

function mouse(event: MouseEvent, element: HTMLElement): Readonly<Record<string, unknown>> {
  const box = element.getBoundingClientRect();
  const place = { x: event.clientX - box.left, y: event.clientY - box.top };
  if (event.type !== "mousedown" && event.type !== "mouseup") return place;
  return { ...place, button: event.button + 1, keys: keys(event) };
}
