import { batch, computed, signal } from "@preact/signals";
import type { Binding, Form } from "../gui/app.ts";
import type { FromCanvas, Json, Rect, ToCanvas, Zone } from "../gui/design/messages.ts";
import { withHandler, withRenamed } from "./form_code.ts";
import { className, type FormPlace, formsOf } from "./form_place.ts";
import { type Edit, History, type Texts } from "./history.ts";
import { beginningOf, freshName, specOf } from "./specs.ts";
import { type Operation, type Part, type Source, Template } from "./template.ts";

/// What the designer needs of the editor that it is in.
export interface Editor extends Texts {
  paths(): readonly string[];
  goTo(path: string, line: number): void;
}

/// A place for something new: a zone, or as much of one as keys can mean.
export type Target = Pick<Zone, "parent" | "index" | "layout" | "also">;

/// The state of the designer of one form, and what can be done with it. Components only draw it.
export class Designer {
  readonly form: FormPlace;
  readonly template = signal<Template | null>(null);
  /// Why the template can't be shown.
  readonly problem = signal("");
  readonly selected = signal("");
  /// Where components are on the canvas, in its pixels.
  readonly boxes = signal<Readonly<Record<string, Rect>>>({});
  readonly height = signal(400);
  /// The theme's colours, by name.
  readonly colors = signal<Readonly<Record<string, string>>>({});
  /// Pixels that the canvas is wide; 0 for as wide as there is room.
  readonly width = signal(0);
  /// The component whose text is edited in its place; "" for none.
  readonly typing = signal("");
  /// What was done last, for who listens.
  readonly said = signal("");
  readonly part = computed<Part | undefined>(() => this.template.value?.part(this.selected.value));
  readonly #editor: Editor;
  readonly #history: History;
  #send: ((message: ToCanvas) => void) | null = null;
  #package = "";
  #asked = 0;
  readonly #waiting = new Map<
    number,
    { readonly moving: string | null; readonly tell: (zones: readonly Zone[]) => void }
  >();
  readonly #read = new Map<string, { readonly text: string; readonly form: Form }>();
  #copied: Source | null = null;

  constructor(form: FormPlace, editor: Editor) {
    this.form = form;
    this.#editor = editor;
    this.#history = new History(editor);
    this.refresh();
  }

  /// Take the text as it is now, whoever changed it.
  refresh(): void {
    const text = this.#editor.text(this.form.template) ?? "";
    if (text !== this.template.value?.text || this.problem.value) this.#take(text);
    this.#draw();
  }

  #take(text: string): void {
    try {
      const template = new Template(text);
      batch(() => {
        this.template.value = template;
        this.problem.value = "";
        if (!template.part(this.selected.value)) this.selected.value = "";
      });
    } catch (error) {
      this.problem.value = error instanceof Error ? error.message : String(error);
    }
  }

  // --- the canvas

  /// A canvas is there (or gone): what it says comes to `hear`.
  attach(send: ((message: ToCanvas) => void) | null): void {
    this.#send = send;
  }

  hear(message: FromCanvas): void {
    switch (message.kind) {
      case "ready":
        this.#package = message.package;
        this.colors.value = message.colors;
        this.#read.clear();
        this.#draw();
        // Asked before the canvas was there to hear it.
        for (const [id, { moving }] of this.#waiting) this.#send?.({ kind: "zones", id, moving });
        return;
      case "layout":
        batch(() => {
          this.boxes.value = message.boxes;
          this.height.value = message.height;
        });
        return;
      case "zones":
        this.#waiting.get(message.id)?.tell(message.zones);
        this.#waiting.delete(message.id);
        return;
      case "failed":
        this.said.value = message.text;
    }
  }

  #draw(): void {
    if (!this.#send || !this.#package) return;
    const forms: Record<string, Form> = {};
    for (const { name, template } of formsOf(this.#editor.paths())) {
      const form = this.#formOf(name, template);
      if (form) forms[name] = form;
    }
    this.#send({ kind: "draw", form: this.form.name, forms });
  }

  #formOf(name: string, path: string): Form | undefined {
    const text = this.#editor.text(path) ?? "";
    const known = this.#read.get(name);
    if (known?.text === text) return known.form;
    try {
      const template = path === this.form.template && this.template.value?.text === text ? this.template.value : null;
      const form = (template ?? new Template(text)).form(name, (said) => this.#typeOf(said));
      this.#read.set(name, { text, form });
      return form;
    } catch {
      // As it was when it could still be read.
      return known?.form;
    }
  }

  /// "form:Row" → "form:Package.Row"; a dependency's has its package already.
  #typeOf(said: string): string {
    const [, first = "", second] = said.split(":");
    if (second !== undefined) return `form:${second}`;
    return first.startsWith(`${this.#package}.`) ? said : `form:${this.#package}.${first}`;
  }

  /// Where something new (null) or a component may go.
  zones(moving: string | null): Promise<readonly Zone[]> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((tell) => {
      this.#waiting.set(id, { moving, tell });
      this.#send?.({ kind: "zones", id, moving });
    });
  }

  // --- edits

  /// Apply operations as one step; `code` edits the form's Python in the same step.
  change(label: string, operations: readonly Operation[], key?: string, code?: (text: string) => string): boolean {
    const before = this.template.value;
    if (!before || this.problem.value) {
      this.said.value = "Mend the template first: it can't be read.";
      return false;
    }
    try {
      const after = operations.reduce((template, operation) => template.apply(operation), before);
      const edits: Edit[] = [{ path: this.form.template, before: before.text, after: after.text }];
      const python = code ? this.#editor.text(this.form.code) : null;
      if (code && python !== null) edits.push({ path: this.form.code, before: python, after: code(python) });
      this.template.value = after;
      this.#history.make(label, edits, key);
      this.said.value = label;
      this.#draw();
      return true;
    } catch (error) {
      this.said.value = error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  undo(): void {
    this.said.value = this.#history.undo();
    this.refresh();
  }

  redo(): void {
    this.said.value = this.#history.redo();
    this.refresh();
  }

  /// Put a new component somewhere; without a place, behind what is selected or into it.
  insert(type: string, target: Target = this.#behind()): void {
    const made = renamed(beginningOf(type), new Set(this.template.value?.names));
    this.#put(made, target, `Added ${made.name}`);
  }

  #put(source: Source, { parent, index, layout, also = [] }: Target, label: string): void {
    const named = { ...source, layout_properties: layout };
    const operations: Operation[] = [
      ...also.map(({ id, layout: other }): Operation => ({ op: "layout", id, layout: other })),
      { op: "insert", parent, index, source: named },
    ];
    if (this.change(label, operations)) this.selected.value = named.name ?? "";
  }

  move(id: string, { parent, index, layout, also = [] }: Target): void {
    const part = this.template.value?.part(id);
    if (!part) return;
    const moved = this.change(`Moved ${nameOf(part)}`, [
      ...also.map(({ id: other, layout: its }): Operation => ({ op: "layout", id: other, layout: its })),
      { op: "move", id, parent, index, layout },
    ]);
    if (moved && part.name) this.selected.value = part.name;
  }

  remove(id: string): void {
    const part = this.template.value?.part(id);
    if (!part || id === "") return;
    const next = this.#neighbour(part);
    if (this.change(`Deleted ${nameOf(part)}`, [{ op: "remove", id }])) this.selected.value = next;
  }

  set(id: string, property: string, value: unknown): void {
    const part = this.template.value?.part(id);
    if (part) this.change(`${nameOf(part)}: ${property}`, [{ op: "set", id, property, value }], `${id}.${property}`);
  }

  /// Give a component another name: wherever the form's code says `self.old`, and in the names of its own handlers.
  rename(id: string, name: string): string {
    const template = this.template.value;
    const part = template?.part(id);
    if (!template || !part || name === part.name) return "";
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return "A name has letters, digits and _, and begins with no digit.";
    if (template.names.has(name)) return `There is a ${name} already.`;
    const renames = new Map([[part.name, name]]);
    const operations: Operation[] = [];
    for (const [event, handler] of Object.entries(part.events)) {
      if (!part.name || !handler.startsWith(`${part.name}_`)) continue;
      const fresh = name + handler.slice(part.name.length);
      renames.set(handler, fresh);
      operations.push({ op: "event", id, event, handler: fresh });
    }
    operations.push({ op: "rename", id, name });
    const code = part.name ? (text: string) => withRenamed(text, renames) : undefined;
    if (this.change(`Renamed ${nameOf(part)} to ${name}`, operations, undefined, code)) this.selected.value = name;
    return "";
  }

  /// Go to the handler of an event, which is made when there is none.
  handle(id: string, event: string): void {
    const part = this.template.value?.part(id);
    if (!part) return;
    const bound = part.events[event];
    const handler = bound ?? `${id === "" ? "form" : part.name || part.type.toLowerCase()}_${event}`;
    const form = className(this.form.name);
    const says = `${id === "" ? "The form" : part.name}: ${event}.`;
    const operations: Operation[] = bound ? [] : [{ op: "event", id, event, handler }];
    const { text, line } = withHandler(this.#editor.text(this.form.code) ?? "", form, handler, says);
    if (this.change(`Handler ${handler}`, operations, undefined, () => text)) this.#editor.goTo(this.form.code, line);
  }

  /// Call another method on an event; "" for none.
  bind(id: string, event: string, handler: string): void {
    const part = this.template.value?.part(id);
    if (part) this.change(`${nameOf(part)}: ${event}`, [{ op: "event", id, event, handler: handler || undefined }]);
  }

  setBindings(id: string, bindings: readonly Binding[]): void {
    const part = this.template.value?.part(id);
    if (part) this.change(`${nameOf(part)}: data bindings`, [{ op: "bind", id, bindings }], `${id} bindings`);
  }

  copy(id: string): void {
    if (id === "") return;
    this.#copied = this.template.value?.source(id) ?? null;
    this.said.value = `Copied ${id}`;
  }

  /// Put a copy of what was copied behind what is selected; its components get names that are free.
  paste(source: Source | null = this.#copied): void {
    if (!source) return;
    const taken = new Set(this.template.value?.names);
    const fresh = renamed(source, taken);
    this.#put(fresh, this.#behind(), `Added ${fresh.name ?? fresh.type}`);
  }

  duplicate(id: string): void {
    if (id !== "") this.paste(this.template.value?.source(id) ?? null);
  }

  // --- keys

  /// Move the selected component among its siblings, by one.
  nudge(by: -1 | 1): void {
    const part = this.part.value;
    const parent = this.#parentOf(part);
    if (!part || !parent) return;
    const index = part.index + by;
    if (index < 0 || index >= parent.children.length) return;
    this.move(part.id, { parent: parent.id, index, layout: this.#moved(part, parent, index) });
  }

  /// Move it out of its panel, behind that.
  outdent(): void {
    const part = this.part.value;
    const parent = this.#parentOf(part);
    const above = this.#parentOf(parent);
    if (!part || !parent || !above) return;
    this.move(part.id, { parent: above.id, index: parent.index + 1, layout: this.#layoutIn(above, parent) });
  }

  /// Move it into the panel before it, at its end.
  indent(): void {
    const part = this.part.value;
    const before = this.#parentOf(part)?.children[(part?.index ?? 0) - 1];
    if (!part || !before || !takesOthers(before)) return;
    this.move(part.id, { parent: before.id, index: before.children.length, layout: this.#layoutIn(before) });
  }

  /// Behind what is selected, or into it where it takes others.
  #behind(): Target {
    const template = this.template.value as Template;
    const at = this.part.value ?? template.root;
    if (at.id === "" || takesOthers(at)) {
      return { parent: at.id, index: at.children.length, layout: this.#layoutIn(at, at.children.at(-1)) };
    }
    const parent = this.#parentOf(at) ?? template.root;
    return { parent: parent.id, index: at.index + 1, layout: this.#layoutIn(parent, at) };
  }

  /// How a container lays out what comes by keys, behind one of its components.
  #layoutIn(container: Part, behind?: Part): Json {
    switch (container.type) {
      case "ColumnPanel":
      case "Link":
        return { grid_position: `${letters()},${letters()}` };
      case "GridPanel":
        return { row: letters(), col_xs: 0, width_xs: 12 };
      case "XYPanel":
        return { x: Number(behind?.layout.x ?? 0) + 10, y: Number(behind?.layout.y ?? 0) + 40 };
      case "HtmlTemplate":
        return { slot: behind?.layout.slot ?? "default" };
      default:
        return container.id === "" && this.template.value?.layout ? { slot: behind?.layout.slot ?? "default" } : {};
    }
  }

  /// In a panel of rows, going past a component means to stand in a row of one's own there.
  #moved(part: Part, parent: Part, index: number): Json {
    if (parent.type !== "ColumnPanel" && parent.type !== "Link") return part.layout;
    const others = parent.children.filter((child) => child !== part);
    const row = (one: Part | undefined) => String(one?.layout.grid_position ?? "").split(",")[0];
    const isAlone = others.every((other) => row(other) !== row(part));
    const splits = row(others[index - 1]) && row(others[index - 1]) === row(others[index]);
    return isAlone && !splits ? part.layout : { ...part.layout, ...this.#layoutIn(parent) };
  }

  #parentOf(part: Part | undefined): Part | undefined {
    return part && part.parent !== null ? this.template.value?.part(part.parent) : undefined;
  }

  #neighbour(part: Part): string {
    const siblings = this.#parentOf(part)?.children ?? [];
    return (siblings[part.index + 1] ?? siblings[part.index - 1])?.id ?? part.parent ?? "";
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }
}

/// Whether components can be put into it here.
export function takesOthers(part: Part): boolean {
  return specOf(part.type).isContainer && !["DataGrid", "RichText", "DataRowPanel", "GoogleMap"].includes(part.type);
}

/// How a component is called when it is talked of.
export function nameOf(part: Part): string {
  return part.id === "" ? "the form" : part.name || part.type;
}

function renamed(source: Source, taken: Set<string>): Source {
  const name = freshName(source.type, taken);
  taken.add(name);
  const inside = source.components?.map((child) => renamed(child, taken));
  // The name first, as people look for it.
  const { name: _, ...rest } = source;
  return { name, ...rest, ...(inside && { components: inside }) };
}

function letters(): string {
  return String.fromCharCode(...crypto.getRandomValues(new Uint8Array(6)).map((letter) => 65 + (letter % 26)));
}
