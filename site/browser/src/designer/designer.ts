import { batch, computed, signal } from "@preact/signals";
import type { Binding, Form } from "../gui/app.ts";
import type { FromCanvas, Json, Rect, ToCanvas, Track, Zone } from "../gui/design/messages.ts";
import { withHandler, withRenamed } from "./form_code.ts";
import { className, type FormPlace, formsOf } from "./form_place.ts";
import { type Edit, History } from "./history.ts";
import { type LeftBehind, leftBehind } from "./left_behind.ts";
import { type Files, Look } from "./look.ts";
import { besides, insertions, listed, moves, neighbour, removals, renamed, topmost } from "./many.ts";
import { type Along, type Offer, offerTo } from "./offers.ts";
import { behind, beside, nudged, parentOf, type Target, takesOthers, within } from "./places.ts";
import { Selection } from "./selection.ts";
import { SentForms } from "./sent_forms.ts";
import { beginningOf } from "./specs.ts";
import { type Operation, type Part, type Source, Template } from "./template.ts";
import { operationsOf, widened } from "./widths.ts";
import { Zoom } from "./zoom.ts";

/// What the designer needs of the editor that it is in.
export type Editor = Files;

/// Edits, or what makes them where that may be refused.
type Operations = readonly Operation[] | (() => readonly Operation[]);

/// What was copied, in whichever form.
let copied: readonly Source[] = [];

/// The state of the designer of one form, and what can be done with it. Components only draw it.
export class Designer {
  readonly form: FormPlace;
  readonly template = signal<Template | null>(null);
  /// Why the template can't be shown.
  readonly problem = signal("");
  readonly selection = new Selection();
  /// The one that fields and keys mean.
  readonly selected = this.selection.main;
  /// Where components are on the canvas, in its pixels.
  readonly boxes = signal<Readonly<Record<string, Rect>>>({});
  readonly tracks = signal<readonly Track[]>([]);
  readonly height = signal(400);
  /// The widget's theme.
  readonly look: Look;
  /// Pixels that the canvas is wide; 0 for as wide as there is room.
  readonly width = signal(0);
  readonly zoom = new Zoom();
  /// Pixels that the page which is drawn is wide.
  readonly page_px = computed(() => this.width.value || this.zoom.room.value);
  /// Whether the form answers clicks and keys itself.
  readonly isTried = signal(false);
  /// The component whose text is edited in its place; "" for none.
  readonly typing = signal("");
  /// What the widget has that can be put onto the form with the code that uses it, by type.
  readonly offers = signal<ReadonlyMap<string, Offer>>(new Map());
  /// What the code still has of what was deleted last.
  readonly left = signal<LeftBehind | null>(null);
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
    { readonly moving: readonly string[]; readonly tell: (zones: readonly Zone[]) => void }
  >();
  readonly #read = new Map<string, { readonly text: string; readonly form: Form }>();
  readonly #sent = new SentForms();

  constructor(form: FormPlace, editor: Editor) {
    this.form = form;
    this.#editor = editor;
    this.#history = new History(editor);
    this.look = new Look(editor, (label, edits, key) => this.edit(label, edits, key));
    this.refresh();
  }

  /// Take the text as it is now, whoever changed it.
  refresh(): void {
    const text = this.#editor.text(this.form.template) ?? "";
    if (text !== this.template.value?.text || this.problem.value) this.#take(text);
    this.look.refresh();
    if (this.#send && this.#package) this.look.tell(this.#send);
    this.#draw();
  }

  #take(text: string): void {
    try {
      const template = this.template.value?.as(text) ?? new Template(text);
      batch(() => {
        this.template.value = template;
        this.problem.value = "";
        if (!template.part(this.selected.value)) this.selected.value = "";
      });
    } catch (error) {
      this.problem.value = error instanceof Error ? error.message : String(error);
    }
  }

  /// Select everything beside what is selected.
  selectAll(): void {
    const template = this.template.value;
    const siblings = template?.part(this.part.value?.parent ?? "")?.children ?? [];
    this.selection.take(siblings.map(({ id }) => id));
    this.said.value = this.selection.said;
  }

  /// The widget's forms.
  get forms(): readonly string[] {
    return formsOf(this.#editor.paths()).map(({ name }) => name);
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
        this.look.library.value = message.library;
        if (this.#send) this.look.tell(this.#send, true);
        this.#read.clear();
        this.#sent.forget();
        this.#draw();
        // Asked before the canvas was there to hear it.
        for (const [id, { moving }] of this.#waiting) this.#send?.({ kind: "zones", id, moving });
        return;
      case "layout":
        batch(() => {
          this.boxes.value = message.boxes;
          this.tracks.value = message.tracks;
          this.height.value = message.height;
        });
        return;
      case "zones":
        this.#waiting.get(message.id)?.tell(message.zones);
        this.#waiting.delete(message.id);
        return;
      case "tried":
        this.tryOut(false);
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
    const message = this.#sent.next(this.form.name, forms);
    if (message) this.#send(message);
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

  /// Where something new may go, or the components that move.
  zones(moving: readonly string[]): Promise<readonly Zone[]> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((tell) => {
      this.#waiting.set(id, { moving, tell });
      this.#send?.({ kind: "zones", id, moving });
    });
  }

  /// Draw something otherwise until the form is drawn again.
  preview(id: string, change: { readonly properties?: Json; readonly layout?: Json }): void {
    this.#send?.({ kind: "preview", id, ...change });
  }

  /// Draw the form as it is: what was a preview is forgotten.
  redraw(): void {
    this.#sent.again();
    this.#draw();
  }

  tryOut(isOn: boolean): void {
    if (this.isTried.value === isOn) return;
    this.isTried.value = isOn;
    this.#send?.({ kind: "try", isOn });
    this.said.value = isOn ? "You try the form. Escape goes back to the design." : "The design";
  }

  // --- edits

  /// Apply operations as one step; `code` edits the form's Python in the same step, `others` are of other files.
  change(
    label: string,
    operations: Operations,
    key?: string,
    code?: (text: string) => string,
    others: readonly Edit[] = [],
  ): boolean {
    const before = this.template.value;
    if (!before || this.problem.value) {
      this.said.value = "Mend the template first: it can't be read.";
      return false;
    }
    try {
      const all = typeof operations === "function" ? operations() : operations;
      const after = all.reduce((template, operation) => template.apply(operation), before);
      const edits: Edit[] = [{ path: this.form.template, before: before.text, after: after.text }, ...others];
      const python = code ? this.#editor.text(this.form.code) : null;
      if (code && python !== null) edits.push({ path: this.form.code, before: python, after: code(python) });
      this.template.value = after;
      this.left.value = null;
      this.#history.make(label, edits, key);
      this.said.value = label;
      this.#draw();
      return true;
    } catch (error) {
      this.said.value = error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  /// Change files beside the form's own as one step: those of the theme.
  edit(label: string, edits: readonly Edit[], key?: string): void {
    this.#history.make(label, edits, key);
    this.said.value = label;
    this.refresh();
  }

  /// Change one more file as part of the last step.
  amend(edit: Edit, said: string): void {
    this.#history.amend(edit);
    this.left.value = null;
    this.said.value = said;
  }

  undo(): void {
    this.left.value = null;
    this.said.value = this.#history.undo();
    this.refresh();
  }

  redo(): void {
    this.left.value = null;
    this.said.value = this.#history.redo();
    this.refresh();
  }

  /// Put a new component somewhere; without a place, behind what is selected or into it.
  insert(type: string, target?: Target): void {
    const offer = this.offers.value.get(type);
    if (offer) {
      offerTo(this, offer, target);
      return;
    }
    const made = renamed(beginningOf(type), new Set(this.template.value?.names));
    this.add([made], target ?? this.behind);
  }

  /// Put components somewhere, with what comes with them.
  add(sources: readonly Source[], target: Target, label = "", along: Along = {}): boolean {
    const template = this.template.value;
    const names = sources.map(({ name = "" }) => name);
    if (!template || names.length === 0) return false;
    const placed = [...besides(template, target), ...insertions(template, sources, target)];
    const operations = [...(along.operations ?? []), ...placed];
    const isDone = this.change(label || `Added ${listed(names)}`, operations, undefined, along.code, along.edits);
    if (isDone) this.selection.take(names);
    return isDone;
  }

  /// Move components, with the one of them that was `taken` at the target's place.
  move(ids: readonly string[], target: Target, taken = ids[0] ?? ""): void {
    const template = this.template.value;
    const parts = template ? topmost(template, ids) : [];
    if (!template || parts.length === 0) return;
    const made = () => [...besides(template, target), ...moves(template, parts, target, taken)];
    const names = parts.map(({ name }) => name);
    if (this.change(`Moved ${listed(parts.map(nameOf))}`, made) && names.every(Boolean)) this.selection.take(names);
  }

  remove(ids: readonly string[]): void {
    const parts = this.template.value ? topmost(this.template.value, ids) : [];
    const last = parts.at(-1);
    if (!last) return;
    const next = neighbour(this.template.value as Template, last, new Set(parts));
    if (!this.change(`Deleted ${listed(parts.map(nameOf))}`, removals(parts))) return;
    this.selected.value = next;
    const after = this.template.value;
    this.left.value = after && leftBehind(parts, after, this.code, this.form);
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
    const { text, line } = withHandler(this.code, form, handler, says);
    if (this.change(`Handler ${handler}`, operations, undefined, () => text)) this.#editor.goTo(this.form.code, line);
  }

  /// Call another method on an event; "" for none.
  bind(id: string, event: string, handler: string): void {
    const part = this.template.value?.part(id);
    if (part) this.change(`${nameOf(part)}: ${event}`, [{ op: "event", id, event, handler: handler || undefined }]);
  }

  /// Set a property of several components.
  setAll(ids: readonly string[], property: string, value: unknown): void {
    const operations = ids.map((id): Operation => ({ op: "set", id, property, value }));
    this.change(`${ids.length} components: ${property}`, operations, `${ids.join(" ")}.${property}`);
  }

  /// Change how a component is laid out; undefined takes a value away.
  lay(id: string, values: Json): void {
    const part = this.template.value?.part(id);
    if (!part) return;
    const layout = Object.fromEntries(
      Object.entries({ ...part.layout, ...values }).filter(([, one]) => one !== undefined),
    );
    this.change(
      `${nameOf(part)}: ${Object.keys(values)}`,
      [{ op: "layout", id, layout }],
      `${id} ${Object.keys(values)}`,
    );
  }

  /// Make what is selected wider (1) or narrower (-1), as far as there are marks.
  widen(by: 1 | -1): void {
    const template = this.template.value;
    const part = this.part.value;
    if (!template || !part) return;
    const at = this.boxes.value[part.id];
    const change = widened(template, { part, at, tracks: this.tracks.value, page_px: this.page_px.value }, by);
    if (change) this.change(`Width of ${nameOf(part)}`, operationsOf(change), `width ${part.id}`);
    else this.said.value = `${nameOf(part)} has no width to change here.`;
  }

  setBindings(id: string, bindings: readonly Binding[]): void {
    const part = this.template.value?.part(id);
    if (part) this.change(`${nameOf(part)}: data bindings`, [{ op: "bind", id, bindings }], `${id} bindings`);
  }

  copy(ids: readonly string[]): void {
    const template = this.template.value;
    const parts = template ? topmost(template, ids) : [];
    if (!template || parts.length === 0) return;
    copied = parts.map(({ id }) => template.source(id));
    this.said.value = `Copied ${listed(parts.map(nameOf))}`;
  }

  /// Put copies behind what is selected, or into it; they get names that are free.
  paste(sources: readonly Source[] = copied, target: Target = this.behind): void {
    const taken = new Set(this.template.value?.names);
    this.add(
      sources.map((source) => renamed(source, taken)),
      target,
    );
  }

  /// Put copies right behind them.
  duplicate(ids: readonly string[]): void {
    const template = this.template.value;
    const parts = template ? topmost(template, ids) : [];
    const last = parts.at(-1);
    if (!template || !last) return;
    this.paste(
      parts.map(({ id }) => template.source(id)),
      beside(template, last),
    );
  }

  // --- keys

  /// Move what is selected among its siblings, by one.
  nudge(by: -1 | 1): void {
    const template = this.template.value;
    const target = template && nudged(template, this.#together(), by);
    if (target) this.move(this.#chosen, target);
  }

  /// Move it out of its panel, behind that.
  outdent(): void {
    const template = this.template.value;
    const panel = template && parentOf(template, this.#together()[0]);
    if (panel && panel.id !== "") this.move(this.#chosen, beside(template, panel));
  }

  /// Move it into the panel before it, at its end.
  indent(): void {
    const template = this.template.value;
    const [part] = this.#together();
    const before = template && parentOf(template, part)?.children[(part?.index ?? 0) - 1];
    if (before && takesOthers(before)) this.move(this.#chosen, within(template, before));
  }

  /// Where something new goes that comes by a key.
  get behind(): Target {
    const template = this.template.value as Template;
    return behind(template, this.part.value ?? template.root);
  }

  get #chosen(): readonly string[] {
    return this.selection.all.value;
  }

  /// What is selected in the panel of the first of them.
  #together(): readonly Part[] {
    const template = this.template.value;
    const parts = template ? topmost(template, this.#chosen) : [];
    return parts.filter((part) => part.parent === parts[0]?.parent);
  }

  /// The form's Python as it is now.
  get code(): string {
    return this.textOf(this.form.code) ?? "";
  }

  /// The widget's files.
  get paths(): readonly string[] {
    return this.#editor.paths();
  }

  textOf(path: string): string | null {
    return this.#editor.text(path);
  }

  showCode(line: number): void {
    this.#editor.goTo(this.form.code, line);
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }
}

/// How a component is called when it is talked of.
export function nameOf(part: Part): string {
  return part.id === "" ? "the form" : part.name || part.type;
}
