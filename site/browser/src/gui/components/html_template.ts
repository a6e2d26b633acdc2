import { addIconStyles } from "../icon_styles.ts";
import { type Component, Container, type Host, string, tag } from "./component.ts";

/// A place for components in the HTML of a form.
interface Slot {
  readonly name: string;
  readonly element: HTMLElement;
  /// The whole element is there once for each component.
  readonly repeats: boolean;
}

/// A part of the HTML that is there or not, by whether slots are empty.
interface Part {
  readonly element: HTMLElement;
  readonly ifEmpty: string | null;
  readonly unlessEmpty: string | null;
}

/// What only the designer shows.
const DESIGNERS =
  ".anvil-designer-only, [anvil-designer-only], .placeholder[anvil-drop-here], .placeholder[anvil-drop-slot]";
/// What icons are in HTML, as themes of Anvil have them.
const ICONS = ".fa, .fas, .far, .fab, .mi, .material-icons";
const DEFAULT_SLOT = "default";

/// HTML of the widget's own, or a page of its theme, with slots that components go into.
export class HtmlTemplate extends Container {
  #slots: readonly Slot[] = [];
  #parts: readonly Part[] = [];
  #drawn = "";

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-html-template anvil-container"));
  }

  protected override readonly setters = {
    html: (value: unknown) => this.#draw(this.host.html(string(value))),
  };

  #draw(html: string): void {
    if (html === this.#drawn) return;
    this.#drawn = html;
    for (const child of this.children) child.element.remove();
    this.element.innerHTML = html;
    for (const only of this.element.querySelectorAll(DESIGNERS)) only.remove();
    this.#slots = [...this.element.querySelectorAll<HTMLElement>("[anvil-slot], [anvil-slot-repeat]")].map(slotOf);
    this.#parts = [
      ...this.element.querySelectorAll<HTMLElement>("[anvil-if-slot-empty], [anvil-hide-if-slot-empty]"),
    ].map((element) => ({
      element,
      ifEmpty: element.getAttribute("anvil-if-slot-empty"),
      unlessEmpty: element.getAttribute("anvil-hide-if-slot-empty"),
    }));
    for (const [index, child] of this.children.entries()) this.place(child, index);
    this.#showParts();
    if (this.element.querySelector(ICONS)) addIconStyles();
    this.host.runScripts(this.element);
  }

  protected override place(child: Component, index: number): void {
    const slot = this.#slotFor(child);
    const after = this.children.slice(index + 1).find((other) => slot && this.#slotFor(other) === slot);
    if (!slot) this.element.append(child.element);
    else if (slot.repeats) this.#repeat(slot);
    else slot.element.insertBefore(child.element, after?.element ?? null);
    this.#showParts();
    this.mark();
  }

  protected override displace(child: Component): void {
    const slot = this.#slotFor(child);
    child.element.remove();
    if (slot?.repeats) this.#repeat(slot);
    this.#showParts();
    this.mark();
  }

  /// The first component is in the element itself, which therefore is always there; each other one in a copy.
  #repeat(slot: Slot): void {
    const mine = this.children.filter((child) => this.#slotFor(child) === slot);
    const places = [slot.element, ...copiesOf(slot.element)];
    for (const [index, child] of mine.entries()) {
      let place = places[index];
      if (!place) {
        place = slot.element.cloneNode(false) as HTMLElement;
        place.removeAttribute("id");
        place.dataset.anvilCopy = slot.name;
        (places.at(-1) ?? slot.element).after(place);
        places.push(place);
      }
      if (child.element.parentElement !== place) place.append(child.element);
    }
    for (const spare of places.slice(Math.max(mine.length, 1))) spare.remove();
  }

  #slotFor(child: Component): Slot | undefined {
    const wanted = string(child.layout.slot) || DEFAULT_SLOT;
    return this.#slots.find((slot) => slot.name === wanted);
  }

  #isEmpty(name: string): boolean {
    return !this.children.some((child) => (string(child.layout.slot) || DEFAULT_SLOT) === name);
  }

  #showParts(): void {
    for (const { element, ifEmpty, unlessEmpty } of this.#parts) {
      const shown =
        (ifEmpty === null || this.#isEmpty(ifEmpty)) && (unlessEmpty === null || !this.#isEmpty(unlessEmpty));
      element.classList.toggle("anvil-part-hidden", !shown);
    }
  }

  protected override attach(event: string): void {
    if (event === "click") this.element.addEventListener("click", () => this.raise("click"));
    else super.attach(event);
  }
}

function slotOf(element: HTMLElement): Slot {
  const repeated = element.getAttribute("anvil-slot-repeat");
  // Scripts of themes ask whether such an element is empty; a line break would be something.
  if (repeated !== null && !element.innerHTML.trim()) element.replaceChildren();
  const name = repeated ?? element.getAttribute("anvil-slot") ?? "";
  return { name: name || DEFAULT_SLOT, element, repeats: repeated !== null };
}

function copiesOf(element: HTMLElement): HTMLElement[] {
  const found: HTMLElement[] = [];
  let next = element.nextElementSibling;
  while (next instanceof HTMLElement && next.dataset.anvilCopy !== undefined) {
    found.push(next);
    next = next.nextElementSibling;
  }
  return found;
}
