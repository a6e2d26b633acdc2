/// What was done in the designer, to be undone: steps that each change one file or several.
import type { FileContent } from "../../api/types.ts";
import { mergeText } from "../../editor/merge.ts";
import { sameContent } from "../../editor/workspace.ts";

/// What a file says; null: there is none.
export type Content = FileContent | null;

export interface Edit {
  readonly path: string;
  readonly before: Content;
  readonly after: Content;
}

export interface Step {
  /// In words: "Added button_1".
  readonly label: string;
  readonly edits: readonly Edit[];
  /// Steps of the same key in a row, close in time, are one: typing in a field.
  readonly key?: string | undefined;
  readonly at_ms: number;
}

/// The files as they are now.
export interface Texts {
  text(path: string): string | null;
  /// Any file, text or not; left out where there are texts alone.
  content?(path: string): Content;
  write(path: string, content: Content): void;
}

const TOGETHER_MS = 1500;
const MAX_STEPS = 200;

export class History {
  readonly #texts: Texts;
  #done: Step[] = [];
  #undone: Step[] = [];

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /// Write a step's texts and remember it. Edits that change nothing are left out.
  make(label: string, edits: readonly Edit[], key?: string): void {
    const changed = edits.filter(({ before, after }) => !isSame(before, after));
    if (changed.length === 0) return;
    for (const { path, after } of changed) this.#texts.write(path, after);
    this.#undone = [];
    const last = this.#done.at(-1);
    const now = Date.now();
    if (key && last?.key === key && now - last.at_ms < TOGETHER_MS && follows(last.edits, changed)) {
      const edits = last.edits.map((edit, at) => ({ ...edit, after: (changed[at] as Edit).after }));
      this.#done[this.#done.length - 1] = { ...last, edits, at_ms: now };
      return;
    }
    this.#done = [...this.#done, { label, edits: changed, key, at_ms: now }].slice(-MAX_STEPS);
  }

  /// Write one more text as part of the last step.
  amend(edit: Edit): void {
    const last = this.#done.at(-1);
    if (!last || edit.before === edit.after) return;
    this.#texts.write(edit.path, edit.after);
    this.#done[this.#done.length - 1] = { ...last, key: undefined, edits: [...last.edits, edit] };
  }

  /// Take the last step back, and say in words what became of that; what was typed meanwhile stays.
  undo(): string {
    const step = this.#done.at(-1);
    if (!step) return "Nothing to undo.";
    const back = step.edits.map(({ path, before, after }) => ({ path, before: after, after: before }));
    if (!this.#change(back)) return `Not undone: the code was changed in the same place since “${step.label}”.`;
    this.#done = this.#done.slice(0, -1);
    this.#undone = [...this.#undone, step];
    return `Undone: ${step.label}`;
  }

  redo(): string {
    const step = this.#undone.at(-1);
    if (!step) return "Nothing to redo.";
    if (!this.#change(step.edits)) return `Not redone: the code was changed in the same place since “${step.label}”.`;
    this.#undone = this.#undone.slice(0, -1);
    this.#done = [...this.#done, { ...step, key: undefined }];
    return `Done again: ${step.label}`;
  }

  /// All of them or none.
  #change(edits: readonly Edit[]): boolean {
    const made: { readonly path: string; readonly content: Content }[] = [];
    for (const edit of edits) {
      const content = this.#changed(edit);
      if (content === undefined) return false;
      made.push({ path: edit.path, content });
    }
    for (const { path, content } of made) this.#texts.write(path, content);
    return true;
  }

  /// What the file is to say; undefined where that can't be brought together with what it says now.
  #changed({ path, before, after }: Edit): Content | undefined {
    const now = this.#texts.content ? this.#texts.content(path) : this.#texts.text(path);
    if (isSame(now, before)) return after;
    if (typeof now !== "string" || typeof before !== "string" || typeof after !== "string") return undefined;
    return mergeText(before, now, after) ?? undefined;
  }
}

function isSame(a: Content, b: Content): boolean {
  return sameContent(a ?? undefined, b ?? undefined);
}

function follows(before: readonly Edit[], now: readonly Edit[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ path, after }, at) => {
      const next = now[at];
      return next?.path === path && isSame(next.before, after);
    })
  );
}
