import { useState } from "preact/hooks";
import { beginnings, formNameProblem, newForm } from "../designer/forms/new_form.ts";
import { Dialog } from "./dialog.tsx";
import type { EditorModel } from "./model.ts";
import { Icon } from "./parts.tsx";
import { nameProblem } from "./workspace.ts";

/// What is asked for in one line.
interface Question {
  readonly title: string;
  readonly label: string;
  readonly hint?: string;
  readonly placeholder: string;
  readonly before?: string;
  /// Whether it is a name in code.
  readonly isCode: boolean;
  readonly submit: string;
  /// Why it can't be that, or null.
  readonly problem: (line: string) => string | null;
  /// Done when the dialog is gone: while it is open nothing else can have the focus.
  readonly answer: (line: string, choice: string) => void;
  /// What can be chosen beside, as value and words.
  readonly choices?: { readonly label: string; readonly of: readonly (readonly [string, string])[] };
}

const MAX_CHARS = 200;

/// Asks for one line of text.
export function LineDialog({ question, onClose }: { readonly question: Question; readonly onClose: () => void }) {
  const { title, label, hint, before = "", isCode, submit } = question;
  const [line, setLine] = useState(before);
  const [choice, setChoice] = useState(question.choices?.of[0]?.[0] ?? "");
  const [tried, setTried] = useState(false);
  const problem = question.problem(line);
  const send = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (problem) return;
    onClose();
    setTimeout(() => question.answer(line, choice));
  };
  return (
    <Dialog label={title} onClose={onClose}>
      <form onSubmit={send} class="stack">
        <div class="field">
          <label for="asked-line">{label}</label>
          <input
            id="asked-line"
            type="text"
            class={isCode ? "mono" : ""}
            maxlength={MAX_CHARS}
            placeholder={question.placeholder}
            spellcheck={!isCode}
            autocomplete="off"
            value={line}
            aria-invalid={tried && problem ? "true" : undefined}
            aria-describedby={hint ? "asked-hint asked-problem" : "asked-problem"}
            onInput={(event) => setLine(event.currentTarget.value)}
          />
          {hint && (
            <p id="asked-hint" class="hint">
              {hint}
            </p>
          )}
          <p id="asked-problem" class="error" role="alert">
            {tried && problem ? problem : ""}
          </p>
        </div>
        {question.choices && (
          <div class="field">
            <label for="asked-choice">{question.choices.label}</label>
            <select id="asked-choice" value={choice} onChange={(event) => setChoice(event.currentTarget.value)}>
              {question.choices.of.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </div>
        )}
        <div class="row">
          <button type="submit" class="button primary">
            <Icon name="done" /> {submit}
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/// The name of a new file.
export function addedFile(model: EditorModel): Question {
  return {
    title: "New file",
    label: "Name of the new file",
    placeholder: "tools.py",
    isCode: true,
    submit: "Add",
    problem: (name) => nameProblem(name, model.files.value),
    answer: (name) => model.addFile(name),
  };
}

/// A new name of the file that is open.
export function renamedFile(model: EditorModel): Question {
  const before = model.active.value;
  const others = model.files.value.filter((path) => path !== before);
  return {
    title: `Rename ${before}`,
    label: `New name for ${before}`,
    placeholder: "tools.py",
    before,
    isCode: true,
    submit: "Rename",
    problem: (name) => nameProblem(name, others),
    answer: (name) => {
      if (name === before) return;
      if (!before.endsWith(".py")) model.renameFile(before, name);
      else void import("./module_rename.ts").then((one) => one.renameModule(model, before, name));
    },
  };
}

/// The name of a new form, which is opened to be drawn.
export function addedForm(model: EditorModel): Question {
  return {
    title: "New form",
    label: "Name of the new form",
    placeholder: "RowTemplate",
    isCode: true,
    submit: "Add",
    problem: (name) => formNameProblem(name, model.files.value),
    choices: { label: "It begins with", of: beginnings(model.files.value, (path) => model.text(path)) },
    answer: (name, begins) => {
      for (const [path, text] of Object.entries(newForm(name, begins))) model.addFile(path, text);
      model.form_view.value = "design";
    },
  };
}

/// What the next revision says about itself in the history.
export function savedMessage(model: EditorModel): Question {
  return {
    title: "Save with a message",
    label: "What changed?",
    hint: "One line, shown in the history to everybody who sees this widget.",
    placeholder: "Greets by name",
    isCode: false,
    submit: "Save",
    problem: () => null,
    answer: (line) => void model.save(line.trim()),
  };
}
