/// What was done in the designer, to be undone: steps that each change one file or several.
import { mergeText } from "../editor/merge.ts";

export interface Edit {
  readonly path: string;
  readonly before: string;
  readonly after: string;
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
  write(path: string, text: string): void;
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
    const changed = edits.filter(({ before, after }) => before !== after);
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
    const made = edits.map(({ path, before, after }) => {
      const now = this.#texts.text(path);
      if (now === null) return null;
      return { path, text: now === before ? after : mergeText(before, now, after) };
    });
    for (const one of made) if (one === null || one.text === null) return false;
    for (const one of made) if (one !== null && one.text !== null) this.#texts.write(one.path, one.text);
    return true;
  }
}

function follows(before: readonly Edit[], now: readonly Edit[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ path, after }, at) => {
      const next = now[at];
      return next?.path === path && next.before === after;
    })
  );
}
