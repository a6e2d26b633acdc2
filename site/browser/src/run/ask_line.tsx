import { useEffect, useRef, useState } from "preact/hooks";
import type { Question } from "../api/types.ts";
import { Icon } from "../editor/parts.tsx";

export interface AskLineProps {
  readonly question: Question;
  /// Whether it may take the focus: nobody is typing elsewhere.
  readonly takesFocus: boolean;
  /// Resolves to what went wrong, or "".
  readonly onAnswer: (text: string | null) => Promise<string>;
}

const HIDDEN = { type: "password" } as const;
const SHOWN = { type: "text" } as const;

/// The line that a run waits for: Enter sends it, Ctrl-D on an empty line ends the input, as in a terminal.
export function AskLine({ question, takesFocus, onAnswer }: AskLineProps) {
  const box = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState("");
  const [isSending, setIsSending] = useState(false);
  useEffect(() => {
    box.current?.scrollIntoView({ block: "nearest" });
    // Who answered the question before has the focus nowhere now.
    if (takesFocus || document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  const send = async (text: string | null) => {
    if (isSending) return;
    setIsSending(true);
    setProblem(await onAnswer(text));
    setIsSending(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "d" || !event.ctrlKey || event.metaKey || event.altKey || box.current?.value) return;
    event.preventDefault();
    void send(null);
  };
  // A text field would drop the ends of pasted lines; each of them is an answer.
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    const field = box.current;
    if (!field || !/\n./s.test(pasted)) return;
    event.preventDefault();
    const [from, to] = [field.selectionStart ?? 0, field.selectionEnd ?? 0];
    const whole = field.value.slice(0, from) + pasted + field.value.slice(to);
    void send(whole.replace(/\r\n?/g, "\n").replace(/\n$/, ""));
  };
  return (
    <form
      class="ask-line"
      onSubmit={(event) => {
        event.preventDefault();
        void send(box.current?.value ?? "");
      }}
    >
      <input
        ref={box}
        {...(question.secret ? HIDDEN : SHOWN)}
        class="mono"
        aria-label={question.prompt.trim() || "Input"}
        aria-describedby={problem ? "ask-problem" : undefined}
        placeholder={question.secret ? "It is not shown" : "The run waits for a line"}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={16_384}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <button type="submit" class="button primary small" disabled={isSending}>
        Send
      </button>
      <button
        type="button"
        class="button quiet small"
        title="Ends the input, as Ctrl-D does in a terminal"
        disabled={isSending}
        onClick={() => void send(null)}
      >
        <Icon name="eof" /> End of input
      </button>
      {problem && (
        <p id="ask-problem" class="error" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
