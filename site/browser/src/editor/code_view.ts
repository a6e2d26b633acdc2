import {
  autocompletion,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import {
  Compartment,
  EditorState,
  type Extension,
  type StateEffect,
  type Text,
  Transaction,
  type TransactionSpec,
} from "@codemirror/state";
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import type { Files } from "../api/types.ts";
import type { Table } from "../tables/shapes.ts";
import { type ClientCode, isChecked } from "./client_code.ts";
import { colours, theme } from "./code_theme.ts";
import { CodeTools } from "./code_tools.ts";
import { completionOf } from "./completion.ts";
import { lineChanges } from "./diff.ts";
import type { Language } from "./language.ts";
import { type Preferences, preferences } from "./preferences.ts";
import { callCompletion } from "./server_calls.ts";
import type { Place } from "./traceback.ts";
import { modulesOf } from "./workspace.ts";

/// Typing over a selection of several lines: left to itself, Chromium keeps the look of what it replaces by writing
/// style attributes, which our content security policy refuses.
const typeOverLines = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const text = event.data;
    const { from, to } = view.state.selection.main;
    const isOneLine = view.state.doc.lineAt(from).to >= to;
    if (event.inputType !== "insertText" || text === null || isOneLine || view.composing) return false;
    const insert = () =>
      view.state.update({ ...view.state.replaceSelection(text), userEvent: "input.type", scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert());
    return true;
  },
});

const common: Extension = [
  typeOverLines,
  lineNumbers(),
  lintGutter(),
  foldGutter(),
  highlightSpecialChars(),
  history(),
  drawSelection(),
  dropCursor(),
  EditorState.allowMultipleSelections.of(true),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  rectangularSelection(),
  crosshairCursor(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  indentUnit.of("    "),
  theme,
  colours,
  keymap.of([
    ...closeBracketsKeymap,
    // Mod-Enter runs the widget; CodeMirror would insert a line.
    ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    ...lintKeymap,
    indentWithTab,
  ]),
];

/// What preferences change, in every file's state.
const size = new Compartment();
const wrapping = new Compartment();
const keys = new Compartment();
/// Finding and replacing, once that is loaded.
const finding = new Compartment();
let searching: Extension = [];

/// Vim's keys once they were asked for; their code is loaded then.
let vimKeys: Extension | null = null;

const sizes = new Map<number, Extension>();

function sizeOf({ font_px }: Preferences): Extension {
  const made = sizes.get(font_px) ?? EditorView.theme({ "&": { fontSize: `${font_px}px` } });
  sizes.set(font_px, made);
  return made;
}

function wrappingOf(liked: Preferences, path: string): Extension {
  return liked.wraps || !path.endsWith(".py") ? EditorView.lineWrapping : [];
}

function keysOf(liked: Preferences): Extension {
  return liked.keys === "vim" ? (vimKeys ?? []) : [];
}

export interface CodeViewOptions {
  readonly parent: HTMLElement;
  readonly nonce: string;
  readonly onChange: (path: string) => void;
  readonly language: Language;
  /// Show a file of the widget in this view.
  readonly show: (path: string) => void;
  /// The widget's Data Tables, for completion.
  readonly tables: () => Promise<readonly Table[]>;
  /// Checks of a GUI's client code; null for widgets of other kinds.
  readonly clientCode: ClientCode | null;
  readonly goTo: (place: Place) => void;
}

/// One CodeMirror that shows one file of several; each keeps its own cursor and undo history.
export class CodeView {
  readonly #view: EditorView;
  readonly #options: CodeViewOptions;
  readonly #anvil = this.#loadAnvil();
  readonly #search = this.#loadSearch();
  readonly tools: CodeTools;
  readonly #states = new Map<string, EditorState>();
  #path = "";

  constructor(options: CodeViewOptions) {
    this.#options = options;
    this.#view = new EditorView({
      parent: options.parent,
      state: EditorState.create({ extensions: EditorView.cspNonce.of(options.nonce) }),
    });
    this.tools = new CodeTools(options.language, {
      clientCode: options.clientCode,
      goTo: options.goTo,
      modules: () => this.#modules(),
      show: (path) => {
        options.show(path);
        return path === this.#path ? this.#view : null;
      },
      edit: (path, change) => this.#edit(path, change),
    });
    this.tools.attach(this.#view);
    preferences.subscribe((liked) => void this.#follow(liked));
  }

  /// Show these files instead; cursors and undo histories stay, and what others changed is not undone with one's own.
  load(files: Files): void {
    this.#keep();
    for (const path of [...this.#states.keys()]) {
      if (typeof files[path] !== "string") this.#states.delete(path);
    }
    for (const [path, text] of Object.entries(files)) {
      if (typeof text !== "string") continue;
      const held = this.#states.get(path);
      const before = held?.doc.toString();
      if (!held || before === undefined) this.#states.set(path, this.#state(path, text));
      else if (before !== text) {
        const annotations = Transaction.addToHistory.of(false);
        this.#states.set(path, held.update({ changes: lineChanges(before, text), annotations }).state);
        this.tools.edited(path);
      }
    }
    const shown = this.#states.get(this.#path);
    if (shown) this.#set(shown);
  }

  add(path: string, text: string): void {
    this.#states.set(path, this.#state(path, text));
    this.tools.edited(path);
  }

  remove(path: string): void {
    this.#states.delete(path);
  }

  text(path: string): string | null {
    this.#keep();
    return this.#states.get(path)?.doc.toString() ?? null;
  }

  show(path: string): void {
    this.tools.leaving();
    this.#keep();
    this.#path = path;
    const state = this.#states.get(path);
    if (state) this.#set(state);
  }

  async find(): Promise<void> {
    const { openSearchPanel } = await this.#search;
    openSearchPanel(this.#view);
  }

  focus(): void {
    this.#view.focus();
  }

  goTo(line_number: number): void {
    const doc = this.#view.state.doc;
    const line = doc.line(Math.min(Math.max(1, line_number), doc.lines));
    this.#view.dispatch({
      selection: { anchor: line.from },
      effects: EditorView.scrollIntoView(line.from, { y: "center" }),
    });
    this.#view.focus();
  }

  /// Mark a line of the shown file as the place of a problem; null clears the marks.
  mark(problem: { readonly line: number; readonly message: string } | null): void {
    const doc = this.#view.state.doc;
    const isThere = problem && problem.line <= doc.lines;
    this.tools.problem(
      isThere ? { ...span(doc.line(problem.line)), severity: "error", message: problem.message } : null,
    );
  }

  /// Not part of what the page waits for: it is there before anybody has typed.
  async #loadAnvil(): Promise<CompletionSource> {
    const [{ anvilCompletion }, { firstOf, KnownTables, tableCompletion }] = await Promise.all([
      import("./anvil_completion.ts"),
      import("./table_completion.ts"),
    ]);
    const tables = new KnownTables(this.#options.tables);
    const anvil = anvilCompletion(() => modulesOf([...this.#states.keys()]));
    return firstOf(
      callCompletion(() => this.#options.clientCode?.functions ?? []),
      tableCompletion(() => tables.read()),
      anvil,
    );
  }

  async #loadSearch(): Promise<typeof import("./code_search.ts")> {
    const loaded = await import("./code_search.ts");
    searching = loaded.searching;
    this.#view.dispatch({ effects: looks(preferences.value, this.#path) });
    return loaded;
  }

  async #follow(liked: Preferences): Promise<void> {
    if (liked.keys === "vim" && !vimKeys) {
      const { vimExtension } = await import("./vim.ts");
      vimKeys = vimExtension();
    }
    this.#view.dispatch({ effects: looks(preferences.value, this.#path) });
  }

  /// Show a state, as it is liked now: it may have been made before that.
  #set(state: EditorState): void {
    this.#view.setState(state);
    this.#view.dispatch({ effects: looks(preferences.value, this.#path) });
    this.tools.showing(this.#path);
  }

  #python(): Extension {
    const source = completionOf((at) => this.tools.complete(at), this.#anvil);
    return [python(), autocompletion({ activateOnTypingDelay: 60, override: [source] }), this.tools.extension()];
  }

  #otherText(path: string): Extension {
    if (!isChecked(path)) return autocompletion();
    const types = () => this.#options.clientCode?.types ?? {};
    const source: CompletionSource = async (context) => {
      const { templateCompletion } = await import("./template_completion.ts");
      return templateCompletion(types)(context);
    };
    return [autocompletion({ activateOnTypingDelay: 60, override: [source] }), this.tools.extension()];
  }

  /// Give a file another text, as one step of its history; whether there is such a file.
  change(path: string, text: string): boolean {
    const before = this.text(path);
    if (before === null) return false;
    const change = { changes: lineChanges(before, text), userEvent: "fix" };
    if (path === this.#path) this.#view.dispatch(change);
    else this.#edit(path, change);
    return true;
  }

  /// Change a file that is not shown.
  #edit(path: string, change: TransactionSpec): Text | null {
    const state = this.#states.get(path)?.update(change).state;
    if (!state || path === this.#path) return null;
    this.#states.set(path, state);
    this.tools.edited(path);
    this.#options.onChange(path);
    return state.doc;
  }

  #modules(): ReadonlyMap<string, string> {
    this.#keep();
    const modules = [...this.#states].filter(([path]) => path.endsWith(".py"));
    return new Map(modules.map(([path, state]) => [path, state.doc.toString()]));
  }

  #keep(): void {
    if (this.#states.has(this.#path)) this.#states.set(this.#path, this.#view.state);
  }

  #state(path: string, text: string): EditorState {
    return EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(this.#options.nonce),
        // First, for Vim's keys come before all others.
        keys.of(keysOf(preferences.value)),
        common,
        finding.of(searching),
        size.of(sizeOf(preferences.value)),
        wrapping.of(wrappingOf(preferences.value, path)),
        path.endsWith(".py") ? this.#python() : this.#otherText(path),
        EditorView.contentAttributes.of({ "aria-label": `${path}, text. Escape, then Tab leaves it.`, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) this.#options.onChange(path);
        }),
      ],
    });
  }
}

function looks(liked: Preferences, path: string): StateEffect<unknown>[] {
  return [
    size.reconfigure(sizeOf(liked)),
    wrapping.reconfigure(wrappingOf(liked, path)),
    keys.reconfigure(keysOf(liked)),
    finding.reconfigure(searching),
  ];
}

function span(line: { readonly from: number; readonly to: number; readonly text: string }): {
  from: number;
  to: number;
} {
  const indent = line.text.length - line.text.trimStart().length;
  return { from: line.from + indent, to: line.to };
}
