/// Questions to the canvas where something may go, until it answers.
import type { ToCanvas, Zone } from "../../gui/design/messages.ts";

type Question = ToCanvas & { readonly kind: "zones" };

export class ZoneQuestions {
  #asked = 0;
  readonly #waiting = new Map<
    number,
    { readonly question: Question; readonly tell: (zones: readonly Zone[]) => void }
  >();

  /// Where components may go, or without any something new.
  ask(moving: readonly string[], send: (question: Question) => void): Promise<readonly Zone[]> {
    this.#asked += 1;
    const question: Question = { kind: "zones", id: this.#asked, moving };
    return new Promise((tell) => {
      this.#waiting.set(question.id, { question, tell });
      send(question);
    });
  }

  answer(id: number, zones: readonly Zone[]): void {
    this.#waiting.get(id)?.tell(zones);
    this.#waiting.delete(id);
  }

  /// Those that nobody has answered.
  get open(): readonly Question[] {
    return [...this.#waiting.values()].map(({ question }) => question);
  }
}
