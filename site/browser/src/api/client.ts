import type { SaveOptions } from "../editor/saver.ts";
import type { Table } from "../tables/shapes.ts";
import type {
  ClientCodeChecked,
  Environment,
  Events,
  Files,
  FormShown,
  Given,
  Preview,
  Run,
  TrialAnswer,
} from "./types.ts";

/// An answer that is not a success; `status` 0 means that the site could not be reached.
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/// A request; `path` is below /api/v1.
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Blob | null;
  /// The media type of the body.
  readonly type?: string;
  /// What is to be there still; the answer is 409 when it is not.
  readonly revision?: string;
  /// Whether it goes on when the page is gone.
  readonly keepalive?: boolean;
  readonly signal?: AbortSignal | null;
}

/// JSON API v1 of this site, with the session's cookie and its CSRF token.
export class Api {
  #csrf: string;

  constructor(csrf: string) {
    this.#csrf = csrf;
  }

  /// What a form of this page carries as `csrf_token`.
  get csrf(): string {
    return this.#csrf;
  }

  async saveFiles(slug: string, files: Files, removed: readonly string[], base: number, options: SaveOptions) {
    const body: Record<string, unknown> = { ...files };
    for (const path of removed) body[path] = null;
    return this.#send<{ revision: number }>(
      "PUT",
      `/widgets/${slug}/files`,
      {
        files: body,
        base_revision: base,
        drop_draft: true,
        draft_version: options.draftVersion,
        message: options.message ?? "",
      },
      options.leaving,
    );
  }

  async saveDraft(slug: string, files: Files, base: number, version: number) {
    return this.#send<{ version: number }>("PUT", `/widgets/${slug}/draft`, { files, base_revision: base, version });
  }

  /// The draft, or null when there is none.
  async draft(slug: string) {
    try {
      return await this.#send<{ files: Files; base_revision: number; version: number }>(
        "GET",
        `/widgets/${slug}/draft`,
      );
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  async widget(slug: string) {
    return this.#send<{ revision: number; files: Files; title: string }>("GET", `/widgets/${slug}`);
  }

  async startRun(slug: string, given: Given) {
    return this.#send<Run>("POST", `/widgets/${slug}/runs`, { ...given, interactive: true });
  }

  /// What a script takes, read from its newest revision.
  async form(slug: string) {
    return this.#send<FormShown>("GET", `/widgets/${slug}/form`);
  }

  async revision(slug: string, number: number) {
    return this.#send<{ files: Files }>("GET", `/widgets/${slug}/revisions/${number}`);
  }

  /// Answer what a run asks for; null ends its input. An ApiError with status 409 when somebody was quicker.
  async answerRun(id: string, number: number, text: string | null) {
    return this.#send<unknown>("POST", `/runs/${id}/input`, { number, text });
  }

  async stopRun(id: string) {
    return this.#send<unknown>("POST", `/runs/${id}/stop`, {});
  }

  async runs(slug: string) {
    return (await this.#send<{ items: readonly Run[] }>("GET", `/widgets/${slug}/runs`)).items;
  }

  async events(id: string, after: number) {
    return this.#send<Events>("GET", `/runs/${id}/events?after=${after}`);
  }

  async environment(slug: string) {
    return this.#send<Environment>("GET", `/widgets/${slug}/environment`);
  }

  async tables(slug: string) {
    return (await this.#send<{ items: readonly Table[] }>("GET", `/widgets/${slug}/tables`)).items;
  }

  async checkClientCode(slug: string, path: string, files: Readonly<Record<string, string>>) {
    return this.#send<ClientCodeChecked>("POST", `/widgets/${slug}/client-code/check`, { path, files });
  }

  async putRequirements(slug: string, requirements: readonly string[]) {
    return this.#send<unknown>("PUT", `/widgets/${slug}/requirements`, { requirements });
  }

  /// Send a request to the widget's public address; `body` is base64.
  async tryRequest(
    slug: string,
    request: { method: string; target: string; headers: readonly (readonly [string, string])[]; body: string },
    signal: AbortSignal,
  ) {
    return this.#send<TrialAnswer>("POST", `/widgets/${slug}/requests`, request, false, signal);
  }

  /// Markdown as HTML that is safe to show.
  async markdown(text: string) {
    return (await this.#send<{ html: string }>("POST", "/markdown", { text })).html;
  }

  async makePreview(slug: string) {
    return this.#send<Preview>("POST", `/widgets/${slug}/preview`);
  }

  /// Whoever signs in again gets a new token: take it from a fresh copy of this page. False when there is none.
  async #renew(): Promise<boolean> {
    const answer = await fetch(location.pathname, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || new URL(answer.url).pathname !== location.pathname) return false;
    const fresh = new DOMParser()
      .parseFromString(await answer.text(), "text/html")
      .querySelector("script[data-island]");
    const { csrf } = JSON.parse(fresh?.textContent ?? "{}") as { csrf?: string };
    if (!csrf || csrf === this.#csrf) return false;
    this.#csrf = csrf;
    return true;
  }

  async #send<T>(method: string, path: string, body?: unknown, keepalive = false, signal?: AbortSignal): Promise<T> {
    const sent: Sent = { method, path, keepalive, signal: signal ?? null };
    const answer = await this.request(
      body === undefined ? sent : { ...sent, body: JSON.stringify(body), type: "application/json" },
    );
    return (answer.status === 204 ? {} : await answer.json().catch(() => ({}))) as T;
  }

  /// Send anything; an answer that is not a success is an ApiError.
  async request(sent: Sent): Promise<Response> {
    try {
      return await this.#sendOnce(sent);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "csrf" || sent.keepalive || !(await this.#renew()))
        throw error;
      return this.#sendOnce(sent);
    }
  }

  async #sendOnce({ method, path, body = null, type, revision, ...more }: Sent): Promise<Response> {
    const { keepalive = false, signal = null } = more;
    const headers: Record<string, string> = { accept: "application/json", "x-csrf-token": this.#csrf };
    if (type) headers["content-type"] = type;
    if (revision !== undefined) headers["if-match"] = `"${revision}"`;
    const options: RequestInit = { method, headers, body, credentials: "same-origin", keepalive, signal };
    let answer: Response;
    try {
      answer = await fetch(`/api/v1${path}`, options);
    } catch {
      throw new ApiError(0, "unreachable", "The site can't be reached.");
    }
    if (answer.ok) return answer;
    const read = await answer.json().catch(() => ({}));
    const error = (read as { error?: { code?: string; message?: string } }).error ?? {};
    throw new ApiError(
      answer.status,
      error.code ?? "error",
      error.message ?? `The site answered ${answer.status}.`,
      error,
    );
  }
}
