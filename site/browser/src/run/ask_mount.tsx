/// The line that a run waits for, on a page that is not drawn with Preact.
import { render } from "preact";
import { Api, ApiError } from "../api/client.ts";
import type { Question } from "../api/types.ts";
import { setSprite } from "../editor/parts.tsx";
import { AskLine } from "./ask_line.tsx";

/// Show the question of a run in `place`, or nothing; what is typed is sent with the page's token.
export function showQuestion(place: HTMLElement, run: string, question: Question | null): void {
  if (!question) {
    render(null, place);
    return;
  }
  const api = new Api(place.dataset.csrf ?? "");
  setSprite(place.dataset.icons ?? "");
  const answer = async (text: string | null): Promise<string> => {
    try {
      await api.answerRun(run, question.number, text);
    } catch (error) {
      // Somebody was quicker: the events say what they typed.
      if (error instanceof ApiError && error.status === 409) return "";
      return error instanceof ApiError ? error.message : String(error);
    }
    return "";
  };
  render(<AskLine key={question.number} question={question} takesFocus={false} onAnswer={answer} />, place);
}
