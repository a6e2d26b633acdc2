import { useLayoutEffect, useState } from "preact/hooks";
import { Dialog } from "../../editor/dialog.tsx";
import { Icon, IconButton } from "../../editor/parts.tsx";
import { useTyped } from "../../editor/typed.ts";
import type { Designer } from "../designer.ts";
import {
  type Changes,
  deletedForm,
  duplicatedForm,
  movedPath,
  renamedForm,
  startOf,
  usersOf,
  withStart,
} from "./form_files.ts";
import { className } from "./form_place.ts";
import { formNameProblem } from "./new_form.ts";

/// The form as a whole: its name, whether the widget starts with it, a copy of it, and the way to be rid of it.
export function FormHead({ designer }: { readonly designer: Designer }) {
  const { form, files } = designer;
  const [name, setName] = useTyped(className(form.name));
  const [problem, setProblem] = useState("");
  const [isLeaving, setLeaving] = useState(false);
  useLayoutEffect(() => setProblem(""), [form.name]);
  const isStart = startOf(files) === form.name;
  const change = (done: string, changes: Changes, open?: string): void => {
    designer.changeFiles(done, changes, designer.above ? undefined : open);
  };
  const rename = (): void => {
    const found = name === className(form.name) ? null : formNameProblem(name, files.paths());
    setProblem(found ?? "");
    if (found !== null || name === className(form.name)) return;
    const changes = renamedForm(files, designer.templates.value, form, name);
    change(`Renamed ${form.name} to ${name}`, changes, movedPath(form.template, form, name));
  };
  const duplicate = (): void => {
    const fresh = freeName(className(form.name), files.paths());
    const changes = duplicatedForm(files, form, fresh);
    change(`Copied ${form.name} as ${fresh}`, changes, movedPath(form.template, form, fresh));
  };
  const users = isLeaving ? usersOf(files, designer.templates.value, form) : [];
  return (
    <header>
      <label>
        <span>name</span>
        <input
          type="text"
          value={name}
          spellcheck={false}
          aria-invalid={problem ? true : undefined}
          onInput={(event) => setName(event.currentTarget.value)}
          onChange={rename}
        />
      </label>
      <p>
        <button
          type="button"
          class="button small"
          aria-pressed={isStart}
          title={isStart ? "The widget starts with this form" : "Let the widget start with this form"}
          onClick={() => !isStart && change(`The widget starts with ${form.name}`, withStart(files, form.name))}
        >
          {isStart && <Icon name="done" />} Start form
        </button>
        <span />
        <IconButton icon="copy" label={`Duplicate ${form.name}`} onClick={duplicate} />
        <IconButton icon="delete" label={`Delete ${form.name}`} onClick={() => setLeaving(true)} />
      </p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {isLeaving && (
        <Leaving
          name={form.name}
          users={users}
          close={() => setLeaving(false)}
          leave={() => change(`Deleted ${form.name}`, deletedForm(files, form))}
        />
      )}
    </header>
  );
}

interface LeavingProps {
  readonly name: string;
  readonly users: readonly string[];
  readonly close: () => void;
  readonly leave: () => void;
}

/// Asks before a form goes, and says what will miss it.
function Leaving({ name, users, close, leave }: LeavingProps) {
  return (
    <Dialog label={`Delete ${name}`} onClose={close}>
      <div class="stack">
        <h2>Delete {name}?</h2>
        {users.length === 0 ? (
          <p>Nothing in this widget names it.</p>
        ) : (
          <>
            <p>It is needed here, which will then be broken:</p>
            <ul>
              {users.map((user) => (
                <li key={user}>{user}</li>
              ))}
            </ul>
          </>
        )}
        <div class="row">
          <button
            type="button"
            class="button danger"
            onClick={() => {
              close();
              leave();
            }}
          >
            <Icon name="delete" /> Delete
          </button>
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/// "Row2", the first that is free.
function freeName(name: string, paths: readonly string[]): string {
  const stem = name.replace(/\d+$/, "");
  for (let number = 2; ; number += 1) if (!formNameProblem(`${stem}${number}`, paths)) return `${stem}${number}`;
}
