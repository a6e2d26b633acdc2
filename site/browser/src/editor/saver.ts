import { backoff_ms } from "../api/backoff.ts";
import { ApiError } from "../api/client.ts";
import type { Files } from "../api/types.ts";
import { mergeFiles } from "./merge.ts";
import { removedPaths, sameFiles } from "./workspace.ts";

/// What goes with files that are saved.
export interface SaveOptions {
  /// The draft that we have seen, 0 for none: another one must not be lost.
  readonly draftVersion: number;
  readonly message?: string;
  /// Whether the page is going away, so that nobody can wait for the answer.
  readonly leaving?: boolean;
}

/// What the site keeps for the saver; `Api` is one.
export interface SaveTarget {
  saveFiles(
    slug: string,
    files: Files,
    removed: readonly string[],
    base: number,
    options: SaveOptions,
  ): Promise<{ revision: number }>;
  saveDraft(slug: string, files: Files, base: number, version: number): Promise<{ version: number }>;
  widget(slug: string): Promise<{ revision: number; files: Files }>;
  draft(slug: string): Promise<{ files: Files; base_revision: number; version: number } | null>;
  revision(slug: string, number: number): Promise<{ files: Files }>;
}

/// Somebody else's text that stands against ours. `isDraft`: it is no revision yet.
export interface Conflict {
  /// What both began as.
  readonly base: Files;
  readonly mine: Files;
  readonly theirs: Files;
  /// Where both changed the same lines; everything else comes together by itself.
  readonly paths: readonly string[];
  readonly revision: number;
  readonly isDraft: boolean;
}

/// Whose text of a file in conflict is taken.
export type Choice = "mine" | "theirs";

export type SaveState =
  | { readonly kind: "saved" | "draft"; readonly at_ms: number; readonly revision: number }
  | { readonly kind: "typing" | "saving"; readonly revision: number }
  | { readonly kind: "offline"; readonly revision: number; readonly message: string; readonly isSignedOut: boolean }
  | { readonly kind: "refused"; readonly revision: number; readonly message: string }
  | { readonly kind: "conflict"; readonly revision: number; readonly conflict: Conflict };

export interface SaverOptions {
  readonly target: SaveTarget;
  readonly slug: string;
  /// The files of the latest revision that we know.
  readonly base: Files;
  readonly revision: number;
  readonly draftVersion: number;
  readonly saved_at_ms: number;
  /// Whether there is a draft after that revision.
  readonly isDraft: boolean;
  /// The text as it is now.
  readonly collect: () => Files;
  /// Show these files instead: another tab's, or the winner of a conflict.
  readonly replace: (files: Files) => void;
  readonly onState: (state: SaveState) => void;
  /// Keep text in this browser until the site has it; null: it has.
  readonly backup: (files: Files | null, revision: number) => void;
  /// Somebody else's changes came together with ours: those of a revision, or (null) of another tab's draft.
  readonly onMerged?: (revision: number | null) => void;
  readonly now?: () => number;
  readonly delay_ms?: number;
}

/// A keepalive request may carry 64 kB; longer text is kept in this browser and sent at the next visit.
const LEAVING_MAX_CHARS = 20_000;

/// Keeps the site's copy true: drafts while typing, revisions on Save, Run and leaving. Never loses text, never lies.
export class Saver {
  readonly #o: SaverOptions;
  #base: Files;
  #revision: number;
  #version: number;
  /// The draft's files at that version, as far as we know them.
  #seen: Files | null = null;
  #state: SaveState;
  #changes = 0;
  #kept = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #failures = 0;
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: SaverOptions) {
    this.#o = options;
    this.#base = options.base;
    this.#revision = options.revision;
    this.#version = options.draftVersion;
    const kind = options.isDraft ? "draft" : "saved";
    this.#state = { kind, at_ms: options.saved_at_ms, revision: options.revision };
    options.onState(this.#state);
  }

  get revision(): number {
    return this.#revision;
  }

  /// Whether the text differs from the latest revision.
  get isDirty(): boolean {
    return !sameFiles(this.#o.collect(), this.#base);
  }

  /// The text changed: keep it here at once, and on the site when typing pauses.
  touched(): void {
    this.#changes += 1;
    if (this.#state.kind === "conflict") return;
    if (this.#state.kind !== "offline") this.#set({ kind: "typing", revision: this.#revision });
    this.#schedule(this.#o.delay_ms ?? 800);
  }

  /// Make a revision of the text unless it is the latest one already; null when that failed (the state says why).
  save(message = ""): Promise<number | null> {
    return this.#queue(() => this.#save(message));
  }

  /// Another tab or program made revision `number`.
  async noticed(number: number): Promise<void> {
    await this.#queue(async () => {
      if (number <= this.#revision || this.#state.kind === "conflict") return;
      // Where that fails, the next save finds the same.
      await this.#compare().catch(() => undefined);
    });
  }

  /// The site can perhaps be reached again, or somebody signed in: text that waits for it goes now.
  hurry(): void {
    if (this.#state.kind === "offline") this.#schedule(0);
  }

  /// The page is hidden, and may never be seen again: keep what has not reached the site.
  keep(): void {
    const files = this.#o.collect();
    if (this.#kept !== this.#changes) this.#o.backup(files, this.#revision);
  }

  /// The page is going away: nothing can be waited for.
  leave(): void {
    const files = this.#o.collect();
    if (sameFiles(files, this.#base) || this.#state.kind === "conflict") return;
    this.#o.backup(files, this.#revision);
    const removed = removedPaths(this.#base, files);
    if (JSON.stringify(files).length > LEAVING_MAX_CHARS) return;
    const options = { draftVersion: this.#version, leaving: true };
    void this.#o.target.saveFiles(this.#o.slug, files, removed, this.#revision, options).catch(() => undefined);
  }

  /// End a conflict: what was chosen for each file is shown and saved; what was not stays in the history as a revision.
  resolve(choices: Readonly<Record<string, Choice>>): Promise<number | null> {
    return this.#queue(async () => {
      if (this.#state.kind !== "conflict") return null;
      const { base, theirs, revision, isDraft } = this.#state.conflict;
      const mine = this.#o.collect();
      const merged = mergeFiles(base, mine, theirs);
      // Typed since it was shown: there is something new to choose.
      if (merged.conflicts.some((path) => !choices[path])) {
        this.#clash({ ...this.#state.conflict, mine, paths: merged.conflicts });
        return null;
      }
      const result: Record<string, Files[string]> = { ...merged.files };
      for (const path of merged.conflicts) {
        const chosen = choices[path] === "mine" ? mine[path] : theirs[path];
        if (chosen === undefined) delete result[path];
        else result[path] = chosen;
      }
      this.#revision = revision;
      // A draft of theirs was never a revision; their revision is one already.
      if (!isDraft) this.#base = theirs;
      const kept = isDraft ? [theirs, mine] : [mine];
      const steps = [...kept.filter((files) => !sameFiles(files, result)), result];
      for (const files of steps) {
        const message = files === result ? "" : files === mine ? "Text of one tab" : "Text of another tab";
        if (!(await this.#makeRevision(files, message))) return null;
      }
      if (!sameFiles(result, mine)) this.#o.replace(result);
      return this.#revision;
    });
  }

  #set(state: SaveState): void {
    this.#state = state;
    this.#o.onState(state);
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#work.then(work, work);
    this.#work = next.catch(() => undefined);
    return next;
  }

  #schedule(delay_ms: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#queue(() => this.#saveDraft()), delay_ms);
  }

  #cancel(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #saveDraft(): Promise<void> {
    if (this.#state.kind === "conflict" || this.#kept === this.#changes) return;
    const changes = this.#changes;
    const files = this.#o.collect();
    this.#o.backup(files, this.#revision);
    if (this.#state.kind !== "offline") this.#set({ kind: "saving", revision: this.#revision });
    try {
      const answer = await this.#o.target.saveDraft(this.#o.slug, files, this.#revision, this.#version);
      this.#version = answer.version;
      this.#seen = files;
      this.#arrived(changes, "draft");
    } catch (error) {
      await this.#failed(error);
    }
  }

  async #save(message: string): Promise<number | null> {
    this.#cancel();
    // What others saved meanwhile comes together with ours, and is tried again.
    for (let tries = 0; tries < 5 && this.#state.kind !== "conflict"; tries += 1) {
      const files = this.#o.collect();
      if (sameFiles(files, this.#base) && this.#version === 0) {
        this.#arrived(this.#changes, "saved");
        return this.#revision;
      }
      if (await this.#makeRevision(files, message)) return this.#revision;
      if (this.#state.kind !== "typing") return null;
      this.#cancel();
    }
    return null;
  }

  async #makeRevision(files: Files, message = ""): Promise<boolean> {
    const changes = this.#changes;
    this.#o.backup(files, this.#revision);
    this.#set({ kind: "saving", revision: this.#revision });
    try {
      const removed = removedPaths(this.#base, files);
      const options = { draftVersion: this.#version, message };
      const answer = await this.#o.target.saveFiles(this.#o.slug, files, removed, this.#revision, options);
      this.#base = files;
      this.#revision = answer.revision;
      this.#version = 0;
      this.#seen = null;
      this.#arrived(changes, "saved");
      return true;
    } catch (error) {
      await this.#failed(error);
      return false;
    }
  }

  /// The site has the text as it was at `changes`; what was typed since then follows.
  #arrived(changes: number, kind: "saved" | "draft"): void {
    this.#failures = 0;
    this.#kept = changes;
    if (changes === this.#changes) {
      this.#o.backup(null, this.#revision);
      this.#set({ kind, at_ms: (this.#o.now ?? Date.now)(), revision: this.#revision });
    } else {
      this.#set({ kind: "typing", revision: this.#revision });
      this.#schedule(this.#o.delay_ms ?? 800);
    }
  }

  async #failed(error: unknown): Promise<void> {
    const problem = error instanceof ApiError ? error : new ApiError(0, "error", String(error));
    if (problem.status === 409) {
      await this.#compare().catch((again) => this.#retry(String(again)));
    } else if (problem.status === 0 || problem.status === 429 || problem.status >= 500) {
      this.#retry("The site can't be reached. Your text is kept in this browser and sent as soon as it answers.");
    } else if (problem.status === 401) {
      this.#retry(
        "You are signed out. Your text is kept in this browser, and sent when you are signed in again.",
        true,
      );
    } else {
      this.#set({ kind: "refused", revision: this.#revision, message: problem.message });
    }
  }

  #retry(message: string, isSignedOut = false): void {
    this.#set({ kind: "offline", revision: this.#revision, message, isSignedOut });
    this.#schedule(backoff_ms(this.#failures));
    this.#failures += 1;
  }

  /// See what the site has that we don't, and bring it together with ours.
  async #compare(): Promise<void> {
    const widget = await this.#o.target.widget(this.#o.slug);
    if (widget.revision > this.#revision) {
      // Whoever saved it may have ended the draft that we know of.
      if (this.#version > 0 && !(await this.#o.target.draft(this.#o.slug))) this.#version = 0;
      this.#join(this.#base, widget.files, widget.revision, null);
      return;
    }
    const draft = await this.#o.target.draft(this.#o.slug);
    if (draft && draft.version !== this.#version) {
      this.#join(await this.#baseOf(draft), draft.files, widget.revision, draft.version);
    } else {
      this.#version = draft?.version ?? 0;
      this.#typing();
    }
  }

  /// What another tab's draft and our text both began as: a draft that we know of, else the revision before it.
  async #baseOf(draft: { readonly base_revision: number; readonly version: number }): Promise<Files> {
    if (this.#seen && draft.version > this.#version && this.#version > 0) return this.#seen;
    if (draft.base_revision === this.#revision) return this.#base;
    return (await this.#o.target.revision(this.#o.slug, draft.base_revision)).files;
  }

  /// Merge `theirs` (a revision, or with `version` a draft) into our text; where that can't be, show both sides.
  #join(base: Files, theirs: Files, revision: number, version: number | null): void {
    const mine = this.#o.collect();
    const merged = mergeFiles(base, mine, theirs);
    const isDraft = version !== null;
    if (isDraft) {
      this.#version = version;
      this.#seen = theirs;
    }
    if (merged.conflicts.length > 0) {
      this.#clash({ base, mine, theirs, paths: merged.conflicts, revision, isDraft });
      return;
    }
    if (!isDraft) {
      this.#base = theirs;
      this.#revision = revision;
    }
    if (!sameFiles(merged.files, mine)) this.#o.replace(merged.files);
    if (sameFiles(merged.files, theirs) && (isDraft || this.#version === 0)) {
      this.#arrived(this.#changes, isDraft ? "draft" : "saved");
      return;
    }
    if (!sameFiles(merged.files, mine)) this.#o.onMerged?.(isDraft ? null : revision);
    this.#typing();
  }

  #typing(): void {
    this.#changes += 1;
    this.#set({ kind: "typing", revision: this.#revision });
    this.#schedule(this.#o.delay_ms ?? 800);
  }

  #clash(conflict: Conflict): void {
    this.#cancel();
    this.#o.backup(conflict.mine, this.#revision);
    this.#set({ kind: "conflict", revision: this.#revision, conflict });
  }
}
