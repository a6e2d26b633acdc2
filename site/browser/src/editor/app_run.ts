import { signal } from "@preact/signals";
import type { Place } from "./traceback.ts";

/// A line of the console of a GUI that runs beside its code.
export type Line =
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "error"; readonly text: string; readonly trace: readonly Frame[] };

/// A line that an error went through: of client code where it is one of the widget's files, else the server's.
export interface Frame {
  readonly text: string;
  readonly place: Place | null;
}

/// What its page tells by postMessage (gui/page.ts).
interface Told {
  readonly kind?: unknown;
  readonly text?: unknown;
  readonly error?: {
    readonly type: string;
    readonly message: string;
    readonly trace: readonly (readonly [string, number, string?])[];
  };
}

const MAX_LINES = 1000;
const ROOTS = ["client_code", "server_code"];

/// A GUI that runs beside its code, and what it said.
export class AppRun {
  /// Counts up with each start; 0 before the first.
  readonly starts = signal(0);
  readonly lines = signal<readonly Line[]>([]);
  readonly #origin: string;
  readonly #paths: () => readonly string[];

  /// `origin` is the widget's own; `paths` its files.
  constructor(origin: string, paths: () => readonly string[]) {
    this.#origin = origin;
    this.#paths = paths;
  }

  start(): void {
    this.lines.value = [];
    this.starts.value += 1;
  }

  clear(): void {
    this.lines.value = [];
  }

  /// Take a message of the page; anything that is none of the widget's is nothing.
  hear(event: Pick<MessageEvent, "origin" | "data">): void {
    if (event.origin !== this.#origin) return;
    const told = event.data as Told | null;
    if (told?.kind === "print" && typeof told.text === "string") this.#print(told.text);
    if (told?.kind === "error" && told.error) this.#add({ kind: "error", ...this.#shown(told.error) });
  }

  /// Text may come in pieces of a line.
  #print(text: string): void {
    const last = this.lines.value.at(-1);
    if (last?.kind === "print" && !last.text.endsWith("\n")) {
      this.lines.value = [...this.lines.value.slice(0, -1), { kind: "print", text: last.text + text }];
    } else this.#add({ kind: "print", text });
  }

  #add(line: Line): void {
    this.lines.value = [...this.lines.value, line].slice(-MAX_LINES);
  }

  #shown(error: NonNullable<Told["error"]>): { text: string; trace: readonly Frame[] } {
    const trace = error.trace.map(([module, line, name]) => ({
      text: `${module}, line ${line}${name ? `, in ${name}` : ""}`,
      place: this.#place(module, line),
    }));
    return { text: `${error.type}: ${error.message}`, trace };
  }

  /// "package/Form1/__init__.py" → the file of the widget that it is; null for one of a library.
  #place(module: string, line: number): Place | null {
    const paths = this.#paths();
    const inner = module.slice(module.indexOf("/") + 1);
    const path = [module, ...ROOTS.map((root) => `${root}/${inner}`)].find((one) => paths.includes(one));
    return path ? { path, line } : null;
  }
}
