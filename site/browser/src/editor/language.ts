/// The language tools of this editor: a socket to the site, which is opened when the code is typed in and not before.
import { backoff_ms } from "../api/backoff.ts";
import type { Finding } from "./findings.ts";

/// Longer sources get no tools.
export const MAX_CHARS = 120_000;
const ANSWER_MS = 12_000;

type Said =
  | { op: "ready" }
  | { op: "refused" }
  | { op: "checked"; id: number; found: readonly Finding[] | null }
  | { op: "formatted"; id: number; text: string | null }
  | { op: "server"; message: unknown };

/// What hears of the socket: the client of the language server.
export interface Listener {
  readonly opened: () => void;
  readonly heard: (message: string) => void;
  readonly closed: () => void;
}

export class Language {
  readonly #slug: string;
  #socket: WebSocket | null = null;
  #isReady = false;
  #failures = 0;
  #notBefore_ms = 0;
  #next = 1;
  #waiting = new Map<number, (said: Said | null) => void>();
  #listener: Listener | null = null;
  /// The tools are there (again).
  onReady: () => void = () => undefined;

  constructor(slug: string) {
    this.#slug = slug;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  listen(listener: Listener): void {
    this.#listener = listener;
    if (this.#isReady) listener.opened();
  }

  /// Open the socket unless it is open; after failures only now and then.
  wake(): void {
    if (this.#socket || Date.now() < this.#notBefore_ms) return;
    const address = `${location.origin.replace(/^http/, "ws")}/api/language?widget=${this.#slug}`;
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = (event) => this.#heard(JSON.parse(String(event.data)) as Said);
    socket.onclose = () => this.#closed(socket);
  }

  /// Begin anew: other packages are installed, which only a new session sees.
  restart(): void {
    const open = this.#socket;
    if (!open) return;
    this.#closed(open);
    open.close(1000);
    this.#notBefore_ms = 0;
    this.wake();
  }

  /// What ruff finds; null when it can't be asked.
  async check(text: string): Promise<readonly Finding[] | null> {
    const said = await this.#ask("check", text);
    return said?.op === "checked" ? said.found : null;
  }

  /// The text as ruff formats it; null when it is no Python, undefined when it can't be asked.
  async format(text: string): Promise<string | null | undefined> {
    const said = await this.#ask("format", text);
    return said?.op === "formatted" ? said.text : undefined;
  }

  /// Tell what a form's template says now: its components are attributes of the form.
  template(path: string, text: string): void {
    if (this.#isReady && text.length <= MAX_CHARS) this.#socket?.send(JSON.stringify({ op: "template", path, text }));
  }

  /// Pass a message on to the language server.
  tell(message: string): void {
    if (!this.#isReady) throw new Error("The language server is not there.");
    this.#socket?.send(`{"op":"server","message":${message}}`);
  }

  #ask(op: "check" | "format", text: string): Promise<Said | null> {
    if (!this.#isReady || text.length > MAX_CHARS) return Promise.resolve(null);
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(null), ANSWER_MS);
      const done = (said: Said | null) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(said);
      };
      this.#waiting.set(id, done);
      this.#socket?.send(JSON.stringify({ op, id, text }));
    });
  }

  #heard(said: Said): void {
    if (said.op === "ready") {
      this.#isReady = true;
      this.#failures = 0;
      this.#listener?.opened();
      this.onReady();
    } else if (said.op === "server") this.#listener?.heard(JSON.stringify(said.message));
    else if (said.op !== "refused") this.#waiting.get(said.id)?.(said);
  }

  #closed(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    const wasReady = this.#isReady;
    this.#socket = null;
    this.#isReady = false;
    this.#failures = wasReady ? 0 : this.#failures + 1;
    this.#notBefore_ms = Date.now() + (wasReady ? 0 : 10 * backoff_ms(this.#failures));
    for (const done of [...this.#waiting.values()]) done(null);
    if (wasReady) this.#listener?.closed();
  }
}
