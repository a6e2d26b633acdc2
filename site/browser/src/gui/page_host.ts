/// The components of one page: made, numbered, painted before Python is there, and their events kept until it is.
import type { Form, Node, Slot, Theme } from "./app.ts";
import type { Dispatch } from "./bridge.ts";
import { type Component, type Host, type Layout, string } from "./components/component.ts";
import { KINDS } from "./components/kinds.ts";
import { Unknown } from "./components/unknown.ts";
import { formOf, isForm, walk } from "./layouts.ts";
import type { Media } from "./media.ts";
import type { Scripts } from "./scripts.ts";
import { DRAWN_DEFAULTS } from "./spec.ts";
import STANDARD_PAGE from "./theme_pages/standard-page.html";

interface Painted {
  /// The number of the form's root; the rest follow in preorder.
  readonly root: number;
}

/// Pages that every theme has, unless it has its own.
const DEFAULT_PAGES: Readonly<Record<string, string>> = { "standard-page.html": STANDARD_PAGE };

/// What of the page components reach through their host.
interface PageParts {
  readonly scripts: Scripts;
  readonly media: Media;
  /// Call the server; JSON goes and comes, and nothing spins.
  readonly call: (message: string) => Promise<string>;
}

/// How to find a form by its whole name, "Package.Form1".
export type FindForm = (name: string) => Form | undefined;

/// Told which component was made of a part of a design; `user` is what a form is painted for that is part of another.
export type Made = (node: Node, component: Component, user?: Node) => void;

export class PageHost implements Host {
  readonly #components = new Map<number, Component>();
  /// Kind → an element with its defaults, for kinds whose elements are copied.
  readonly #drawn = new Map<string, HTMLElement>();
  #next = 1;
  readonly #findForm: FindForm;
  readonly #colors: Record<string, string>;
  readonly #pages: Readonly<Record<string, string>>;
  readonly #assets: string;
  readonly #page: PageParts;
  readonly #painted = new Map<string, Painted>();
  /// Components that were painted and are on the page before their Python is ready for events.
  readonly #early = new Set<number>();
  #queue: [number, string, string][] = [];
  #dispatch: Dispatch | undefined;
  #failed: (error: unknown) => void;
  readonly #query: string;

  /// `assets` is where the theme's files are, ending in a slash. `failed` is told what a dispatch could not catch.
  /// `query` goes behind the addresses of assets.
  constructor(
    find: FindForm,
    theme: Theme,
    assets: string,
    page: PageParts,
    failed: (error: unknown) => void,
    query = "",
  ) {
    this.#findForm = find;
    this.#colors = { ...theme.colors };
    this.#pages = { ...DEFAULT_PAGES, ...theme.html };
    this.#assets = assets;
    this.#page = page;
    this.#failed = failed;
    this.#query = query;
  }

  component(id: number): Component {
    const found = this.#components.get(id);
    if (found) return found;
    if (id > 0 && id < this.#next) return this.#gone;
    throw new Error(`There is no component ${id} on this page.`);
  }

  /// Stands for what was dropped: code of a row that was replaced meanwhile may still set a text.
  readonly #gone: Component = new Unknown(0, this, "gone");

  create(type: string, properties: Readonly<Record<string, unknown>>): number {
    const Kind = KINDS[type];
    const id = this.#next++;
    const drawn = this.#drawn.get(type);
    const made = Kind ? new Kind(id, this, drawn?.cloneNode(true) as HTMLElement) : new Unknown(id, this, type);
    this.#components.set(id, made);
    if (!drawn) for (const [name, value] of DRAWN_DEFAULTS[type] ?? []) made.set(name, value);
    if (!drawn && Kind?.isCopied) this.#drawn.set(type, made.element.cloneNode(true) as HTMLElement);
    for (const name in properties) made.set(name, properties[name]);
    return id;
  }

  drop(id: number): void {
    const gone = this.#components.get(id);
    gone?.leave();
    gone?.dropped();
    this.#components.delete(id);
  }

  /// Paint a form with the forms that it uses, and keep its events until its Python takes it over.
  paint(form: string, key = "", made: Made = () => {}): number | undefined {
    const found = this.#findForm(form);
    if (!found) return undefined;
    const root = this.#next;
    this.#buildNode(found.root, made);
    this.#painted.set(`${key} ${form}`, { root });
    let id = root;
    walk(found.root, (node) => {
      this.#early.add(id);
      for (const event of Object.keys(node.events)) this.component(id).listen(event);
      id += 1;
    });
    this.#paintUsed(found.root, root, key, made);
    return root;
  }

  /// The forms among a form's components, each at its place, with what is in their slots.
  #paintUsed(top: Node, root: number, key: string, tell: Made): void {
    let id = root;
    const visit = (node: Node, put: (made: Component) => void): void => {
      const made = isForm(node) ? this.#paintForm(node, `${key}/${node.name}`, tell) : this.component(id++);
      if (made && isForm(node)) tell(node, made);
      if (made) put(made);
      for (const [index, child] of node.children.entries()) {
        const own = isForm(node);
        visit(child, (inside) => {
          if (own) this.#fillSlot(node, `${key}/${node.name}`, child, inside);
          else if (isForm(child)) made?.insert(inside, child.layout, index);
        });
      }
    };
    visit(top, () => {});
  }

  #paintForm(node: Node, key: string, tell: Made): Component | undefined {
    const used = this.paint(formOf(node), key, (part, made, user = node) => tell(part, made, user));
    if (used === undefined) return undefined;
    const made = this.component(used);
    for (const [name, value] of Object.entries(node.properties)) made.set(name, value);
    return made;
  }

  /// Put a component into the slot that it names of a form that was painted for this place.
  #fillSlot(user: Node, key: string, child: Node, made: Component): void {
    const form = this.#findForm(formOf(user));
    const root = this.#painted.get(`${key} ${formOf(user)}`)?.root;
    if (!form || root === undefined) return;
    const slot = form.component?.slots.find(({ name }) => name === child.layout.slot);
    const [name = ""] = slot?.path ?? [];
    const layout = form.root.children[0];
    if (slot?.is_slot && layout) {
      this.#fillSlot(layout, `${key}/layout`, { ...child, layout: { slot: name } }, made);
      return;
    }
    const index = slot ? this.#indexInSlot(form.component?.slots ?? [], slot, root) : -1;
    this.#named(form.root, root, name)?.insert(made, slot ? { ...child.layout, ...slot.layout } : child.layout, index);
  }

  /// Where the next component of a slot goes in its container: behind what is in it, and in slots before it.
  #indexInSlot(slots: readonly Slot[], slot: Slot, root: number): number {
    const filled = this.#filled.get(root) ?? new Map<Slot, number>();
    this.#filled.set(root, filled);
    const already = filled.get(slot) ?? 0;
    filled.set(slot, already + 1);
    const { index = -1, path } = slot;
    if (index < 0) return -1;
    const before = slots.slice(0, slots.indexOf(slot)).filter(({ path: [name], index: other = -1, is_slot }) => {
      return name === path[0] && !is_slot && other >= 0 && other <= index;
    });
    return before.reduce((sum, other) => sum + (filled.get(other) ?? 0), index + already);
  }

  /// The root of a painted form → how many components each of its slots was given.
  readonly #filled = new Map<number, Map<Slot, number>>();

  #named(top: Node, root: number, name: string): Component | undefined {
    let id = root;
    let found: Component | undefined;
    walk(top, (node) => {
      if (node.name === name) found ??= this.component(id);
      id += 1;
    });
    return found;
  }

  /// The number of a form's root: as painted for this place, or built now.
  build(form: string, key: string): number {
    const place = `${key} ${form}`;
    const painted = this.#painted.get(place);
    if (painted) {
      this.#painted.delete(place);
      return painted.root;
    }
    const found = this.#findForm(form);
    if (!found) throw new Error(`This widget has no form ${form}.`);
    const root = this.#next;
    this.#buildNode(found.root);
    return root;
  }

  /// In preorder; other forms are left out, what is in their slots stands by itself until they are there.
  #buildNode(node: Node, tell: Made = () => {}): Component | undefined {
    const made = isForm(node) ? undefined : this.component(this.create(node.type, node.properties));
    if (made) tell(node, made);
    for (const child of node.children) {
      const inside = this.#buildNode(child, tell);
      if (inside) made?.insert(inside, child.layout, -1);
    }
    return made;
  }

  // --- events

  raise(id: number, event: string, args: Readonly<Record<string, unknown>> = {}): void {
    const json = JSON.stringify(args);
    if (!this.#dispatch || this.#early.has(id)) this.#queue.push([id, event, json]);
    else this.#send(this.#dispatch, id, event, json);
  }

  /// Python is there; what was painted still waits for `settle`.
  live(dispatch: Dispatch): void {
    this.#dispatch = dispatch;
  }

  /// The first form is open, or will not be: give what was kept, in order.
  settle(): void {
    this.#early.clear();
    if (!this.#dispatch) return;
    for (const [id, event, json] of this.#queue.splice(0)) this.#send(this.#dispatch, id, event, json);
  }

  /// Later, and never out of the middle of Python that calls the page: an engine entered twice on one stack can crash
  /// the browser's process (Chromium's JSPI does, now and then).
  #send(dispatch: Dispatch, id: number, event: string, json: string): void {
    queueMicrotask(() => dispatch(id, event, json).catch(this.#failed));
  }

  // --- what components ask

  color(value: string): string {
    if (!value.startsWith("theme:")) return value;
    const name = value.slice("theme:".length);
    return name in this.#colors ? `var(${variable(name)}, ${this.#colors[name]})` : "";
  }

  library(name: string): Promise<void> {
    return this.#page.scripts.load(name);
  }

  keep(content: Blob): number {
    return this.#page.media.add(content);
  }

  async ask(command: string): Promise<unknown> {
    const message = JSON.stringify({ command, args: [], kwargs: {}, objects: [] });
    return (JSON.parse(await this.#page.call(message)) as { response?: unknown }).response;
  }

  find(id: number): Component | undefined {
    return this.#components.get(id);
  }

  setColor(name: string, value: string): void {
    this.#colors[name] = value;
    document.documentElement.style.setProperty(variable(name), value);
  }

  address(value: string): string {
    const scheme = ["asset:", "_/theme/"].find((one) => value.startsWith(one));
    return scheme ? this.#assets + value.slice(scheme.length) + this.#query : value;
  }

  html(value: string): string {
    if (!value.startsWith("@theme:")) return value;
    return this.#pages[value.slice("@theme:".length).trim()] ?? "";
  }

  runScripts(element: HTMLElement): void {
    this.#page.scripts.run(element);
  }
}

/// The CSS variable of a colour of the theme; themes' CSS may use it.
export function variable(name: string): string {
  return `--anvil-color-${string(name).replace(/[^A-Za-z0-9]+/g, "-")}`;
}

export type { Component, Layout };
