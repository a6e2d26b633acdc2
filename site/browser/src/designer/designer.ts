import { batch, computed, type Signal, signal } from "@preact/signals";
import type { Binding } from "../gui/app.ts";
import type { FromCanvas, Json, Rect, ToCanvas, Track, Zone } from "../gui/design/messages.ts";
import type { Changes, Files } from "./forms/form_files.ts";
import { className, type FormPlace, formsOf } from "./forms/form_place.ts";
import { drawnIn, leave } from "./forms/rows_in_place.ts";
import { contains, formsWithin, showOwn, templateOf, WidgetForms } from "./forms/widget_forms.ts";
import { columnsFor, freeColumn } from "./grid_columns.ts";
import type { Column } from "./inspector/columns.tsx";
import { besides, insertions, listed, moves, neighbour, removals, renamed, topmost } from "./many.ts";
import { type Along, type Offer, offerTo } from "./offers/offers.ts";
import { behind, beside, type Target } from "./places.ts";
import { Selection } from "./selection.ts";
import { beginningOf, freshName } from "./specs.ts";
import { SentForms } from "./stage/sent_forms.ts";
import { ZoneQuestions } from "./stage/zone_questions.ts";
import { Zoom } from "./stage/zoom.ts";
import { withHandler, withRenamed } from "./texts/form_code.ts";
import { type Edit, History } from "./texts/history.ts";
import { type LeftBehind, leftBehind } from "./texts/left_behind.ts";
import { nameFault } from "./texts/python_names.ts";
import { applied, nameProblem, renaming, slotsGone, slotsKept } from "./texts/renaming.ts";
import { type Operation, type Part, type Source, Template } from "./texts/template.ts";
import { YamlProblem } from "./texts/yaml_text.ts";
import { Look, type Files as ThemeFiles } from "./theme/look.ts";

/// What the designer needs of the editor that it is in.
export interface Editor extends ThemeFiles {
  /// Change files, also such as come or go (null), as one step that the page offers to take back; `open` is shown then.
  changeFiles(done: string, changes: Changes, open?: string): void;
}

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
  /// Why the canvas can't draw it as it is now.
  readonly fault = signal("");
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
  readonly width: Signal<number>;
  readonly zoom: Zoom;
  /// Pixels that the page which is drawn is wide.
  readonly page_px = computed(() => this.width.value || this.zoom.room.value);
  /// Whether the form answers clicks and keys itself.
  readonly isTried = signal(false);
  /// The designer that this one is within, and the list there whose rows are drawn.
  readonly above: { readonly designer: Designer; readonly list: string } | null;
  /// The template of a list that is drawn instead, in the list.
  readonly inner = signal<Designer | null>(null);
  /// The component whose text is edited in its place; "" for none.
  readonly typing = signal("");
  /// What the widget has that can be put onto the form with the code that uses it, by type.
  readonly offers = signal<ReadonlyMap<string, Offer>>(new Map());
  /// What the code has of what was deleted last.
  readonly left = signal<LeftBehind | null>(null);
  /// What was done last, for who listens.
  readonly said = signal("");
  /// Every form of the widget, by name.
  readonly templates = signal<ReadonlyMap<string, Template>>(new Map());
  readonly part = computed<Part | undefined>(() => this.template.value?.part(this.selected.value));
  readonly #editor: Editor;
  readonly #history: History;
  readonly #forms: WidgetForms;
  #send: ((message: ToCanvas) => void) | null = null;
  #package = "";
  readonly #sent: SentForms;
  readonly #questions = new ZoneQuestions();

  /// `above` is where the form is drawn as the template of a list: one history holds what is done in both.
  constructor(form: FormPlace, editor: Editor, above: Designer["above"] = null) {
    this.form = form;
    this.#editor = editor;
    this.above = above;
    const outer = above?.designer;
    this.width = outer?.width ?? signal(0);
    this.zoom = outer?.zoom ?? new Zoom();
    this.#history = outer ? outer.#history : new History(editor);
    this.#forms = outer ? outer.#forms : new WidgetForms(editor);
    this.#sent = outer ? outer.#sent : new SentForms();
    this.#package = outer ? outer.#package : "";
    this.look = outer?.look ?? new Look(editor, (label, edits, key) => this.edit(label, edits, key));
    this.refresh();
  }

  /// Take the text as it is now, whoever changed it.
  refresh(): void {
    this.above?.designer.refresh();
    if (this.above && this.above.designer.rowsOf(this.above.list) !== this.form.name) leave(this);
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
        if (this.problem.value) this.said.value = "";
        this.problem.value = "";
        if (!template.part(this.selected.value)) this.selected.value = "";
      });
    } catch (error) {
      const line = error instanceof YamlProblem ? `line ${error.line}: ` : "";
      this.problem.value = line + (error instanceof Error ? error.message : String(error));
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
    if (send) this.#draw();
  }

  hear(message: FromCanvas): void {
    switch (message.kind) {
      case "ready":
        this.#package = message.package;
        this.look.library.value = message.library;
        if (this.#send) this.look.tell(this.#send, true);
        this.#sent.forget();
        this.#draw();
        // Asked before the canvas was there to hear it.
        for (const question of this.#questions.open) this.#send?.(question);
        return;
      case "layout":
        batch(() => {
          this.boxes.value = message.boxes;
          this.tracks.value = message.tracks;
          this.height.value = message.height;
        });
        return;
      case "zones":
        this.#questions.answer(message.id, message.zones);
        return;
      case "tried":
        this.tryOut(false);
        return;
      case "failed":
        this.fault.value = message.text;
    }
  }

  #draw(): void {
    const template = this.template.value;
    const templates = this.#forms.all(template ? { name: this.form.name, template } : undefined);
    showOwn(templates);
    this.templates.value = templates;
    if (!this.#send || !this.#package) return;
    const { outer, inside } = drawnIn(this);
    const message = this.#sent.next(outer.name, this.#forms.drawn(this.#package, templates), inside);
    if (message) this.fault.value = "";
    if (message) this.#send(message);
  }

  // --- the template of a list, drawn in its first row

  /// The form that a list shows for each of its items.
  rowsOf(id: string): string | null {
    const part = this.template.value?.part(id);
    return part ? templateOf(part, new Set(this.templates.value.keys())) : null;
  }

  /// Draw in the first row of a list; false for what is none, or has no template yet.
  enter(id: string): boolean {
    const name = this.rowsOf(id);
    const place = this.places.find((form) => form.name === name);
    if (!place) return false;
    this.inner.value = new Designer(place, this.#editor, { designer: this, list: id });
    this.inner.value.said.value = `In the rows of ${id}: ${place.name}. Escape leads back.`;
    return true;
  }

  /// Where something new may go, or the components that move.
  zones(moving: readonly string[]): Promise<readonly Zone[]> {
    return this.#questions.ask(moving, (question) => this.#send?.(question));
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
      const edited = applied(before, all);
      const after = applied(edited, slotsKept(before, edited, all));
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

  get files(): Files {
    return this.#editor;
  }

  changeFiles(done: string, changes: Changes, open?: string): void {
    this.#editor.changeFiles(done, changes, open);
    this.said.value = done;
    this.refresh();
  }

  get places(): readonly FormPlace[] {
    return formsOf(this.#editor.paths());
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
    this.add([made], target ?? this.#inCell(this.behind));
  }

  /// The columns of the grid that a row has cells for.
  columnsFor(row: Part): readonly Column[] {
    const template = this.template.value;
    return template ? columnsFor(row, { name: this.form.name, template, templates: this.templates.value }) : [];
  }

  /// In a row of a grid, the first free column.
  #inCell(target: Target): Target {
    const row = this.template.value?.part(target.parent);
    const column = row?.type === "DataRowPanel" ? freeColumn(row, this.columnsFor(row)) : undefined;
    return column === undefined ? target : { ...target, layout: { ...target.layout, column } };
  }

  /// Put components somewhere, with what comes with them.
  add(sources: readonly Source[], target: Target, label = "", along: Along = {}): boolean {
    const template = this.template.value;
    const names = sources.map(({ name = "" }) => name);
    if (!template || names.length === 0) return false;
    const guest = sources.flatMap(formsWithin).find((form) => contains(form, this.form.name, this.templates.value));
    if (guest !== undefined) {
      this.said.value = `${guest} can't be put here: ${this.form.name} would be in itself.`;
      return false;
    }
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
    const template = this.template.value;
    const parts = template ? topmost(template, ids) : [];
    const last = parts.at(-1);
    if (!template || !last) return;
    const next = neighbour(template, last, new Set(parts));
    const gone = [...removals(parts), ...slotsGone(template, parts)];
    if (!this.change(`Deleted ${listed(parts.map(nameOf))}`, gone)) return;
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
    const problem = nameProblem(template, name);
    if (problem) return problem;
    const { renames, operations } = renaming(template, part, name);
    const code = part.name ? (text: string) => withRenamed(text, renames) : undefined;
    if (this.change(`Renamed ${nameOf(part)} to ${name}`, operations, undefined, code)) this.selected.value = name;
    return "";
  }

  /// Go to the handler of an event, which is made when there is none.
  handle(id: string, event: string): void {
    const part = this.template.value?.part(id);
    if (!part) return;
    const bound = part.events[event];
    const stem = id === "" ? "form" : part.name || freshName(part.type, new Set());
    const handler = bound ?? `${stem}_${event}`;
    const form = className(this.form.name);
    const says = `${id === "" ? "The form" : part.name}: ${event}.`;
    const operations: Operation[] = bound ? [] : [{ op: "event", id, event, handler }];
    const { text, line } = withHandler(this.code, form, handler, says);
    if (this.change(`Handler ${handler}`, operations, undefined, () => text)) this.#editor.goTo(this.form.code, line);
  }

  /// Call another method on an event; "" for none.
  bind(id: string, event: string, handler: string): void {
    const part = this.template.value?.part(id);
    const fault = handler && nameFault(handler);
    if (part && fault) this.said.value = fault;
    else if (part)
      this.change(`${nameOf(part)}: ${event}`, [{ op: "event", id, event, handler: handler || undefined }]);
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

  /// Where something new goes that comes by a key.
  get behind(): Target {
    const template = this.template.value as Template;
    return behind(template, this.part.value ?? template.root);
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
