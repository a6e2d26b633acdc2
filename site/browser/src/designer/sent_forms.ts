/// What the canvas knows of a widget's forms, so that it is sent what changed and nothing else.
import type { Form } from "../gui/app.ts";
import type { ToCanvas } from "../gui/design/messages.ts";

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
  next(form: string, forms: Readonly<Record<string, Form>>): ToCanvas | null {
    const changed = Object.entries(forms).filter(([name, one]) => this.#known[name] !== one);
    const gone = Object.keys(this.#known).filter((name) => !(name in forms));
    if (this.#shown === form && changed.length === 0 && gone.length === 0) return null;
    this.#shown = form;
    this.#known = forms;
    return { kind: "draw", form, forms: Object.fromEntries(changed), gone };
  }
}
