/// What was done in a table, to be undone and done again.
import type { Json } from "./exact.ts";

export interface CellChange {
  readonly id: number;
  readonly column: string;
  readonly before: Json;
  readonly after: Json;
}

export type Step =
  | { readonly kind: "cells"; readonly changes: readonly CellChange[] }
  | { readonly kind: "added" | "deleted"; readonly ids: readonly number[] };

const MOST_STEPS = 200;

export class Undo {
  #done: Step[] = [];
  #undone: Step[] = [];

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /// Note what was done just now.
  note(step: Step): void {
    this.#done = [...this.#done, step].slice(-MOST_STEPS);
    this.#undone = [];
  }

  /// The step to undo; cells are to hold what they held before it.
  undo(): Step | undefined {
    const step = this.#done.pop();
    if (step?.kind === "cells") this.#undone.push(step);
    return step && turned(step);
  }

  /// The step to do again.
  redo(): Step | undefined {
    const step = this.#undone.pop();
    if (step) this.#done.push(step);
    return step;
  }

  /// Forget all: the columns are others now.
  clear(): void {
    this.#done = [];
    this.#undone = [];
  }
}

function turned(step: Step): Step {
  if (step.kind !== "cells") return step;
  const changes = [...step.changes].reverse();
  return { kind: "cells", changes: changes.map((one) => ({ ...one, before: one.after, after: one.before })) };
}
