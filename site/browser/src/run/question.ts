/// What a run waits for, read from its events. DOM-free.
import type { Question, RunEvent } from "../api/types.ts";

/// The question that is open after `events`; `before` is the one that was open until then.
export function openQuestion(events: readonly RunEvent[], before: Question | null): Question | null {
  let open = before;
  for (const event of events) {
    if (event.kind === "ask") {
      const data = event.data ?? {};
      open = { number: Number(data.number), prompt: String(data.prompt ?? ""), secret: data.secret === true };
    } else if (event.kind === "input" || event.kind === "error") open = null;
  }
  return open;
}
