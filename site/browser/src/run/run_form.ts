import { computed, signal } from "@preact/signals";
import type { Api } from "../api/client.ts";
import type { FormShown, Given } from "../api/types.ts";
import { argvOf, givenText, problemsOf, shellWords, type Typed, valuesOf } from "./arguments.ts";

const NONE: FormShown = { kind: "none", revision: 0, description: "", fields: [], complete: true };

interface Kept {
  readonly typed?: Typed;
  readonly rest?: string;
  readonly open?: boolean;
}

/// What a script is given before it runs: the form that its code tells of, and what was typed into it, which this browser
/// remembers.
export class RunForm {
  readonly form = signal<FormShown>(NONE);
  readonly typed = signal<Typed>({});
  /// Arguments that have no field, as a command line.
  readonly rest = signal("");
  readonly is_open = signal(false);
  /// How often somebody tried to run it with problems; they are shown from the first time on.
  readonly tries = signal(0);
  readonly problems = computed(() => {
    const found = problemsOf(this.form.value, this.typed.value);
    return this.hasRest() && shellWords(this.rest.value) === null ? { ...found, "": "A quote is not closed." } : found;
  });
  /// As somebody would write it; "python main.py" when nothing is given.
  readonly text = computed(() => givenText(this.#given()) || "python main.py");
  /// For what is made of the form.
  readonly api: Api;
  readonly slug: string;
  readonly #key: string;

  constructor(api: Api, slug: string) {
    this.api = api;
    this.slug = slug;
    this.#key = `run-form:${slug}`;
    const kept = this.#kept();
    this.typed.value = kept.typed ?? {};
    this.rest.value = kept.rest ?? "";
    this.is_open.value = kept.open ?? false;
  }

  /// Whether there are arguments that no field takes.
  hasRest(): boolean {
    return this.form.value.kind === "none" || (this.form.value.kind === "argparse" && !this.form.value.complete);
  }

  /// Read the form of the newest revision, unless that is `revision` and here already. What fails leaves it as it is.
  async refresh(revision = -1): Promise<void> {
    if (this.form.value.revision === revision) return;
    const form = await this.api.form(this.slug).catch(() => null);
    if (!form) return;
    const wasNone = this.form.value.kind === "none";
    this.form.value = form;
    if (!wasNone && form.kind === "none") this.is_open.value = false;
    if (wasNone && form.kind !== "none" && this.#kept().open === undefined) this.is_open.value = true;
  }

  type(name: string, value: string | boolean): void {
    this.typed.value = { ...this.typed.value, [name]: value };
    this.#keep();
  }

  typeRest(text: string): void {
    this.rest.value = text;
    this.#keep();
  }

  fold(isOpen: boolean): void {
    if (this.is_open.value === isOpen) return;
    this.is_open.value = isOpen;
    this.#keep();
  }

  clear(): void {
    this.typed.value = {};
    this.rest.value = "";
    this.tries.value = 0;
    this.#keep();
  }

  /// What to start a run with; null when something is wrong, which is shown then.
  submit(): Given | null {
    if (Object.keys(this.problems.value).length > 0) {
      this.tries.value += 1;
      this.is_open.value = true;
      return null;
    }
    this.tries.value = 0;
    return this.#given();
  }

  #given(): Given {
    const form = this.form.value;
    if (form.kind === "signature") return { values: valuesOf(form, this.typed.value) };
    const known = form.kind === "argparse" ? argvOf(form, this.typed.value) : [];
    const rest = this.hasRest() ? (shellWords(this.rest.value) ?? []) : [];
    return { args: [...rest, ...known] };
  }

  #kept(): Kept {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? "{}") as Kept;
    } catch {
      return {};
    }
  }

  #keep(): void {
    // Only of fields that there are: names of old code would pile up.
    const names = new Set(this.form.value.fields.map((field) => field.name));
    const typed = Object.fromEntries(Object.entries(this.typed.value).filter(([name]) => names.has(name)));
    const kept: Kept = { typed, rest: this.rest.value, open: this.is_open.value };
    try {
      localStorage.setItem(this.#key, JSON.stringify(kept));
    } catch {
      // No room, or no storage: then it is remembered until the page is left.
    }
  }
}
