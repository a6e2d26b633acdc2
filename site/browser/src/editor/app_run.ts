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

/// What its page tells by postMessage (gui/page.ts). Whoever wrote the app may say anything here.
interface Told {
  readonly kind?: unknown;
  readonly text?: unknown;
  readonly error?: Partial<Record<"type" | "message" | "trace", unknown>> | null;
}

const MAX_LINES = 1000;
/// Of what is longer its end is kept.
const MAX_LINE_CHARS = 100_000;
const MAX_FRAMES = 100;
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
    if (told?.kind === "error" && typeof told.error === "object" && told.error)
      this.#add({ kind: "error", ...this.#shown(told.error) });
  }

  /// Text may come in pieces of a line.
  #print(text: string): void {
    const last = this.lines.value.at(-1);
    if (last?.kind === "print" && !last.text.endsWith("\n")) {
      this.lines.value = [
        ...this.lines.value.slice(0, -1),
        { kind: "print", text: (last.text + text).slice(-MAX_LINE_CHARS) },
      ];
    } else this.#add({ kind: "print", text: text.slice(-MAX_LINE_CHARS) });
  }

  #add(line: Line): void {
    this.lines.value = [...this.lines.value, line].slice(-MAX_LINES);
  }

  #shown({ type, message, trace }: NonNullable<Told["error"]>): { text: string; trace: readonly Frame[] } {
    const frames = Array.isArray(trace) ? trace.slice(0, MAX_FRAMES) : [];
    return {
      text: `${type}: ${message}`.slice(0, MAX_LINE_CHARS),
      trace: frames.filter(Array.isArray).map(([module, line, name]) => ({
        text: `${module}, line ${line}${name ? `, in ${name}` : ""}`.slice(0, MAX_LINE_CHARS),
        place: this.#place(`${module}`, Number.isSafeInteger(line) ? line : 1),
      })),
    };
  }

  /// "package/Form1/__init__.py" → the file of the widget that it is; null for one of a library.
  #place(module: string, line: number): Place | null {
    const paths = this.#paths();
    const inner = module.slice(module.indexOf("/") + 1);
    const path = [module, ...ROOTS.map((root) => `${root}/${inner}`)].find((one) => paths.includes(one));
    return path ? { path, line } : null;
  }
}
