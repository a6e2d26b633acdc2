/// What the site finds in a GUI's code while it is written: imports that can't work, forms' templates, server calls.
import type { Diagnostic } from "@codemirror/lint";
import type { Text } from "@codemirror/state";
import type { ClientCodeChecked, CodeFix, Files, ServerFunction } from "../api/types.ts";
import { offsetOf } from "./findings.ts";

/// More is not sent: the site takes some more.
const MAX_CHARS = 1_500_000;
const NOTHING: ClientCodeChecked = { marks: [], functions: [], types: {}, broken: {} };
const OF_APP = /^(client_code|server_code)\/.+\.(py|yaml)$|^(anvil|theme\/parameters)\.yaml$/;

export interface ClientCodeHost {
  /// Every file as it is now.
  readonly files: () => Files;
  readonly ask: (path: string, files: Readonly<Record<string, string>>) => Promise<ClientCodeChecked>;
  /// Put the texts of a fix in place of those that were checked.
  readonly mend: (fix: CodeFix, checked: Readonly<Record<string, string>>) => void;
}

/// Whether a file is checked.
export function isChecked(path: string): boolean {
  return path.startsWith("client_code/") && OF_APP.test(path);
}

export class ClientCode {
  readonly #host: ClientCodeHost;
  #latest = NOTHING;

  constructor(host: ClientCodeHost) {
    this.#host = host;
  }

  /// Functions that the server code has, as far as is known.
  get functions(): readonly ServerFunction[] {
    return this.#latest.functions;
  }

  /// What may stand behind `type:` in templates, with the properties of each.
  get types(): ClientCodeChecked["types"] {
    return this.#latest.types;
  }

  /// Forms' templates as they are now.
  get templates(): [string, string][] {
    return Object.entries(textsOf(this.#host.files())).filter(([path]) => isChecked(path) && path.endsWith(".yaml"));
  }

  /// Marks for a file; null when the site can't be asked.
  async check(path: string, doc: Text): Promise<readonly Diagnostic[] | null> {
    const files = textsOf(this.#host.files());
    if (files[path] === undefined) return null;
    const found = await this.#ask(path, files);
    return found?.marks.map((mark) => this.#marked(mark, doc, files)) ?? null;
  }

  /// Templates that can't be read, and why.
  async broken(): Promise<ClientCodeChecked["broken"]> {
    const files = textsOf(this.#host.files());
    const path = Object.keys(files).find(isChecked);
    return (path && (await this.#ask(path, files))?.broken) || {};
  }

  async #ask(path: string, files: Readonly<Record<string, string>>): Promise<ClientCodeChecked | null> {
    const size = Object.values(files).reduce((sum, text) => sum + text.length, 0);
    if (size > MAX_CHARS) return null;
    const found = await this.#host.ask(path, files).catch(() => null);
    if (found) this.#latest = found;
    return found;
  }

  #marked(mark: ClientCodeChecked["marks"][number], doc: Text, files: Readonly<Record<string, string>>): Diagnostic {
    const at = offsetOf(doc, { row: mark.line, column: mark.column });
    const line = doc.lineAt(at);
    const isLine = mark.end_column === 0;
    const from = isLine && at === line.from ? at + line.text.length - line.text.trimStart().length : at;
    const end = isLine ? line.to : offsetOf(doc, { row: mark.line, column: mark.end_column });
    return {
      from,
      to: Math.max(from, end),
      severity: mark.severity,
      source: "client code",
      message: mark.text,
      actions: mark.fixes.map((fix) => ({ name: fix.title, apply: () => this.#host.mend(fix, files) })),
    };
  }
}

function textsOf(files: Files): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [path, content] of Object.entries(files)) {
    if (typeof content === "string" && OF_APP.test(path)) texts[path] = content;
  }
  return texts;
}
