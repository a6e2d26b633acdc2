/// The client of the language server: completion, documentation, signatures, definitions, names and types. Loaded when
/// the language tools are there; without them the editor does without.
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import {
  findReferencesKeymap,
  hoverTooltips,
  jumpToDefinition,
  jumpToDefinitionKeymap,
  LSPClient,
  LSPPlugin,
  renameKeymap,
  renameSymbol,
  signatureHelp,
  Workspace,
  type WorkspaceFile,
} from "@codemirror/lsp-client";
import { EditorState, type Extension, type Text, type TransactionSpec } from "@codemirror/state";
import { type EditorView, keymap } from "@codemirror/view";
import type { ServerFinding } from "./findings.ts";
import { type Language, MAX_CHARS } from "./language.ts";

const ROOT = "widget:///";
/// A completion that takes longer is not waited for; it is offered when it is there, if nothing was typed since.
const COMPLETE_MS = 1500;
/// Modules that are open at the server; of a widget with more it knows those.
const MAX_MODULES = 100;

export interface Host {
  /// Every module as it is now.
  readonly modules: () => ReadonlyMap<string, string>;
  /// Show a file; the view that shows it then.
  readonly show: (path: string) => EditorView | null;
  /// Change a module that no view shows; its text then.
  readonly edit: (path: string, change: TransactionSpec) => Text | null;
  readonly found: (path: string, findings: readonly ServerFinding[]) => void;
  readonly changed: () => void;
  /// The server has now answered what `complete` gave up.
  readonly late: (asked: CompletionContext) => void;
}

export function uriOf(path: string): string {
  return ROOT + path.replaceAll(" ", "%20");
}

export function pathOf(uri: string): string {
  return uri.slice(ROOT.length).replaceAll("%20", " ");
}

class Module implements WorkspaceFile {
  readonly uri: string;
  readonly languageId = "python";
  version = 0;
  /// The version that other modules see.
  saved = 0;
  doc: Text;
  view: EditorView | null = null;

  constructor(uri: string, doc: Text) {
    this.uri = uri;
    this.doc = doc;
  }

  getView(): EditorView | null {
    return this.view;
  }
}

/// All modules of the widget are open at the server for as long as the client is connected.
class Modules extends Workspace {
  files: Module[] = [];
  readonly host: Host;

  constructor(client: LSPClient, host: Host) {
    super(client);
    this.host = host;
  }

  syncFiles() {
    const updates = [];
    for (const file of this.files) {
      const plugin = file.view ? LSPPlugin.get(file.view) : null;
      if (!file.view || !plugin || plugin.unsyncedChanges.empty) continue;
      updates.push({ changes: plugin.unsyncedChanges, file, prevDoc: file.doc });
      file.doc = file.view.state.doc;
      file.version += 1;
      plugin.clear();
    }
    return updates;
  }

  openFile(uri: string, _languageId: string, view: EditorView): void {
    this.#put(uri, view.state.doc).view = view;
  }

  /// Other modules see what is in a file: one that is left is saved, whatever of it the widget has.
  closeFile(uri: string): void {
    const file = this.files.find((one) => one.uri === uri);
    if (!file) return;
    file.view = null;
    if (!this.client.connected || file.version === file.saved) return;
    file.saved = file.version;
    this.client.notification("textDocument/didSave", { textDocument: { uri }, text: file.doc.toString() });
  }

  override connected(): void {
    const shown = new Map(this.files.map((file) => [file.uri, file.view]));
    this.files = [];
    for (const [path, text] of [...this.host.modules()].slice(0, MAX_MODULES)) {
      if (text.length > MAX_CHARS) continue;
      const uri = uriOf(path);
      const view = shown.get(uri) ?? null;
      this.#put(uri, view?.state.doc ?? EditorState.create({ doc: text }).doc).view = view;
    }
  }

  /// A name is changed in modules that are not shown, too.
  override updateFile(uri: string, change: TransactionSpec): void {
    const file = this.files.find((one) => one.uri === uri);
    if (file?.view) {
      file.view.dispatch(change);
      return;
    }
    const doc = this.host.edit(pathOf(uri), change);
    if (doc) this.#put(uri, doc);
  }

  override displayFile(uri: string): Promise<EditorView | null> {
    return Promise.resolve(this.host.show(pathOf(uri)));
  }

  /// Tell the server of a text that no view has followed.
  #put(uri: string, doc: Text): Module {
    const known = this.files.find((one) => one.uri === uri);
    if (known?.doc.eq(doc)) return known;
    if (known) this.client.didClose(uri);
    const file = known ?? new Module(uri, doc);
    file.doc = doc;
    file.version += 1;
    file.saved = file.version;
    if (!known) this.files.push(file);
    if (this.client.connected) this.client.didOpen(file);
    return file;
  }
}

/// Markup never comes (the site makes plain text of it); if it did, its text would show.
function textOnly(html: string): string {
  const made = new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
  return made.replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter] ?? "");
}

export class LanguageClient {
  readonly #client: LSPClient;
  readonly #language: Language;
  readonly #host: Host;
  #isGreeted = false;

  constructor(language: Language, host: Host) {
    this.#language = language;
    this.#host = host;
    this.#client = new LSPClient({
      workspace: (client) => new Modules(client, host),
      sanitizeHTML: textOnly,
      extensions: [
        hoverTooltips(),
        signatureHelp(),
        keymap.of([...jumpToDefinitionKeymap, ...renameKeymap, ...findReferencesKeymap]),
      ],
      notificationHandlers: {
        "textDocument/publishDiagnostics": (_client, params: { uri: string; diagnostics: ServerFinding[] }) => {
          host.found(pathOf(params.uri), params.diagnostics);
          return true;
        },
      },
    });
    const handlers = new Set<(value: string) => void>();
    const transport = {
      send: (message: string) => language.tell(message),
      subscribe: (handler: (value: string) => void) => void handlers.add(handler),
      unsubscribe: (handler: (value: string) => void) => void handlers.delete(handler),
    };
    language.listen({
      opened: () => {
        this.#client.connect(transport);
        this.#client.initializing.then(
          () => {
            this.#isGreeted = true;
            host.changed();
          },
          () => undefined,
        );
      },
      heard: (message) => {
        for (const handler of handlers) handler(message);
      },
      closed: () => {
        this.#isGreeted = false;
        this.#client.disconnect();
        host.changed();
      },
    });
  }

  get isThere(): boolean {
    return this.#isGreeted && this.#language.isReady;
  }

  /// What a module's state needs; nothing while the server is not there.
  extension(path: string): Extension {
    return this.#isGreeted ? this.#client.plugin(uriOf(path), "python") : [];
  }

  /// Send what was typed; before the view shows another file, and a moment after the typing.
  sync(): void {
    if (this.#isGreeted) this.#client.sync();
  }

  goToDefinition(view: EditorView): boolean {
    return this.#isGreeted && jumpToDefinition(view);
  }

  rename(view: EditorView): boolean {
    return this.#isGreeted && renameSymbol(view);
  }

  /// What the server offers here; null when it is not there or slow.
  async complete(context: CompletionContext): Promise<CompletionResult | null> {
    const view = context.view;
    const plugin = view && LSPPlugin.get(view);
    if (!plugin || !this.isThere) return null;
    this.sync();
    const word = context.matchBefore(/\w*$/);
    const asked = this.#client.request<unknown, { items: readonly Item[] } | null>("textDocument/completion", {
      textDocument: { uri: plugin.uri },
      position: plugin.toPosition(context.pos),
    });
    const late = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), COMPLETE_MS));
    const answer = await Promise.race([asked.catch(() => null), late]);
    if (answer === "late") void asked.then(() => this.#host.late(context)).catch(() => undefined);
    if (!answer || answer === "late" || answer.items.length === 0) return null;
    return { from: word?.from ?? context.pos, options: answer.items.map(option), validFor: /^\w*$/ };
  }
}

interface Item {
  readonly label: string;
  readonly kind?: number;
  readonly detail?: string;
  readonly sortText?: string;
  readonly insertText?: string;
  readonly documentation?: { readonly value: string };
}

const TYPES: Readonly<Record<number, string>> = {
  2: "method",
  3: "function",
  4: "function",
  5: "property",
  6: "variable",
  7: "class",
  8: "interface",
  9: "namespace",
  10: "property",
  13: "enum",
  14: "keyword",
  20: "enum",
  21: "constant",
};

function option(item: Item) {
  // Names with underscores come last, as the server sorts them.
  const isPrivate = /^_/.test(item.label);
  return {
    label: item.label,
    ...(item.insertText ? { apply: item.insertText } : {}),
    type: TYPES[item.kind ?? 6] ?? "variable",
    ...(item.detail ? { detail: item.detail.slice(0, 80) } : {}),
    ...(item.documentation?.value ? { info: item.documentation.value.slice(0, 2000) } : {}),
    ...(isPrivate ? { boost: -50 } : {}),
  };
}
