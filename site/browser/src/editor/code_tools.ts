/// What looks over somebody's shoulder while they write Python: marks of what ruff and the language server find, of the
/// line at which a run failed, formatting, definitions and names. All of it may be missing, and the editor is the same.
import {
  type CompletionContext,
  type CompletionResult,
  completionStatus,
  startCompletion,
} from "@codemirror/autocomplete";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, type ViewUpdate } from "@codemirror/view";
import { type ClientCode, isChecked } from "./client_code.ts";
import { lineChanges } from "./diff.ts";
import { marksOf, marksOfServer, type ServerFinding, withoutDoubles } from "./findings.ts";
import { type Language, MAX_CHARS } from "./language.ts";
import type { Host, LanguageClient } from "./language_client.ts";
import { calledAt } from "./server_calls.ts";

const CHECK_AFTER_MS = 350;
/// How long a command waits for tools that are not there yet.
const READY_WITHIN_MS = 12_000;
const POLL_MS = 100;

/// Templates whose forms the language server knows as they are typed; of more it knows what is saved.
const MAX_TEMPLATES = 100;

const server = new Compartment();

interface Marks {
  readonly problem: readonly Diagnostic[];
  readonly checked: readonly Diagnostic[];
  readonly typed: readonly Diagnostic[];
  /// What the site found in a GUI's client code.
  readonly client: readonly Diagnostic[];
}

const NONE: Marks = { problem: [], checked: [], typed: [], client: [] };

/// What the client needs of the view of files; the rest is ours.
interface FileHost extends Pick<Host, "modules" | "show" | "edit"> {
  /// Checks of a GUI's client code; null for widgets of other kinds.
  readonly clientCode: ClientCode | null;
  readonly goTo: (place: { readonly path: string; readonly line: number }) => void;
}

export class CodeTools {
  readonly #language: Language;
  readonly #host: FileHost;
  #view: EditorView | null = null;
  #path = "";
  #marks: Marks = NONE;
  #client: LanguageClient | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /// Files that were changed and of which the tools do not know yet.
  readonly #edited = new Set<string>();
  /// Where completion was asked for before the server was there.
  #asked: CompletionContext | null = null;

  constructor(language: Language, host: FileHost) {
    this.#language = language;
    this.#host = host;
    language.onReady = () => void this.#begin();
  }

  attach(view: EditorView): void {
    this.#view = view;
  }

  /// Part of the state of every file that is checked.
  extension(): Extension {
    return [
      // Before the language server's keys, which know no names in texts.
      Prec.high(keymap.of([{ key: "F12", run: () => this.#goToCalled() }])),
      server.of([]),
      EditorView.updateListener.of((update) => this.#updated(update)),
    ];
  }

  /// Before another file is shown: what was typed in this one goes to the server.
  leaving(): void {
    clearTimeout(this.#timer);
    this.#say();
  }

  /// This file is shown now.
  showing(path: string): void {
    this.#path = path;
    this.#marks = NONE;
    if (!path.endsWith(".py") && !isChecked(path)) return;
    this.#draw();
    this.#connect();
    this.#check();
    this.#checkClientCode();
  }

  /// Mark a line as the place of a run's problem; null clears that.
  problem(mark: Diagnostic | null): void {
    this.#marks = { ...this.#marks, problem: mark ? [mark] : [] };
    this.#draw();
  }

  async complete(context: CompletionContext): Promise<CompletionResult | null> {
    if (this.#client?.isThere) return this.#client.complete(context);
    this.#asked = context;
    return null;
  }

  /// Format the file that is shown; what to tell about it, "" when it is done.
  async format(): Promise<string> {
    const view = this.#view;
    if (!view || !this.#path.endsWith(".py")) return "Only Python is formatted.";
    const before = view.state.doc;
    if (before.length > MAX_CHARS) return "This file is too long to be formatted here.";
    if (!(await this.#ready())) return "The formatter can't be reached just now.";
    const text = await this.#language.format(before.toString());
    if (text === undefined) return "The formatter can't be reached just now.";
    if (text === null) return "It can't be formatted: it is not valid Python yet.";
    if (!view.state.doc.eq(before)) return "It was changed in the meantime, so it was not formatted.";
    view.dispatch({ changes: lineChanges(before.toString(), text), userEvent: "format" });
    return "";
  }

  async goToDefinition(): Promise<string> {
    if (this.#goToCalled()) return "";
    return this.#withServer((client, view) => client.goToDefinition(view));
  }

  /// Go to the server function whose name the cursor is in; false when it is in none.
  #goToCalled(): boolean {
    const called = this.#view && calledAt(this.#view.state.doc, this.#view.state.selection.main.head);
    const found = this.#host.clientCode?.functions.find(({ name }) => name === called);
    if (found) this.#host.goTo(found);
    return found !== undefined;
  }

  async rename(): Promise<string> {
    return this.#withServer((client, view) => client.rename(view));
  }

  async #withServer(act: (client: LanguageClient, view: EditorView) => boolean): Promise<string> {
    const view = this.#view;
    if (!view || !this.#path.endsWith(".py")) return "That works in Python files.";
    if (!(await this.#ready()) || !this.#client) return "The language server can't be reached just now.";
    view.focus();
    act(this.#client, view);
    return "";
  }

  async #ready(): Promise<boolean> {
    this.#language.wake();
    for (let waited = 0; waited < READY_WITHIN_MS && !this.#language.isReady; waited += POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return this.#language.isReady;
  }

  #updated(update: ViewUpdate): void {
    if (!update.docChanged) return;
    const follow = (marks: readonly Diagnostic[]) =>
      marks.map((mark) => ({ ...mark, from: update.changes.mapPos(mark.from), to: update.changes.mapPos(mark.to) }));
    const { problem, checked, typed, client } = this.#marks;
    this.#marks = {
      problem: follow(problem),
      checked: follow(checked),
      typed: follow(typed),
      client: follow(client),
    };
    if (this.#path.endsWith(".py")) this.#language.wake();
    this.edited(this.#path);
  }

  /// A file says something else now, shown or not: the tools are told in a moment.
  edited(path: string): void {
    this.#edited.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#say();
      this.#check();
      this.#checkClientCode();
    }, CHECK_AFTER_MS);
  }

  #say(): void {
    this.#client?.sync();
    for (const [path, text] of this.#host.clientCode?.templates ?? [])
      if (this.#edited.has(path)) this.#language.template(path, text);
    this.#edited.clear();
  }

  async #begin(): Promise<void> {
    for (const [path, text] of (this.#host.clientCode?.templates ?? []).slice(0, MAX_TEMPLATES)) {
      this.#language.template(path, text);
    }
    this.#check();
    if (this.#client) return;
    const { LanguageClient } = await import("./language_client.ts");
    this.#client = new LanguageClient(this.#language, {
      ...this.#host,
      found: (path, findings) => this.#found(path, findings),
      changed: () => {
        this.#connect();
        if (this.#asked && this.#client?.isThere) this.#offer(this.#asked);
      },
      late: (context) => this.#offer(context),
    });
  }

  /// Give the shown state what the client of the server adds to it, or take that away.
  #connect(): void {
    if (!this.#view || !this.#path.endsWith(".py")) return;
    this.#view.dispatch({ effects: server.reconfigure(this.#client?.extension(this.#path) ?? []) });
  }

  /// Complete what was typed before there was an answer, unless its author has gone on since.
  #offer(asked: CompletionContext): void {
    this.#asked = null;
    const view = this.#view;
    if (!view?.hasFocus || completionStatus(view.state) === "active") return;
    const { doc, selection } = view.state;
    if (selection.main.empty && selection.main.head === asked.pos && doc.eq(asked.state.doc)) startCompletion(view);
  }

  #check(): void {
    const view = this.#view;
    if (!view || !this.#path.endsWith(".py")) return;
    const { doc } = view.state;
    const path = this.#path;
    void this.#language.check(doc.toString()).then((findings) => {
      if (!findings || path !== this.#path || !view.state.doc.eq(doc)) return;
      // The check is that of server code, whose Python is older than a browser's.
      const meant = isChecked(path) ? findings.filter(({ message }) => !message.includes("Python 3.10")) : findings;
      this.#marks = { ...this.#marks, checked: marksOf(doc, meant) };
      this.#draw();
    });
  }

  #checkClientCode(): void {
    const view = this.#view;
    const path = this.#path;
    if (!view || !this.#host.clientCode || !isChecked(path)) return;
    const { doc } = view.state;
    void this.#host.clientCode.check(path, doc).then((client) => {
      if (!client || path !== this.#path || !view.state.doc.eq(doc)) return;
      this.#marks = { ...this.#marks, client };
      this.#draw();
    });
  }

  #found(path: string, findings: readonly ServerFinding[]): void {
    if (path !== this.#path || !this.#view) return;
    this.#marks = { ...this.#marks, typed: marksOfServer(this.#view.state.doc, findings) };
    this.#draw();
  }

  #draw(): void {
    if (!this.#view) return;
    const { problem, checked, typed, client } = this.#marks;
    const all = [...problem, ...client, ...withoutDoubles([...client, ...checked], typed).slice(client.length)];
    this.#view.dispatch(setDiagnostics(this.#view.state, all));
  }
}
