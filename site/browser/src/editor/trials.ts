import { signal } from "@preact/signals";
import { type Api, ApiError } from "../api/client.ts";
import type { Preview } from "../api/types.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { type Draft, EMPTY, headersOf, takesBody, targetOf, textOf } from "./request.ts";
import type { Route } from "./routes.ts";

/// A request that was sent, and how it went.
export interface Past {
  readonly draft: Draft;
  readonly target: string;
  readonly status: number;
  readonly duration_ms: number;
}

const MAX_PAST = 15;
/// Of a request that is remembered; a longer body is left out.
const MAX_KEPT_CHARS = 20_000;
/// What the API takes in one request, less what else is in it.
const MAX_BODY_BYTES = 4_000_000;

/// The requests of one editor page: the one being put together, its answer, and the last ones (of this tab only: they
/// may hold keys).
export class Trials {
  readonly draft = signal<Draft>(EMPTY);
  readonly file = signal<File | null>(null);
  readonly answer = signal<Answer | null>(null);
  readonly is_sending = signal(false);
  readonly problem = signal("");
  readonly past = signal<readonly Past[]>([]);
  readonly preview = signal<Preview | null>(null);
  readonly #api: Api;
  readonly #slug: string;
  #abort: AbortController | null = null;

  constructor(api: Api, slug: string) {
    this.#api = api;
    this.#slug = slug;
    this.#recall();
  }

  change(part: Partial<Draft>): void {
    this.draft.value = { ...this.draft.value, ...part };
    this.#remember();
  }

  /// Take a route of the code: its path, and its first method unless the one that is chosen fits.
  pick(route: Route): void {
    const { method } = this.draft.value;
    this.change({ path: route.path, method: route.methods.includes(method) ? method : (route.methods[0] ?? "GET") });
  }

  again(past: Past): void {
    this.change(past.draft);
  }

  /// Send it and show what comes back; a new one takes the place of one that is still under way.
  async send(): Promise<void> {
    this.abort();
    const draft = this.draft.value;
    const abort = new AbortController();
    this.#abort = abort;
    this.is_sending.value = true;
    this.problem.value = "";
    try {
      const bytes = await this.#bytes(draft);
      if (bytes.length > MAX_BODY_BYTES)
        throw new Error("From here a request carries at most 4 MB. Use curl for more.");
      const headers = headersOf(draft, this.file.value).map((row) => [row.name, row.value] as const);
      const request = { method: draft.method, target: targetOf(draft), headers, body: base64(bytes) };
      const answer = readAnswer(await this.#api.tryRequest(this.#slug, request, abort.signal));
      if (this.#abort !== abort) return;
      this.answer.value = answer;
      this.#keep({ draft, target: request.target, status: answer.status, duration_ms: answer.duration_ms });
    } catch (error) {
      if (this.#abort !== abort || abort.signal.aborted) return;
      this.problem.value =
        error instanceof ApiError || error instanceof Error ? error.message : "It could not be sent.";
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.is_sending.value = false;
      }
    }
  }

  abort(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.is_sending.value = false;
  }

  /// Get a link that opens the private widget.
  async makePreview(): Promise<void> {
    try {
      this.preview.value = await this.#api.makePreview(this.#slug);
    } catch (error) {
      this.problem.value = (error as Error).message;
    }
  }

  async #bytes(draft: Draft): Promise<Uint8Array> {
    if (!takesBody(draft.method)) return new Uint8Array();
    if (draft.body_kind !== "file") return new TextEncoder().encode(textOf(draft));
    return new Uint8Array((await this.file.value?.arrayBuffer()) ?? new ArrayBuffer(0));
  }

  #keep(past: Past): void {
    const small = past.draft.text.length > MAX_KEPT_CHARS ? { ...past, draft: { ...past.draft, text: "" } } : past;
    const same = (one: Past) => JSON.stringify(one.draft) === JSON.stringify(small.draft);
    this.past.value = [small, ...this.past.value.filter((one) => !same(one))].slice(0, MAX_PAST);
    this.#remember();
  }

  get #key(): string {
    return `requests-${this.#slug}`;
  }

  #remember(): void {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify({ draft: this.draft.value, past: this.past.value }));
    } catch {
      // Full or forbidden: then they are forgotten with the page.
    }
  }

  #recall(): void {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}") as { draft?: Draft; past?: readonly Past[] };
      this.draft.value = { ...EMPTY, ...kept.draft };
      this.past.value = kept.past ?? [];
    } catch {
      this.draft.value = EMPTY;
    }
  }
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
