import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Transaction } from "@codemirror/state";
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
import { tags as t } from "@lezer/highlight";
import type { Files } from "../api/types.ts";
import { lineChanges } from "./diff.ts";

// One theme for both schemes: every colour is a token.
const theme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", height: "100%", fontSize: "14px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", fontVariantLigatures: "none" },
  ".cm-content": { paddingBlock: "8px", caretColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--text-muted)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-active)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-selection)",
  },
  ".cm-selectionMatch, .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "none" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
  ".cm-tooltip, .cm-panels": {
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--line)",
    borderRadius: "8px",
  },
  ".cm-panels": { borderRadius: "0", borderInline: "0" },
  ".cm-panel.cm-search": { fontFamily: "var(--sans)", padding: "8px" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button": {
    width: "auto",
    minHeight: "28px",
    backgroundImage: "none",
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", color: "var(--text-muted)", border: "none" },
});

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: t.keyword, color: "var(--code-keyword)" },
    { tag: [t.string, t.special(t.string)], color: "var(--code-string)" },
    { tag: t.comment, color: "var(--code-comment)", fontStyle: "italic" },
    { tag: [t.number, t.bool, t.null], color: "var(--code-number)" },
    { tag: [t.function(t.variableName), t.function(t.propertyName), t.meta], color: "var(--code-function)" },
    { tag: t.className, color: "var(--code-class)" },
  ]),
);

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
  autocompletion({ activateOnTypingDelay: 60 }),
  rectangularSelection(),
  crosshairCursor(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  search({ top: true }),
  indentUnit.of("    "),
  theme,
  colours,
  keymap.of([
    ...closeBracketsKeymap,
    // Mod-Enter runs the widget; CodeMirror would insert a line.
    ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    ...lintKeymap,
    indentWithTab,
  ]),
];

export interface CodeViewOptions {
  readonly parent: HTMLElement;
  readonly nonce: string;
  readonly onChange: (path: string) => void;
}

/// One CodeMirror that shows one file of several; each keeps its own cursor and undo history.
export class CodeView {
  readonly #view: EditorView;
  readonly #options: CodeViewOptions;
  readonly #states = new Map<string, EditorState>();
  #path = "";

  constructor(options: CodeViewOptions) {
    this.#options = options;
    this.#view = new EditorView({
      parent: options.parent,
      state: EditorState.create({ extensions: EditorView.cspNonce.of(options.nonce) }),
    });
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
      }
    }
    const shown = this.#states.get(this.#path);
    if (shown) this.#view.setState(shown);
  }

  add(path: string, text: string): void {
    this.#states.set(path, this.#state(path, text));
  }

  remove(path: string): void {
    this.#states.delete(path);
  }

  text(path: string): string | null {
    this.#keep();
    return this.#states.get(path)?.doc.toString() ?? null;
  }

  show(path: string): void {
    this.#keep();
    this.#path = path;
    const state = this.#states.get(path);
    if (state) this.#view.setState(state);
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
    const diagnostics =
      problem && problem.line <= doc.lines
        ? [{ ...span(doc.line(problem.line)), severity: "error" as const, message: problem.message }]
        : [];
    this.#view.dispatch(setDiagnostics(this.#view.state, diagnostics));
  }

  #keep(): void {
    if (this.#states.has(this.#path)) this.#states.set(this.#path, this.#view.state);
  }

  #state(path: string, text: string): EditorState {
    return EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(this.#options.nonce),
        common,
        path.endsWith(".py") ? python() : EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": `${path}, text. Escape, then Tab leaves it.`, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) this.#options.onChange(path);
        }),
      ],
    });
  }
}

function span(line: { readonly from: number; readonly to: number; readonly text: string }): {
  from: number;
  to: number;
} {
  const indent = line.text.length - line.text.trimStart().length;
  return { from: line.from + indent, to: line.to };
}
