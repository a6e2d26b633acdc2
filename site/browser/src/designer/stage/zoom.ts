import { computed, signal } from "@preact/signals";

const STEPS = [0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2] as const;
const MOST = 2;
const LEAST = 0.5;
/// A whole screen in a narrow window is worth being small.
const LEAST_FIT = 0.25;

/// How large the canvas is shown. Its own pixels stay what they are: only the eye is nearer.
export class Zoom {
  /// 1 is the size that visitors see.
  readonly level = signal(1);
  /// Pixels that there are for a form that is as wide as there is room.
  readonly room = signal(0);
  readonly percent = computed(() => `${Math.round(this.level.value * 100)} %`);

  by(steps: 1 | -1): void {
    const now = this.level.value;
    const next = steps > 0 ? STEPS.find((step) => step > now + 0.001) : STEPS.findLast((step) => step < now - 0.001);
    if (next !== undefined) this.level.value = bounded(next);
  }

  /// Turn a wheel or pinch: many small steps.
  turn(delta: number): void {
    this.level.value = bounded(this.level.value * Math.exp(-Math.max(Math.min(delta, 60), -60) / 300));
  }

  /// Show all of a form so wide; 0 is as wide as there is room.
  fit(width: number): void {
    this.level.value = width > 0 ? Math.max(Math.min(this.room.value / width, 1), LEAST_FIT) : 1;
  }

  reset(): void {
    this.level.value = 1;
  }
}

function bounded(level: number): number {
  return Math.min(Math.max(level, LEAST), MOST);
}
