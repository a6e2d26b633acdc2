/// What the canvas knows of a widget's forms, so that it is sent what changed and nothing else.
import type { Form } from "../../gui/app.ts";
import type { ToCanvas } from "../../gui/design/messages.ts";

export class SentForms {
  #shown = "";
  #known: Readonly<Record<string, Form>> = {};

  /// Another canvas knows nothing.
  forget(): void {
    this.#shown = "";
    this.#known = {};
  }

  /// It shows something else than it was told.
  again(): void {
    this.#shown = "";
  }

  /// What to tell the canvas so that it shows a form; null when it does. A form that did not change is the same object.
  /// `inside` are the lists whose rows are drawn.
  next(form: string, forms: Readonly<Record<string, Form>>, inside: readonly string[]): ToCanvas | null {
    const changed = Object.entries(forms).filter(([name, one]) => this.#known[name] !== one);
    const gone = Object.keys(this.#known).filter((name) => !(name in forms));
    const shown = [form, ...inside].join(" ");
    if (this.#shown === shown && changed.length === 0 && gone.length === 0) return null;
    this.#shown = shown;
    this.#known = forms;
    return { kind: "draw", form, forms: Object.fromEntries(changed), gone, inside };
  }
}
