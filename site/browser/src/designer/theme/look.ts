/// How a widget looks: its theme's colours, roles and files as they are now, what can be done to them, and the canvas told of it.
import { computed, signal } from "@preact/signals";
import type { FileContent } from "../../api/types.ts";
import type { LibraryLook, ToCanvas } from "../../gui/design/messages.ts";
import type { Edit, Texts } from "../texts/history.ts";
import { type Kind, lineNaming, names, withoutNamed, withRenamed } from "../texts/references.ts";
import { ASSETS, type Asset, assetOf, bytesOf, type Room, sizeOf, typeOf } from "./assets.ts";
import { PARAMETERS, type Role, type ThemeColor, ThemeText } from "./theme.ts";

type CanvasFile = Extract<ToCanvas, { kind: "theme" }>["files"][string];

const STYLES = `${ASSETS}theme.css`;

/// What the look needs of who holds the files.
export interface Files extends Texts {
  paths(): readonly string[];
  goTo(path: string, line: number): void;
  /// Whether the site has what was changed, or in words why not.
  saving?(): "saving" | "saved" | string;
}

/// What is gone from the theme although files name it.
export interface Gone {
  readonly kind: Kind;
  readonly name: string;
  readonly places: readonly { readonly path: string; readonly line: number }[];
}

/// Makes one step of the history.
export type Step = (label: string, edits: readonly Edit[], key?: string) => void;

export class Look {
  readonly theme = signal(new ThemeText(""));
  /// Why the theme's colours and roles can't be read.
  readonly problem = signal("");
  readonly assets = signal<readonly Asset[]>([]);
  /// What was deleted last, as long as it is missed.
  readonly gone = signal<Gone | null>(null);
  /// What the themes of libraries have.
  readonly library = signal<LibraryLook>({ colors: {}, html: {}, roles: [], css: "" });
  /// Colours by name, those of libraries too.
  readonly colors = computed<Readonly<Record<string, string>>>(() => ({
    ...this.library.value.colors,
    ...Object.fromEntries(this.theme.value.colors.map(({ name, color }) => [name, color])),
  }));
  /// Roles of the widget's own theme, then those of libraries.
  readonly roles = computed<readonly Role[]>(() => {
    const own = this.theme.value.roles;
    const named = new Set(own.map(({ name }) => name));
    return [...own, ...this.library.value.roles.filter(({ name }) => !named.has(name))];
  });
  readonly #files: Files;
  readonly #step: Step;
  readonly #listed = new Map<string, { readonly content: FileContent; readonly asset: Asset }>();
  readonly #sendable = new Map<string, { readonly content: FileContent; readonly file: CanvasFile }>();
  #version = 0;
  #sent = "";

  constructor(files: Files, step: Step) {
    this.#files = files;
    this.#step = step;
  }

  /// Take the files as they are now, whoever changed them.
  refresh(): void {
    const text = this.#files.text(PARAMETERS) ?? "";
    if (text !== this.theme.value.text || this.problem.value) {
      try {
        this.theme.value = new ThemeText(text);
        this.problem.value = "";
      } catch (error) {
        this.problem.value = error instanceof Error ? error.message : String(error);
      }
    }
    const assets = this.#paths().map((path) => this.#assetAt(path));
    const before = this.assets.value;
    if (assets.length !== before.length || assets.some((one, at) => one !== before[at])) this.assets.value = assets;
    const { gone } = this;
    if (gone.value) gone.value = this.#missed(gone.value.kind, gone.value.name);
  }

  /// null: it is there again, or nobody names it.
  #missed(kind: Kind, name: string): Gone | null {
    const there = { color: this.theme.value.colors, role: this.theme.value.roles, asset: this.assets.value }[kind];
    if (there.some((one) => one.name === name)) return null;
    const places = this.#texts()
      .filter(([path, text]) => names(kind, path, text, name))
      .map(([path, text]) => ({ path, line: lineNaming(kind, path, text, name) }));
    return places.length > 0 ? { kind, name, places } : null;
  }

  /// Let the forms' components do without what is gone.
  takeOut({ kind, name }: Gone): void {
    const edits = this.#texts().map(([path, before]) => ({
      path,
      before,
      after: withoutNamed(kind, path, before, name),
    }));
    this.#step(`Took ${name} out of the forms`, edits);
  }

  open(path: string, line: number): void {
    this.#files.goTo(path, line);
  }

  /// Tell the canvas, unless it knows; `isNew`: it knows nothing.
  tell(send: (message: ToCanvas) => void, isNew = false): void {
    const message = this.#message();
    const said = JSON.stringify(message);
    if (!isNew && said === this.#sent) return;
    this.#sent = said;
    send(message);
  }

  // --- colours

  setColor(name: string, color: string): void {
    this.#change(`Colour ${name}`, (theme) => theme.setColor(name, color), `color ${name}`);
  }

  setColors(label: string, colors: readonly ThemeColor[]): void {
    this.#change(label, (theme) => theme.setColors(colors));
  }

  renameColor(from: string, to: string): void {
    const label = `Renamed colour ${from} to ${to}`;
    this.#change(label, (theme) => theme.renameColor(from, to), undefined, this.#renamed("color", from, to));
  }

  removeColor(name: string): void {
    this.#change(`Deleted colour ${name}${this.#stillNamed("color", name)}`, (theme) => theme.removeColor(name));
    this.gone.value = this.#missed("color", name);
  }

  // --- roles

  addRole(name: string, components: readonly string[] = []): void {
    this.#change(`Added role ${name}`, (theme) => theme.addRole(name, components));
  }

  renameRole(from: string, to: string): void {
    const label = `Renamed role ${from} to ${to}`;
    this.#change(label, (theme) => theme.renameRole(from, to), undefined, this.#renamed("role", from, to));
  }

  setRoleComponents(name: string, components: readonly string[]): void {
    this.#change(`Role ${name}: components`, (theme) => theme.setRoleComponents(name, components), `role ${name}`);
  }

  removeRole(name: string): void {
    this.#change(`Deleted role ${name}${this.#stillNamed("role", name)}`, (theme) => theme.removeRole(name));
    this.gone.value = this.#missed("role", name);
  }

  /// Go to the styles of a role, which are begun when there are none.
  styleRole(name: string): void {
    const written = this.#files.text(STYLES);
    const rule = new RegExp(`\\.anvil-role-${name}(?![\\w-])`);
    let text = written ?? "";
    if (!rule.test(text)) {
      text += `${text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n"}.anvil-role-${name} {\n  \n}\n`;
      this.#step(`Styles of role ${name}`, [{ path: STYLES, before: written, after: text }]);
    }
    this.#files.goTo(STYLES, text.slice(0, text.search(rule)).split("\n").length);
  }

  // --- files

  /// Put a file into the theme, instead of one of that name.
  putAsset(name: string, content: FileContent): void {
    const path = ASSETS + name;
    const before = this.#content(path);
    this.#step(`${before === null ? "Added" : "Replaced"} ${name}`, [{ path, before, after: content }]);
  }

  renameAsset(from: string, to: string): void {
    const content = this.#content(ASSETS + from);
    if (content === null) return;
    this.#step(`Renamed ${from} to ${to}`, [
      { path: ASSETS + from, before: content, after: null },
      { path: ASSETS + to, before: null, after: content },
      ...this.#renamed("asset", from, to).filter(({ path }) => path !== ASSETS + from),
    ]);
  }

  removeAsset(name: string): void {
    const before = this.#content(ASSETS + name);
    if (before === null) return;
    const label = `Deleted ${name}${this.#stillNamed("asset", name)}`;
    this.#step(label, [{ path: ASSETS + name, before, after: null }]);
    this.gone.value = this.#missed("asset", name);
  }

  openAsset(name: string): void {
    this.#files.goTo(ASSETS + name, 1);
  }

  saving(): string {
    return this.#files.saving?.() ?? "saved";
  }

  /// What there is of files already.
  room(): Room {
    const paths = this.#files.paths();
    const used_bytes = paths.reduce((sum, path) => sum + sizeOf(this.#content(path) ?? ""), 0);
    return { used_bytes, files: paths.length };
  }

  /// The files that name something of the theme.
  uses(kind: Kind, name: string): readonly string[] {
    return this.#texts().flatMap(([path, text]) => (names(kind, path, text, name) ? [path] : []));
  }

  #stillNamed(kind: Kind, name: string): string {
    const uses = this.uses(kind, name).length;
    return uses > 0 ? `, which ${uses} ${uses === 1 ? "file still names" : "files still name"}` : "";
  }

  // --- how

  #change(label: string, edit: (theme: ThemeText) => ThemeText, key?: string, more: readonly Edit[] = []): void {
    const before = this.#files.text(PARAMETERS);
    if (this.problem.value) return;
    this.#step(label, [{ path: PARAMETERS, before, after: edit(this.theme.value).text }, ...more], key);
  }

  #renamed(kind: Kind, from: string, to: string): Edit[] {
    return this.#texts().flatMap(([path, before]) => {
      const after = withRenamed(kind, path, before, from, to);
      return after === before ? [] : [{ path, before, after }];
    });
  }

  #texts(): [string, string][] {
    return this.#files.paths().flatMap((path): [string, string][] => {
      const text = path === PARAMETERS ? null : this.#files.text(path);
      return text === null ? [] : [[path, text]];
    });
  }

  #paths(): readonly string[] {
    return this.#files.paths().filter((path) => path.startsWith(ASSETS));
  }

  #content(path: string): FileContent | null {
    return this.#files.content?.(path) ?? this.#files.text(path);
  }

  #assetAt(path: string): Asset {
    const content = this.#content(path) ?? "";
    const known = this.#listed.get(path);
    if (known?.content === content) return known.asset;
    const asset = assetOf(path, content);
    this.#listed.set(path, { content, asset });
    return asset;
  }

  #message(): ToCanvas {
    const html: Record<string, string> = {};
    const files: Record<string, CanvasFile> = {};
    for (const { path, name, picture } of this.assets.value) {
      const content = this.#content(path) ?? "";
      if (typeof content === "string" && name.endsWith(".html")) html[name] = content;
      if (picture) files[name] = this.#file(path, content);
    }
    return { kind: "theme", colors: this.colors.value, html, css: this.#files.text(STYLES) ?? "", files };
  }

  #file(path: string, content: FileContent): CanvasFile {
    const known = this.#sendable.get(path);
    if (known?.content === content) return known.file;
    this.#version += 1;
    const file = { version: this.#version, blob: new Blob([bytesOf(content)], { type: typeOf(path) }) };
    this.#sendable.set(path, { content, file });
    return file;
  }
}
