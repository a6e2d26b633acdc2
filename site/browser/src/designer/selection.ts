import { computed, signal } from "@preact/signals";

/// What is selected: one component that fields and keys mean, and any others with it.
export class Selection {
  /// "" is the form. Whoever sets another one selects that alone.
  readonly main = signal("");
  readonly #others = signal<{ readonly of: string; readonly ids: readonly string[] }>({ of: "", ids: [] });
  /// In the order in which they were selected, the main one last.
  readonly all = computed<readonly string[]>(() => {
    const { of, ids } = this.#others.value;
    const main = this.main.value;
    return of === main ? [...ids, main] : [main];
  });

  /// Whether there are several.
  get isMany(): boolean {
    return this.all.value.length > 1;
  }

  has(id: string): boolean {
    return this.all.value.includes(id);
  }

  /// Select these; the last becomes the main one, none of them means the form.
  take(ids: readonly string[]): void {
    // The form has no company: it contains them all.
    const wanted = ids.length > 1 ? ids.filter((id) => id !== "") : ids;
    const main = wanted.at(-1) ?? "";
    this.#others.value = { of: main, ids: wanted.slice(0, -1) };
    this.main.value = main;
  }

  only(id: string): void {
    this.take([id]);
  }

  /// Add one, or take it away.
  toggle(id: string): void {
    const all = this.all.value;
    this.take(all.includes(id) ? all.filter((one) => one !== id) : [...all, id]);
  }

  /// In words, for who listens.
  get said(): string {
    const count = this.all.value.length;
    return count > 1 ? `${count} components selected` : this.main.value || "The form";
  }
}
